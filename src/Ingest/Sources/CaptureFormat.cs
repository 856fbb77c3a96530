namespace IcmpStream.Ingest.Sources;

/// <summary>The order of the two lengths in a classic record, which file versions before 2.4 disagree about.</summary>
internal enum LengthOrder : byte
{
    CapturedFirst,
    OriginalFirst,

    /// <summary>Version 2.3: written both ways, so the smaller one is what was captured.</summary>
    SmallerIsCaptured,
}

/// <summary>What the first bytes of a capture say about all of it.</summary>
internal readonly record struct CaptureFormat
{
    /// <summary>True for pcapng, whose sections say the rest; false for classic pcap.</summary>
    public required bool IsPcapng { get; init; }

    /// <summary>Where the first record starts, in bytes.</summary>
    public required int HeaderBytes { get; init; }

    public bool IsBigEndian { get; init; }

    /// <summary>Nanoseconds in a unit of a classic record's second time field: 1000 or 1.</summary>
    public uint NsPerTick { get; init; }

    public int RecordHeaderBytes { get; init; }

    public LengthOrder LengthOrder { get; init; }

    public ushort LinkType { get; init; }
}
