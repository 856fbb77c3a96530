using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>What a <see cref="DatagramTable"/> keeps of one datagram.</summary>
internal struct Datagram
{
    /// <summary>Names it.</summary>
    public DatagramKey Key;

    /// <summary>The hash of the key.</summary>
    public uint Hash;

    /// <summary>The next one in the same bucket; -1 for none.</summary>
    public int NextInBucket;

    /// <summary>The one that was opened, or decided, before it; -1 for none.</summary>
    public int Older;

    /// <summary>The one that was opened, or decided, after it; -1 for none.</summary>
    public int Newer;

    /// <summary>When its first fragment came; once decided, when that was; ns since the epoch.</summary>
    public long SinceNs;

    /// <summary>Its first part in the order of offsets; -1 for none.</summary>
    public int FirstPart;

    /// <summary>How many parts it has.</summary>
    public int Parts;

    /// <summary>Bytes that the parts hold.</summary>
    public int BytesThere;

    /// <summary>Where it ends; 0 while the last fragment has not come.</summary>
    public int TotalBytes;

    /// <summary>The sum of its parts, for the checksum.</summary>
    public ulong Sum;

    /// <summary>Every byte of every part was captured, and the first part shows how the checksum is to be judged.</summary>
    public bool IsSumWhole;

    /// <summary>The checksum has a pseudo-header, which counts the length.</summary>
    public bool HasPseudoHeader;

    /// <summary>It carries ICMP: what came so far shows it.</summary>
    public bool IsIcmp;

    /// <summary>It is decided; what else comes of it for a while changes nothing.</summary>
    public bool IsDecided;

    /// <summary>A fragment other than the first came; <see cref="Last"/> is of the latest.</summary>
    public bool HasLast;

    /// <summary>An event for the latest fragment other than the first, should the datagram never be whole.</summary>
    public IcmpEvent Last;
}

/// <summary>A part of a datagram: one fragment's bytes, known by where they are and by a hash.</summary>
internal struct DatagramPart
{
    /// <summary>The part behind it; of a free one, the next free one; -1 for none.</summary>
    public int Next;

    /// <summary>Its first byte.</summary>
    public ushort Start;

    /// <summary>The byte behind its last.</summary>
    public ushort End;

    /// <summary>XXH64 of the captured bytes.</summary>
    public ulong Hash;
}
