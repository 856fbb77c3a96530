using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>
/// Puts Ethernet and IP headers in front of an ICMP message and fills in the checksums: RFC 791, RFC 792, RFC 8200, RFC 4443,
/// RFC 1071. MAC addresses are made from the IP addresses (locally administered), so that a frame is a function of its arguments.
/// </summary>
public static class FrameBuilder
{
    /// <summary>Bytes of the headers that every ICMP message has.</summary>
    public const int IcmpHeaderBytes = 8;

    private const int EthernetBytes = 14;
    private const int Ipv4Bytes = 20;
    private const int Ipv6Bytes = 40;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const byte Icmp = 1;
    private const byte Icmpv6 = 58;

    /// <summary>Where the ICMP message starts in a frame between two addresses of one family.</summary>
    public static int MessageOffset(Address source) => EthernetBytes + (source.IsIpv4 ? Ipv4Bytes : Ipv6Bytes);

    /// <summary>Where the payload of the ICMP message starts: the caller writes it there before <see cref="Finish"/>.</summary>
    public static int PayloadOffset(Address source) => MessageOffset(source) + IcmpHeaderBytes;

    /// <summary>
    /// Completes a frame around a payload that is already in its place.
    /// </summary>
    /// <param name="frame">The frame, from its first byte.</param>
    /// <param name="header">Addresses and IP fields.</param>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="restOfHeader">Bytes 4 to 7 of the ICMP header, big-endian: identifier and sequence number of an echo.</param>
    /// <param name="payloadBytes">Length of the payload at <see cref="PayloadOffset"/>.</param>
    /// <returns>Length of the frame, bytes.</returns>
    public static int Finish(Span<byte> frame, in PacketHeader header, byte type, byte code, uint restOfHeader, int payloadBytes)
    {
        bool isIpv4 = header.Source.IsIpv4;
        int offset = MessageOffset(header.Source);
        int messageBytes = IcmpHeaderBytes + payloadBytes;
        WriteEthernet(frame, header, isIpv4 ? EtherTypeIpv4 : EtherTypeIpv6);
        if (isIpv4)
            WriteIpv4(frame[EthernetBytes..], header, messageBytes);
        else
            WriteIpv6(frame[EthernetBytes..], header, messageBytes);
        Span<byte> message = frame.Slice(offset, messageBytes);
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], restOfHeader);
        uint sum = isIpv4 ? 0 : PseudoHeader(header, messageBytes);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(message, sum));
        return offset + messageBytes;
    }

    /// <summary>The Internet checksum (RFC 1071) over <paramref name="bytes"/>, on top of a partial sum.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum = 0)
    {
        ulong total = sum;
        for (; bytes.Length >= 2; bytes = bytes[2..])
            total += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length == 1)
            total += (uint)bytes[0] << 8;
        while (total > 0xFFFF)
            total = (total & 0xFFFF) + (total >> 16);
        return (ushort)~total;
    }

    private static void WriteEthernet(Span<byte> frame, in PacketHeader header, ushort etherType)
    {
        WriteMac(frame, header.Destination);
        WriteMac(frame[6..], header.Source);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }

    private static void WriteMac(Span<byte> mac, Address address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(mac, 0x0200);
        BinaryPrimitives.WriteUInt32BigEndian(mac[2..], (uint)address.Low);
    }

    private static void WriteIpv4(Span<byte> ip, in PacketHeader header, int messageBytes)
    {
        ip[0] = 0x45;
        ip[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], checked((ushort)(Ipv4Bytes + messageBytes)));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], header.Identification);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], 0);
        ip[8] = header.Ttl;
        ip[9] = Icmp;
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], header.Source.Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], header.Destination.Ipv4);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..Ipv4Bytes]));
    }

    private static void WriteIpv6(Span<byte> ip, in PacketHeader header, int messageBytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], checked((ushort)messageBytes));
        ip[6] = Icmpv6;
        ip[7] = header.Ttl;
        header.Source.Write(ip[8..]);
        header.Destination.Write(ip[24..]);
    }

    /// <summary>Sum of the pseudo-header of RFC 8200 section 8.1.</summary>
    private static uint PseudoHeader(in PacketHeader header, int messageBytes)
    {
        Span<byte> addresses = stackalloc byte[2 * Address.Size];
        header.Source.Write(addresses);
        header.Destination.Write(addresses[Address.Size..]);
        return (uint)(ushort)~Checksum(addresses) + (uint)messageBytes + Icmpv6;
    }
}
