using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Guesses what a payload carries, at its start or behind a small header of a tunnel's own. Each guess rests on several bytes that
/// must agree, so that random payloads are rarely taken for something.
/// </summary>
internal static class InnerHeaderGuess
{
    /// <summary>The largest header stepped over: ptunnel's has 28 bytes, and none known has more than 32.</summary>
    public const int MaxOffset = 32;

    private const int TlsHeaderBytes = 5;
    private const int TlsMaxRecordBytes = (1 << 14) + 2048;
    private const int DnsHeaderBytes = 12;
    private const int DnsMaxLabels = 32;
    private const int EtherTypeAt = 12;

    /// <summary>The guess, and where in the payload it starts.</summary>
    public static InnerHeader Guess(ReadOnlySpan<byte> payload, out byte offset)
    {
        for (int at = 0; at <= MaxOffset && at < payload.Length; at++)
        {
            InnerHeader guess = At(payload[at..]);
            if (guess == InnerHeader.None)
                continue;
            offset = (byte)at;
            return guess;
        }

        offset = 0;
        if (IsDns(payload))
            return InnerHeader.Dns;
        return InnerHeader.None;
    }

    /// <summary>RFC 791: version, lengths, and a header checksum that is right.</summary>
    public static bool IsIpv4(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Ipv4Layer.MinHeaderBytes || bytes[0] >> 4 != 4)
            return false;
        int headerBytes = (bytes[0] & 0x0F) * 4;
        return headerBytes >= Ipv4Layer.MinHeaderBytes && headerBytes <= bytes.Length
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) >= headerBytes
            && InternetChecksum.Judge(InternetChecksum.Add(bytes[..headerBytes], 0)) == ChecksumStatus.Good;
    }

    private static InnerHeader At(ReadOnlySpan<byte> bytes)
    {
        switch (bytes[0])
        {
            case >= 0x45 and <= 0x4F when IsIpv4(bytes):
                return InnerHeader.Ipv4;
            case >= 0x60 and <= 0x6F when IsIpv6(bytes):
                return InnerHeader.Ipv6;
            case >= 0x14 and <= 0x18 when IsTls(bytes):
                return InnerHeader.Tls;
            case (byte)'S' when bytes.StartsWith("SSH-2.0-"u8) || bytes.StartsWith("SSH-1."u8):
                return InnerHeader.Ssh;
            case >= (byte)'C' and <= (byte)'P' when IsHttp(bytes):
                return InnerHeader.Http;
            default:
                return IsEthernet(bytes) ? InnerHeader.Ethernet : InnerHeader.None;
        }
    }

    // RFC 8200: version, a payload length that ends where the bytes do, and a next header that there is.
    private static bool IsIpv6(ReadOnlySpan<byte> bytes) => bytes.Length >= Ipv6Layer.HeaderBytes
        && BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) == bytes.Length - Ipv6Layer.HeaderBytes
        && (bytes[6] is IpProtocols.Tcp or IpProtocols.Udp or IpProtocols.Icmpv6 or IpProtocols.NoNext || Ipv6Extensions.IsExtension(bytes[6]));

    // RFC 8446 section 5.1: content type, a version that was ever written, a length that a record may have; a handshake begins with
    // a message type (section 4).
    private static bool IsTls(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= TlsHeaderBytes || bytes[1] != 3 || bytes[2] > 4)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        return length is > 0 and <= TlsMaxRecordBytes && (bytes[0] != 0x16 || bytes[TlsHeaderBytes] is (>= 1 and <= 24));
    }

    // RFC 9110 section 9 and RFC 9112 section 4.
    private static bool IsHttp(ReadOnlySpan<byte> bytes) => bytes.StartsWith("GET /"u8) || bytes.StartsWith("POST /"u8)
        || bytes.StartsWith("HTTP/1."u8) || bytes.StartsWith("PUT /"u8) || bytes.StartsWith("HEAD /"u8) || bytes.StartsWith("CONNECT "u8)
        || bytes.StartsWith("OPTIONS /"u8) || bytes.StartsWith("DELETE /"u8) || bytes.StartsWith("PATCH /"u8);

    private static bool IsEthernet(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EthernetLayer.HeaderBytes + Ipv4Layer.MinHeaderBytes)
            return false;
        ReadOnlySpan<byte> inner = bytes[EthernetLayer.HeaderBytes..];
        return BinaryPrimitives.ReadUInt16BigEndian(bytes[EtherTypeAt..]) switch
        {
            EtherTypes.Ipv4 => IsIpv4(inner),
            EtherTypes.Ipv6 => IsIpv6(inner),
            _ => false,
        };
    }

    // RFC 1035 section 4: one question, of labels that end, of class Internet; looked for at the start only, for it has few fixed bits.
    private static bool IsDns(ReadOnlySpan<byte> bytes)
    {
        const ushort ReservedAndOpcodeBits = 0x7840, OneQuestion = 1, Internet = 1;
        if (bytes.Length < DnsHeaderBytes + 5 || (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) & ReservedAndOpcodeBits) != 0
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != OneQuestion)
        {
            return false;
        }

        int at = DnsHeaderBytes;
        for (int count = 0; count < DnsMaxLabels && at < bytes.Length; count++)
        {
            int length = bytes[at];
            if (length == 0)
            {
                return count > 0 && at + 5 <= bytes.Length
                    && (BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 3)..]) & 0x7FFF) == Internet;
            }

            if (length > 63)
                return false;
            at += 1 + length;
        }

        return false;
    }
}
