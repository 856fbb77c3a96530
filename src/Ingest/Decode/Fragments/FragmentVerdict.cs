namespace IcmpStream.Ingest.Decode;

/// <summary>What a fragment did to its datagram.</summary>
internal enum FragmentVerdict : byte
{
    /// <summary>It is a new part; the datagram has gaps still.</summary>
    Taken,

    /// <summary>It was the part that was missing: the datagram is whole.</summary>
    Completed,

    /// <summary>It is, byte for byte, a part that was there before (RFC 8200 section 4.5 allows for it), or of a datagram already decided.</summary>
    Repeated,

    /// <summary>It covers bytes that another part has, with other bounds or other content, or it says that the datagram ends elsewhere.</summary>
    Overlapping,

    /// <summary>It reaches beyond the longest datagram.</summary>
    Overlong,

    /// <summary>The datagram has more parts than are kept.</summary>
    Refused,
}
