namespace IcmpStream.Ingest.Sources.Live;

/// <summary>What a cursor needs to know of a ring besides the bytes of a read.</summary>
internal readonly ref struct RingView
{
    /// <summary>What the bytes are.</summary>
    public RingLayout Layout { get; init; }

    /// <summary>The bytes of the read again, to restore VLAN tags in; or the room that descriptors point into.</summary>
    public Span<byte> Room { get; init; }

    /// <summary>The interface's LINKTYPE_ value.</summary>
    public ushort LinkType { get; init; }

    /// <summary>What has to be added to a time of CLOCK_MONOTONIC, ns, to have one of CLOCK_REALTIME.</summary>
    public long ClockOffsetNs { get; init; }

    /// <summary>The time of frames that came without one, ns: when the read handed them out.</summary>
    public long NowNs { get; init; }

    /// <summary>Frames that it refuses are passed over, and counted; null for none.</summary>
    public BpfFilter? Filter { get; init; }

    /// <summary>As the start of a capture would say it; copied packets are records of one, with nanoseconds.</summary>
    public CaptureFormat Format => new()
    {
        IsPcapng = false,
        HeaderBytes = 0,
        LinkType = LinkType,
        NsPerTick = 1,
        RecordHeaderBytes = Layout == RingLayout.None ? CaptureHeader.ClassicRecordBytes : 0,
    };
}
