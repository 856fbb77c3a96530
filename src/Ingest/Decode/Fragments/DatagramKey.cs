using System.Buffers.Binary;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// What fragments of one datagram have in common: addresses, identification and, for IPv4, protocol (RFC 791 section 3.2, RFC 8200
/// section 4.5); and where they were seen, so that one packet seen in two VLANs or tunnels is two datagrams.
/// </summary>
internal readonly record struct DatagramKey
{
    private const int Bytes = (2 * Address.Size) + (4 * sizeof(ulong));

    /// <summary>The key of the fragment at which a walk ended.</summary>
    public DatagramKey(in PacketWalk walk, in FrameInfo info)
    {
        ref readonly IpHeader ip = ref walk.Ip;
        Source = ip.Source;
        Destination = ip.Destination;
        Id = ip.Id;
        Kind = ((uint)ip.Version << 8) | (ip.Version == 4 ? walk.Fragment.Protocol : IpProtocols.Fragment);
        Vlans = ((ulong)walk.Vlans[0] << 32) | ((ulong)walk.Vlans[1] << 16) | walk.Vlans[2] | ((ulong)walk.VlanCount << 48);
        Place = ((ulong)info.InterfaceId << 8) | walk.TunnelCount | ((ulong)walk.Vni << 24);
    }

    private Address Source { get; }

    private Address Destination { get; }

    private uint Id { get; }

    private uint Kind { get; }

    private ulong Vlans { get; }

    private ulong Place { get; }

    /// <summary>A hash of it; the seed keeps senders from knowing which keys collide.</summary>
    public uint Hash(ulong seed)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Source.Write(bytes);
        Destination.Write(bytes[Address.Size..]);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], Id);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Kind);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], Vlans);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[56..], Place);
        return (uint)XxHash64.Hash(bytes, seed);
    }
}
