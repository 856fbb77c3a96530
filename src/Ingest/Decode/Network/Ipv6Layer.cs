using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IPv6 (RFC 8200 section 3).</summary>
internal static class Ipv6Layer
{
    /// <summary>The fixed header, bytes.</summary>
    public const int HeaderBytes = 40;

    /// <summary>Reads the header and its extension headers, and cuts the walk to the datagram.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(walk.Captured > 0 && walk.Frame[walk.Offset] >> 4 != 6 ? DecodeOutcome.IpVersionInvalid : DecodeOutcome.IpTruncated);
        ReadOnlySpan<byte> rest = walk.Rest;
        if (rest[0] >> 4 != 6)
            return walk.Fail(DecodeOutcome.IpVersionInvalid);

        ref IpHeader ip = ref walk.Ip;
        ip.Source = Address.Read(rest[8..]);
        ip.Destination = Address.Read(rest[24..]);
        ip.PseudoSource = ip.Source;
        ip.PseudoDestination = ip.Destination;
        ip.MessageBytes = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
        ip.Bytes = HeaderBytes + ip.MessageBytes;
        ip.Id = 0;
        ip.FragmentOffset = 0;
        ip.Version = 6;
        ip.Ttl = rest[7];
        ip.TrafficClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(rest) >> 4);
        ip.MoreFragments = false;
        ip.DontFragment = false;
        ip.ChecksumStatus = ChecksumStatus.Unverified;
        walk.HasBadOption = false;
        if (walk.IpCount++ == 0)
            (walk.OuterSource, walk.OuterDestination) = (ip.Source, ip.Destination);

        byte nextHeader = rest[6];
        walk.Skip(HeaderBytes);
        if (ip.MessageBytes == 0 && nextHeader == IpProtocols.HopByHop && Ipv6Extensions.TryReadJumbo(walk.Rest, out uint bytes))
        {
            ip.MessageBytes = bytes;
            ip.Bytes = (uint)Math.Min(HeaderBytes + (ulong)bytes, uint.MaxValue);
        }

        walk.EnterDatagram((int)Math.Min(ip.MessageBytes, PacketWalk.MaxWireBytes));
        return Ipv6Extensions.TryRead(ref walk, ref nextHeader) ? IpProtocols.Next(ref walk, nextHeader) : Layer.Stop;
    }
}
