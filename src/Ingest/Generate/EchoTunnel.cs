using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>
/// A TCP session carried in echo messages as ptunnel carries it: a 28-byte header whose first four bytes are its magic, then
/// data, which here is random, as of an encrypted session. Requests and replies differ in payload.
/// </summary>
public sealed class EchoTunnel : ITraffic
{
    /// <summary>First bytes of a ptunnel message.</summary>
    public const uint Magic = 0xD520_0880;

    private const int HeaderBytes = 28;
    private const uint StateData = 0x8000_0002;
    private const uint StateFromProxy = 0x4000_0002;
    private const ushort ForwardedPort = 22;

    private readonly EchoTunnelOptions _options;
    private SplitMix _random;
    private long _sent;

    /// <summary>A tunnel.</summary>
    public EchoTunnel(EchoTunnelOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxDataBytes, 1, nameof(options));
        _options = options;
        _random = new SplitMix(seed);
        NextNs = options.Exchanges == 0 ? ITraffic.Ended : options.StartNs;
    }

    /// <inheritdoc/>
    public long NextNs { get; private set; }

    /// <inheritdoc/>
    public int Write(Span<byte> frame)
    {
        if (NextNs == ITraffic.Ended)
            throw new InvalidOperationException("the tunnel has ended");
        bool isReply = _sent % 2 == 1;
        ushort sequence = (ushort)(_sent / 2);
        var header = new PacketHeader(_options.Client, _options.Proxy, Identification: (ushort)_sent);
        if (isReply)
            header = header.Reversed();
        int dataBytes = 1 + (int)_random.Below(_options.MaxDataBytes);
        WriteMessage(frame[FrameBuilder.PayloadOffset(header.Source)..], isReply, sequence, dataBytes);
        byte type = isReply ? EchoType.Reply(header.Source) : EchoType.Request(header.Source);
        int length = FrameBuilder.Finish(frame, header, type, 0, (uint)_options.Identifier << 16 | sequence, HeaderBytes + dataBytes);
        _sent++;
        Schedule();
        return length;
    }

    private void WriteMessage(Span<byte> message, bool isReply, ushort sequence, int dataBytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], _options.Target.Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], ForwardedPort);
        BinaryPrimitives.WriteUInt32BigEndian(message[12..], isReply ? StateFromProxy : StateData);
        BinaryPrimitives.WriteUInt32BigEndian(message[16..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(message[20..], (uint)dataBytes);
        BinaryPrimitives.WriteUInt16BigEndian(message[24..], sequence);
        BinaryPrimitives.WriteUInt16BigEndian(message[26..], _options.Identifier);
        _random.Fill(message.Slice(HeaderBytes, dataBytes));
    }

    private void Schedule()
    {
        if (_sent == 2 * _options.Exchanges)
            NextNs = ITraffic.Ended;
        else
            NextNs = _options.StartNs + (_sent / 2 * _options.GapNs) + (_sent % 2 * _options.GapNs / 4) + _random.Below((_options.GapNs / 8) + 1);
    }
}

/// <summary>What a tunnel is like.</summary>
/// <param name="StartNs">Time of the first request, ns since the epoch.</param>
/// <param name="GapNs">From one request to the next, ns.</param>
/// <param name="Exchanges">Pairs of request and reply.</param>
/// <param name="Client">Who asks.</param>
/// <param name="Proxy">Who answers.</param>
/// <param name="Target">The IPv4 address that the session is carried to.</param>
/// <param name="Identifier">Identifier of the echo messages.</param>
/// <param name="MaxDataBytes">The most data in a message, bytes.</param>
public sealed record EchoTunnelOptions(
    long StartNs, long GapNs, long Exchanges, Address Client, Address Proxy, Address Target, ushort Identifier, int MaxDataBytes);
