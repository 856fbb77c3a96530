using System.Buffers.Binary;
using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Ingest.Decode;

/// <summary>Sets the bits of the tool-signature table (<see cref="ToolSignatures"/>, where each is described).</summary>
internal static class ToolSignatureMatcher
{
    private const uint PtunnelMagic = 0xD520_0880;
    private const uint PtunnelNgMagic = 0xDEAD_C0DE;
    private const int PtunnelHeaderBytes = 28;
    private const int PtunnelStateAt = 12;
    private const int PtunnelLengthAt = 20;
    private const uint PtunnelRoleBits = 0xC000_0000;
    private const int PingtunnelMaxBytes = 888;
    private const int IcmpshMaxBytes = 64;
    private const int PingbackShortBytes = 788;
    private const int PingbackLongBytes = 1056;
    private const ushort LokiSequence = 0xF001;

    /// <summary>Hops that a packet sent with TTL 255 may have behind it and still be told from one sent with 128.</summary>
    private const int MinTtlOf255 = 192;

    private static ReadOnlySpan<byte> PingtunnelField => [0x30, 0xDA, 0xFA, 0x06];

    // PyExfil's marks behind the name of a file: the transfer begins, the transfer ends.
    private static ReadOnlySpan<byte> PyExfilBegin => [0x12, 0x13, 0x14, 0x15, 0x12, 0x11, 0x13, 0x12, 0x12, 0x12];

    private static ReadOnlySpan<byte> PyExfilEnd => [0x12, 0x13, 0x14, 0x15, 0x15, 0x14, 0x13, 0x12];

    /// <summary>The bits of all signatures that fit a payload of no benign family.</summary>
    public static uint Match(ReadOnlySpan<byte> payload, in IcmpEvent e) =>
        payload.Length < sizeof(uint) ? MatchHeader(payload, e) : MatchStart(payload, e) | MatchText(payload) | MatchHeader(payload, e);

    private static uint MatchStart(ReadOnlySpan<byte> payload, in IcmpEvent e)
    {
        uint bits = 0;
        switch (BinaryPrimitives.ReadUInt32BigEndian(payload))
        {
            case PtunnelMagic:
                bits |= Bit(ToolSignatures.Ptunnel);
                break;
            case PtunnelNgMagic:
                bits |= Bit(ToolSignatures.PtunnelNg);
                break;
            default:
                break;
        }

        if (IsPtunnelHeader(payload, e.PayloadBytes))
            bits |= Bit(ToolSignatures.PtunnelStructure);
        if (payload.Length > 4 && (payload.StartsWith("hanc"u8) || payload.StartsWith("hans"u8)) && payload[4] is >= 1 and <= 9)
            bits |= Bit(ToolSignatures.Hans);
        if (payload.Length > 4 && payload.StartsWith("TUNL"u8) && payload[4] <= 5)
            bits |= Bit(ToolSignatures.IcmptunnelBarlow);
        if (e.Ttl >= MinTtlOf255 && InnerHeaderGuess.IsIpv4(payload) && BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) == e.PayloadBytes)
            bits |= Bit(ToolSignatures.IcmptunnelKapil);
        return bits;
    }

    private static uint MatchText(ReadOnlySpan<byte> payload)
    {
        uint bits = 0;
        if (payload.Length <= PingtunnelMaxBytes && payload.IndexOf(PingtunnelField) >= 0)
            bits |= Bit(ToolSignatures.Pingtunnel);
        if (payload.Length <= IcmpshMaxBytes && payload.IndexOf("Microsoft Windows ["u8) >= 0)
            bits |= Bit(ToolSignatures.Icmpsh);
        if (payload.IndexOf("Windows PowerShell running as user"u8) >= 0)
            bits |= Bit(ToolSignatures.NishangBanner);
        if (payload.StartsWith("PS "u8) && payload.EndsWith("> "u8))
            bits |= Bit(ToolSignatures.NishangPrompt);
        if (payload.IndexOf("AAAAAAAAAA"u8) >= 0)
            bits |= Bit(ToolSignatures.Tfn2k);
        if (payload.EndsWith(PyExfilBegin) || payload.EndsWith(PyExfilEnd))
            bits |= Bit(ToolSignatures.PyExfil);
        return bits;
    }

    // Those that look at identifier and sequence number, in both byte orders: the tools wrote them in the machine's.
    private static uint MatchHeader(ReadOnlySpan<byte> payload, in IcmpEvent e)
    {
        if (!e.HasSequence)
            return 0;
        uint bits = 0;
        if (IsEither(e.Sequence, LokiSequence))
            bits |= Bit(ToolSignatures.Loki2);
        if (BinaryPrimitives.ReverseEndianness(e.Sequence) is >= 1234 and <= 1236 && payload.Length is PingbackShortBytes or PingbackLongBytes
            && StartsWithPingbackCommand(payload))
        {
            bits |= Bit(ToolSignatures.Pingback);
        }

        if (IsEither(e.Identifier, 678) && payload.StartsWith("1234"u8))
            bits |= Bit(ToolSignatures.TfnCommand);
        bool isReply = e.IpVersion == 4 ? e.Type == 0 : e.Type == 129;
        if (isReply && e.Sequence == 0 && (IsTfn(e.Identifier) || IsTfn(BinaryPrimitives.ReverseEndianness(e.Identifier))))
            bits |= Bit(ToolSignatures.TfnReply);
        if (isReply && IsEither(e.Identifier, 123) && payload.IndexOf("shell bound to port"u8) >= 0)
            bits |= Bit(ToolSignatures.TfnCommand);
        if (!IsStacheldraht(e.Identifier) && !IsStacheldraht(BinaryPrimitives.ReverseEndianness(e.Identifier)))
            return bits;
        if (isReply)
            bits |= Bit(ToolSignatures.Stacheldraht);
        if (payload.StartsWith("skillz"u8) || payload.IndexOf("ficken"u8) >= 0 || payload.IndexOf("sicken"u8) >= 0 || payload.IndexOf("spoofworks"u8) >= 0)
            bits |= Bit(ToolSignatures.StacheldrahtText);
        return bits;
    }

    // Magic, address, port, state, acknowledgment, data length, sequence, identifier; a packet of odd length is padded by one byte.
    private static bool IsPtunnelHeader(ReadOnlySpan<byte> payload, int payloadBytes)
    {
        if (payload.Length < PtunnelHeaderBytes || (BinaryPrimitives.ReadUInt32BigEndian(payload[PtunnelStateAt..]) & PtunnelRoleBits) == 0)
            return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(payload[PtunnelLengthAt..]);
        uint data = (uint)(payloadBytes - PtunnelHeaderBytes);
        return length == data || (data % 2 == 0 && length + 1 == data);
    }

    private static bool StartsWithPingbackCommand(ReadOnlySpan<byte> payload) => payload.StartsWith("upload"u8) || payload.StartsWith("download"u8)
        || payload.StartsWith("exep"u8) || payload.StartsWith("shell"u8) || payload.StartsWith("rexec"u8);

    // Its config.h: an acknowledgment, then the orders.
    private static bool IsTfn(ushort identifier) => identifier is 123 or 234 or 345 or 456 or 567 or 666 or 678 or 789 or 890 or 901;

    private static bool IsStacheldraht(ushort identifier) => identifier is (>= 666 and <= 669) or 1000;

    private static bool IsEither(ushort value, ushort expected) =>
        value == expected || BinaryPrimitives.ReverseEndianness(value) == expected;

    private static uint Bit(int signature) => 1U << signature;
}
