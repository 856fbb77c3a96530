using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// The datagram that an error quotes (RFC 792, RFC 1812 section 4.3.2.3, RFC 4443 section 2.4): its IP header and as much behind
/// it as the sender had room for.
/// </summary>
internal static class QuotedDatagram
{
    private const int PortsBytes = 4;
    private const int IcmpBytes = 4;
    private const int IcmpEchoBytes = 8;

    /// <summary>
    /// Reads a quote of which <paramref name="quote"/> was captured and <paramref name="onWire"/> bytes were sent.
    /// </summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> quote, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        if (onWire <= 0)
            return DecodeOutcome.QuotedTruncated;
        if (quote.IsEmpty)
            return DecodeOutcome.Ok;
        return (quote[0] >> 4) switch
        {
            4 => ReadIpv4(quote, onWire, ref e, into),
            6 => ReadIpv6(quote, onWire, ref e, into),
            _ => DecodeOutcome.QuotedUnknownVersion,
        };
    }

    private static DecodeOutcome ReadIpv4(ReadOnlySpan<byte> quote, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        if (quote.Length < Ipv4Layer.MinHeaderBytes)
            return onWire < Ipv4Layer.MinHeaderBytes ? DecodeOutcome.QuotedTruncated : DecodeOutcome.Ok;
        ref IcmpEventDetail detail = ref into.AddDetail();
        e.Flags |= EventFlags.QuotedKey;
        detail.Groups |= DetailGroups.Quoted;
        detail.QuotedIpVersion = 4;
        detail.QuotedSource = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(quote[12..]));
        detail.QuotedDestination = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(quote[16..]));
        detail.QuotedIpBytes = BinaryPrimitives.ReadUInt16BigEndian(quote[2..]);
        detail.QuotedIpId = BinaryPrimitives.ReadUInt16BigEndian(quote[4..]);
        detail.QuotedFragmentOffset = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(quote[6..]) & 0x1FFF);
        detail.QuotedTtl = quote[8];
        detail.QuotedProtocol = quote[9];
        detail.QuotedCaptured = (ushort)Math.Min(quote.Length, ushort.MaxValue);

        int headerBytes = (quote[0] & 0x0F) * 4;
        if (headerBytes < Ipv4Layer.MinHeaderBytes)
            return DecodeOutcome.QuotedMalformed;
        if (headerBytes > quote.Length)
            return headerBytes > onWire ? DecodeOutcome.QuotedTruncated : DecodeOutcome.Ok;
        if (detail.QuotedFragmentOffset == 0)
            ReadTransport(quote[headerBytes..], ref detail);

        // A quote should be as it was received (RFC 1122 section 3.2.2), but some stacks swap the bytes of the length or take the
        // header off it, which nmap tells systems apart by: only a length that no such slip explains is a fault.
        int announced = detail.QuotedIpBytes;
        return announced != 0 && announced < headerBytes && BinaryPrimitives.ReverseEndianness(detail.QuotedIpBytes) < headerBytes
            && announced + headerBytes < onWire
            ? DecodeOutcome.QuotedMalformed
            : DecodeOutcome.Ok;
    }

    private static DecodeOutcome ReadIpv6(ReadOnlySpan<byte> quote, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        if (quote.Length < Ipv6Layer.HeaderBytes)
            return onWire < Ipv6Layer.HeaderBytes ? DecodeOutcome.QuotedTruncated : DecodeOutcome.Ok;
        ref IcmpEventDetail detail = ref into.AddDetail();
        e.Flags |= EventFlags.QuotedKey;
        detail.Groups |= DetailGroups.Quoted;
        detail.QuotedIpVersion = 6;
        detail.QuotedSource = Address.Read(quote[8..]);
        detail.QuotedDestination = Address.Read(quote[24..]);
        detail.QuotedIpBytes = (ushort)Math.Min(Ipv6Layer.HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(quote[4..]), ushort.MaxValue);
        detail.QuotedTtl = quote[7];
        detail.QuotedCaptured = (ushort)Math.Min(quote.Length, ushort.MaxValue);

        byte next = quote[6];
        ReadOnlySpan<byte> rest = quote[Ipv6Layer.HeaderBytes..];
        for (int count = 0; Ipv6Extensions.IsExtension(next) || next == IpProtocols.Ah; count++)
        {
            detail.QuotedProtocol = next;
            if (count == Ipv6Extensions.MaxHeaders)
                return DecodeOutcome.QuotedMalformed;
            if (rest.Length < 8)
                return DecodeOutcome.Ok;
            int bytes = next switch
            {
                IpProtocols.Fragment => 8,
                IpProtocols.Ah => (rest[1] + 2) * 4,
                _ => (rest[1] + 1) * 8,
            };
            if (next == IpProtocols.Fragment)
            {
                detail.QuotedFragmentOffset = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) >> 3);
                detail.QuotedIpId = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
            }

            next = rest[0];
            if (bytes > rest.Length)
            {
                detail.QuotedProtocol = next;
                return DecodeOutcome.Ok;
            }

            rest = rest[bytes..];
        }

        detail.QuotedProtocol = next;
        if (detail.QuotedFragmentOffset == 0)
            ReadTransport(rest, ref detail);
        return DecodeOutcome.Ok;
    }

    private static void ReadTransport(ReadOnlySpan<byte> rest, ref IcmpEventDetail detail)
    {
        switch (detail.QuotedProtocol)
        {
            case IpProtocols.Tcp or IpProtocols.Udp or IpProtocols.Sctp or IpProtocols.Dccp or IpProtocols.UdpLite:
                if (rest.Length < PortsBytes)
                    return;
                detail.Groups |= DetailGroups.QuotedPorts;
                detail.QuotedSourcePort = BinaryPrimitives.ReadUInt16BigEndian(rest);
                detail.QuotedDestinationPort = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
                return;
            case IpProtocols.Icmpv4 or IpProtocols.Icmpv6:
                if (rest.Length < IcmpBytes)
                    return;
                detail.Groups |= DetailGroups.QuotedIcmp;
                detail.QuotedType = rest[0];
                detail.QuotedCode = rest[1];
                detail.QuotedChecksum = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
                if (rest.Length < IcmpEchoBytes || !CarriesIdentifier(detail.QuotedProtocol, rest[0]))
                    return;
                detail.Groups |= DetailGroups.QuotedEcho;
                detail.QuotedIdentifier = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
                detail.QuotedSequence = IsExtendedEcho(detail.QuotedProtocol, rest[0]) ? rest[6] : BinaryPrimitives.ReadUInt16BigEndian(rest[6..]);
                return;
            default:
                return;
        }
    }

    private static bool CarriesIdentifier(byte protocol, byte type) =>
        IsExtendedEcho(protocol, type) || (protocol == IpProtocols.Icmpv4 ? type is 0 or 8 or (>= 13 and <= 18) : type is 128 or 129);

    private static bool IsExtendedEcho(byte protocol, byte type) =>
        protocol == IpProtocols.Icmpv4 ? type is 42 or 43 : type is 160 or 161;
}
