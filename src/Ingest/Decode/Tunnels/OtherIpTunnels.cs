using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Tunnels that are IP protocols of their own.</summary>
internal static class OtherIpTunnels
{
    private const int EtherIpBytes = 2;
    private const int PimRegisterBytes = 8;
    private const byte PimRegister = 0x21;
    private const int MinimalBytes = 8;
    private const int MinimalSourceBytes = 12;
    private const byte MinimalSourceBit = 0x80;

    /// <summary>EtherIP (RFC 3378 section 3): version 3 and zeros, which some senders leave out, then an Ethernet frame.</summary>
    public static Layer ReadEtherIp(ref PacketWalk walk)
    {
        if (walk.Captured < EtherIpBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(EtherIpBytes);
        return walk.Enter(TunnelKind.Ethernet) ? Layer.Ethernet : Layer.Stop;
    }

    /// <summary>PIM register (RFC 7761 section 4.9.3): the packet that a multicast source sent, on its way to the root.</summary>
    public static Layer ReadPim(ref PacketWalk walk)
    {
        if (walk.Captured < PimRegisterBytes || walk.Frame[walk.Offset] != PimRegister)
            return Layer.Stop;
        walk.Skip(PimRegisterBytes);
        if (walk.OnWire == 0)
            return Layer.Stop;
        return walk.Enter(TunnelKind.Pim) ? Layer.Ip : Layer.Stop;
    }

    /// <summary>
    /// Minimal encapsulation (RFC 2004 section 3.1): protocol, destination and perhaps source of the packet take the places that
    /// the IP header in front gave up.
    /// </summary>
    public static Layer ReadMinimal(ref PacketWalk walk)
    {
        if (walk.Captured < MinimalBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        ReadOnlySpan<byte> rest = walk.Rest;
        byte protocol = rest[0];
        int bytes = (rest[1] & MinimalSourceBit) != 0 ? MinimalSourceBytes : MinimalBytes;
        if (rest.Length < bytes || walk.Ip.Version != 4)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Ip.Destination = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(rest[4..]));
        if (bytes == MinimalSourceBytes)
            walk.Ip.Source = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(rest[8..]));
        walk.Ip.MessageBytes -= Math.Min(walk.Ip.MessageBytes, (uint)bytes);
        walk.Skip(bytes);
        return walk.Enter(TunnelKind.Minimal) ? IpProtocols.Next(ref walk, protocol) : Layer.Stop;
    }
}
