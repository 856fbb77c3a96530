using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>What the decoder made of one frame.</summary>
internal sealed class Decoded
{
    private readonly EventBuffer _buffer = new(1);

    private Decoded(byte[] frame, ushort linkType, int? originalBytes, DecodeOptions? options)
    {
        var info = new FrameInfo(1_700_000_000_123_456_789, 7, (uint)(originalBytes ?? frame.Length), (uint)frame.Length, 1, 3, linkType);
        Outcome = new FrameDecoder(options).Decode(info, frame, _buffer);
        Assert.Equal(Outcome < DecodeOutcome.NotIcmp ? 1 : 0, _buffer.Count);
        if (_buffer.Count == 1)
            Assert.Equal(Outcome, Event.Outcome);
    }

    public DecodeOutcome Outcome { get; }

    public ref readonly IcmpEvent Event => ref _buffer.Events[0];

    public ref readonly IcmpEventDetail Detail => ref _buffer.DetailOf(Event);

    public bool HasDetail => Event.Detail != 0;

    public DetailGroups Groups => HasDetail ? Detail.Groups : DetailGroups.None;

    public bool Has(EventFlags flag) => Event.Flags.HasFlag(flag);

    public byte[] Prefix => _buffer.Prefix(Event).ToArray();

    public EventLists Lists => _buffer.ListsOf(Detail);

    public ushort[] Vlans => [.. Enumerable.Range(0, Event.VlanCount).Select(i => Event.Vlans[i])];

    public uint[] Labels => [.. Enumerable.Range(0, Detail.MplsCount).Select(i => Detail.MplsLabels[i])];

    public TunnelKind[] Tunnels => [.. Enumerable.Range(0, Detail.TunnelCount).Select(i => Detail.Tunnels[i])];

    public static Decoded Of(byte[] frame, ushort linkType = 1, int? originalBytes = null, DecodeOptions? options = null) =>
        new(frame, linkType, originalBytes, options);

    /// <summary>Decodes an IP packet in Ethernet.</summary>
    public static Decoded Packet(byte[] packet, DecodeOptions? options = null) => Of(Frames.Ethernet(packet), options: options);

    /// <summary>The event must be the echo request of <see cref="Frames.Ping4"/> or <see cref="Frames.Ping6"/>, whatever is around it.</summary>
    public Decoded IsPing()
    {
        Assert.Equal(DecodeOutcome.Ok, Outcome);
        Assert.Equal(Event.IpVersion == 4 ? 8 : 128, Event.Type);
        Assert.Equal(0x0102, Event.Identifier);
        Assert.Equal(0x0304, Event.Sequence);
        Assert.Equal(ChecksumStatus.Good, Event.ChecksumStatus);
        return this;
    }
}
