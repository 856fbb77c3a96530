using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What one address sent, or received, in one slot, over all pair partitions.</summary>
public struct RoleSlot
{
    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Requests among them.</summary>
    public long Requests;

    /// <summary>Replies among them.</summary>
    public long Replies;

    /// <summary>Errors among them.</summary>
    public long Errors;

    /// <summary>All others.</summary>
    public long Other;

    /// <summary>Replies among them that answer requests seen in the other direction, now or shortly before.</summary>
    public long Solicited;

    /// <summary>The loudest at the other end.</summary>
    public TopPeer Loudest;

    /// <summary>Packets that nobody asked for.</summary>
    public readonly long UnaskedPackets => Packets - Solicited;

    /// <summary>Bytes that nobody asked for: the share of the packets.</summary>
    public readonly long UnaskedBytes => Solicited == 0 ? Bytes : (long)((Int128)Bytes * UnaskedPackets / Packets);

    /// <summary>The peer that has more than half of the packets, if any.</summary>
    public readonly Address? MainPeer => 2 * Loudest.Packets > Packets ? Loudest.Address : null;
}

/// <summary>What the host stage knows of one address when a slot closes.</summary>
public ref struct HostSlot
{
    /// <summary>The slot.</summary>
    public long Slot;

    /// <summary>Place of the address in the host table: the same as long as it is kept.</summary>
    public int Place;

    /// <summary>The address.</summary>
    public Address Address;

    /// <summary>What it sent.</summary>
    public RoleSlot Source;

    /// <summary>What it received.</summary>
    public RoleSlot Destination;

    /// <summary>Whom it sent anything to. Where most of what it sent were requests: whom it asked.</summary>
    public AddressSet Asked;

    /// <summary>Where <see cref="Asked"/> keeps its addresses.</summary>
    public AddressPool Pool;

    /// <summary>True where it had more than one peer in the current rate window.</summary>
    public bool HasSeveralPeers;
}
