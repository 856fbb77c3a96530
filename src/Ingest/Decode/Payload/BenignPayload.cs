using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Recognises what ordinary tools put into an echo. The patterns are whole: a family is given only when every captured byte fits,
/// so that a payload cannot hide behind a friendly beginning.
/// </summary>
internal static class BenignPayload
{
    private const int TimevalBytes = 16;
    private const int ShortTimevalBytes = 8;
    private const uint MicrosecondsPerSecond = 1_000_000;

    // fping 2 and 3: a counter, padding, a timeval, zeros.
    private const int FpingTimeAt = 8;
    private const int FpingHeaderBytes = 24;

    private const int BusyboxTimeBytes = 4;
    private const int CiscoTimeBytes = 8;

    // nmap's IE probes (https://nmap.org/book/osdetect-methods.html): zeros, and these numbers in the header.
    private const int NmapFirstBytes = 120;
    private const int NmapFirstSequence = 295;
    private const int NmapSecondBytes = 150;
    private const int NmapSecondSequence = 296;
    private const int NmapSecondTrafficClass = 4;

    /// <summary>The family of a payload; smokeping's probes are fping's, which it runs.</summary>
    public static PayloadFamily Of(ReadOnlySpan<byte> payload, in IcmpEvent e)
    {
        if (payload.IsEmpty)
            return PayloadFamily.Empty;
        byte first = payload[0];
        if (PayloadPatterns.IsConstant(payload, first))
            return first != 0 ? PayloadFamily.Constant : IsNmap(payload.Length, e) ? PayloadFamily.Nmap : PayloadFamily.Zeros;
        if (IsBehindTimeval(payload))
            return PayloadFamily.Iputils;
        if (IsBehindShortTimeval(payload))
            return PayloadFamily.Bsd;
        if (PayloadPatterns.IsCounting(payload, first))
            return PayloadFamily.Incrementing;
        if (first == 'a' && PayloadPatterns.IsAlphabet(payload))
            return PayloadFamily.Windows;
        if (IsCisco(payload))
            return PayloadFamily.Cisco;
        if (IsFping(payload))
            return PayloadFamily.Fping;
        return payload.Length > BusyboxTimeBytes && PayloadPatterns.IsConstant(payload[BusyboxTimeBytes..], 0)
            ? PayloadFamily.Busybox
            : PayloadFamily.None;
    }

    private static bool IsNmap(int bytes, in IcmpEvent e) => e.HasSequence && (
        (bytes == NmapFirstBytes && e.Sequence == NmapFirstSequence)
        || (bytes == NmapSecondBytes && e.Sequence == NmapSecondSequence && (e.Code != 0 || e.TrafficClass == NmapSecondTrafficClass || IsReply(e))));

    private static bool IsReply(in IcmpEvent e) => e.IpVersion == 4 ? e.Type == 0 : e.Type == 129;

    // iputils on 64-bit machines: seconds and microseconds of 8 bytes each in the order of the machine, then byte i is i.
    private static bool IsBehindTimeval(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= TimevalBytes || !PayloadPatterns.IsCounting(payload[TimevalBytes..], TimevalBytes))
            return false;
        ulong seconds = BinaryPrimitives.ReadUInt64LittleEndian(payload), microseconds = BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]);
        return IsTime(seconds, microseconds) || IsTime(BinaryPrimitives.ReverseEndianness(seconds), BinaryPrimitives.ReverseEndianness(microseconds));
    }

    // Until the year 2106: whoever hides data there has four bytes of the first eight, not all.
    private static bool IsTime(ulong seconds, ulong microseconds) => seconds <= uint.MaxValue && microseconds < MicrosecondsPerSecond;

    // macOS and BSD, big-endian; iputils on 32-bit machines in the order of the machine.
    private static bool IsBehindShortTimeval(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= ShortTimevalBytes || !PayloadPatterns.IsCounting(payload[ShortTimevalBytes..], ShortTimevalBytes))
            return false;
        uint microseconds = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        return microseconds < MicrosecondsPerSecond || BinaryPrimitives.ReverseEndianness(microseconds) < MicrosecondsPerSecond;
    }

    // Cisco IOS: a timestamp of 8 bytes, then 0xABCD over and over (its default data pattern).
    private static bool IsCisco(ReadOnlySpan<byte> payload) =>
        payload.Length > CiscoTimeBytes + 1 && PayloadPatterns.IsCisco(payload[CiscoTimeBytes..]);

    private static bool IsFping(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= FpingHeaderBytes || !PayloadPatterns.IsConstant(payload[FpingHeaderBytes..], 0))
            return false;
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        ulong seconds = BinaryPrimitives.ReadUInt64LittleEndian(payload[FpingTimeAt..]);
        ulong microseconds = BinaryPrimitives.ReadUInt64LittleEndian(payload[(FpingTimeAt + 8)..]);
        return count <= uint.MaxValue && seconds is > 0 and <= uint.MaxValue && microseconds < MicrosecondsPerSecond;
    }
}
