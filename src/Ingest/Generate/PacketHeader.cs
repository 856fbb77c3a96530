using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>The IP header of a generated packet.</summary>
/// <param name="Source">Source; IPv4 in its mapped form.</param>
/// <param name="Destination">Destination, of the same family.</param>
/// <param name="Ttl">TTL or hop limit.</param>
/// <param name="Identification">IPv4 identification; IPv6 has none.</param>
public readonly record struct PacketHeader(Address Source, Address Destination, byte Ttl = 64, ushort Identification = 0)
{
    /// <summary>The header of an answer.</summary>
    public PacketHeader Reversed() => new(Destination, Source, Ttl, Identification);
}
