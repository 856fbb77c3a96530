namespace IcmpStream.Schemas;

/// <summary>
/// What one address sent or received in a slot: blittable, with its lists in the arenas of the <see cref="PartialBuffer"/> that
/// holds it. Avro <c>icmpstream.v1.PartialCount</c>.
/// </summary>
public struct PartialCount
{
    /// <summary>The address.</summary>
    public Address Address;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Requests among the packets.</summary>
    public long Requests;

    /// <summary>Replies among the packets.</summary>
    public long Replies;

    /// <summary>Errors among the packets.</summary>
    public long Errors;

    /// <summary>All others.</summary>
    public long Other;

    /// <summary>Where the peers start in the buffer's arena; <see cref="PartialBuffer.Peers(in PartialCount)"/> reads them.</summary>
    public int PeersOffset;

    /// <summary>Where the loudest peers start; <see cref="PartialBuffer.TopPeers"/> reads them.</summary>
    public int TopPeersOffset;

    /// <summary>Where the type counts start; <see cref="PartialBuffer.Types"/> reads them.</summary>
    public int TypesOffset;

    /// <summary>Where the sketch starts; <see cref="PartialBuffer.Sketch(in PartialCount)"/> reads it.</summary>
    public int SketchOffset;

    /// <summary>How many peers, at most <see cref="PartialBuffer.MaxPeersPerCount"/>.</summary>
    public byte PeersLength;

    /// <summary>How many loudest peers, at most <see cref="PartialBuffer.MaxTopPeersPerCount"/>.</summary>
    public byte TopPeersLength;

    /// <summary>How many type counts, at most <see cref="PartialBuffer.MaxTypesPerCount"/>.</summary>
    public byte TypesLength;

    /// <summary>True when there is a sketch of <see cref="PartialBuffer.SketchBytes"/> bytes.</summary>
    public bool HasSketch;

    /// <summary>Which end of the packets the address was.</summary>
    public Role Role;
}

/// <summary>One of the loudest at the other end. Avro <c>icmpstream.v1.TopPeer</c>.</summary>
/// <param name="Address">The address.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">IP total length, bytes.</param>
public readonly record struct TopPeer(Address Address, long Packets, long Bytes);

/// <summary>Packets of one type and code. Avro <c>icmpstream.v1.TypeCount</c>.</summary>
/// <param name="Family">4 or 6.</param>
/// <param name="Type">ICMP type.</param>
/// <param name="Code">ICMP code.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">IP total length, bytes.</param>
public readonly record struct TypeCount(byte Family, byte Type, byte Code, long Packets, long Bytes);
