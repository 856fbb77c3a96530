using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>One message as the tests write it; it becomes an event of a buffer.</summary>
internal sealed record Packet
{
    public long TimeNs { get; init; }

    public Address Source { get; init; }

    public Address Destination { get; init; }

    public byte Type { get; init; }

    public byte Code { get; init; }

    public ushort Identifier { get; init; } = 1;

    public ushort Sequence { get; init; } = 1;

    public ulong Payload { get; init; } = 0xABCD;

    public ushort Checksum { get; init; }

    public ChecksumStatus ChecksumStatus { get; init; } = ChecksumStatus.Good;

    public EventFlags Flags { get; init; } = EventFlags.HasIdentifier | EventFlags.HasRestOfHeader | EventFlags.HasChecksum;

    public uint Count { get; init; } = 1;

    public uint SpanNs { get; init; }

    public long Frame { get; init; }

    public ushort MessageBytes { get; init; } = 64;

    public (Address Source, Address Destination, byte Type, ushort Identifier, ushort Sequence)? Quoted { get; init; }

    public DecodeOutcome Outcome { get; init; }

    public uint Signatures { get; init; }

    public bool IsV6 => !Source.IsIpv4;

    public void AddTo(EventBuffer buffer)
    {
        ref IcmpEvent e = ref buffer.Add();
        e.FirstNs = TimeNs;
        e.Source = Source;
        e.Destination = Destination;
        e.Type = Type;
        e.Code = Code;
        e.IpVersion = (byte)(IsV6 ? 6 : 4);
        e.RestOfHeader = ((uint)Identifier << 16) | Sequence;
        e.PayloadHash = Payload;
        e.Checksum = Checksum;
        e.ChecksumStatus = ChecksumStatus;
        e.Flags = Flags;
        e.Count = Count;
        e.SpanNs = SpanNs;
        e.Frame = Frame;
        e.Outcome = Outcome;
        e.Signatures = Signatures;
        e.MessageBytes = MessageBytes;
        e.PayloadCaptured = (ushort)(MessageBytes - IcmpEvent.HeaderBytes);
        e.Bytes = (uint)(MessageBytes + (IsV6 ? 40 : 20)) * Count;
        if (Quoted is not { } quoted)
            return;
        ref IcmpEventDetail detail = ref buffer.AddDetail();
        detail.Groups = DetailGroups.Quoted | DetailGroups.QuotedIcmp | DetailGroups.QuotedEcho;
        detail.QuotedSource = quoted.Source;
        detail.QuotedDestination = quoted.Destination;
        detail.QuotedType = quoted.Type;
        detail.QuotedIdentifier = quoted.Identifier;
        detail.QuotedSequence = quoted.Sequence;
        detail.QuotedIpVersion = (byte)(quoted.Source.IsIpv4 ? 4 : 6);
        buffer.Events[^1].Flags |= EventFlags.QuotedKey;
    }

    public EventKey Key => Quoted is { } quoted ? EventKey.Of(quoted.Source, quoted.Destination) : EventKey.Of(Source, Destination);

    public static Address Ip(string text) => Address.TryParse(text, out Address address) ? address : throw new FormatException(text);

    public static Packet Request(double ms, string from, string to, int sequence = 1, int identifier = 1, ulong payload = 0xABCD) => new()
    {
        TimeNs = Ms(ms),
        Source = Ip(from),
        Destination = Ip(to),
        Type = Ip(from).IsIpv4 ? (byte)8 : (byte)128,
        Identifier = (ushort)identifier,
        Sequence = (ushort)sequence,
        Payload = payload,
    };

    public static Packet Reply(double ms, string from, string to, int sequence = 1, int identifier = 1, ulong payload = 0xABCD) =>
        Request(ms, from, to, sequence, identifier, payload) with { Type = Ip(from).IsIpv4 ? (byte)0 : (byte)129 };

    /// <summary>An error by <paramref name="router"/> about the request from one to another.</summary>
    public static Packet Error(double ms, string router, string from, string to, int sequence = 1, int identifier = 1, byte type = 11, byte code = 0) => new()
    {
        TimeNs = Ms(ms),
        Source = Ip(router),
        Destination = Ip(from),
        Type = type,
        Code = code,
        Flags = EventFlags.HasRestOfHeader | EventFlags.HasChecksum,
        Quoted = (Ip(from), Ip(to), Ip(from).IsIpv4 ? (byte)8 : (byte)128, (ushort)identifier, (ushort)sequence),
    };

    /// <summary>The tests' time begins in 2023.</summary>
    public const long BaseNs = 1_700_000_000_000_000_000;

    public static long Ms(double ms) => BaseNs + (long)Math.Round(ms * 1_000_000);
}
