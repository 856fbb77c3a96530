namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Everything that reading moves. A cursor works on a copy, and <see cref="IPacketSource.AdvanceTo"/> makes the copy the
/// source's own: what is read twice is counted once. The interface table is shared by the copies; it is only ever appended
/// to or given the same values again.
/// </summary>
internal struct CaptureProgress
{
    private const int FirstTableSize = 4;

    public long Frames;
    public long CapturedBytes;
    public long TimeMissing;
    public long TimeSaturated;
    public long KernelReceived;
    public long KernelDrops;
    public long Filtered;
    public uint Section;
    public bool IsBigEndian;
    public int InterfaceCount;
    public CaptureInterface[] Interfaces;
    public ContainerDamage? Damage;

    private long _closedReceived;
    private long _closedDrops;
    private bool _countersChanged;

    /// <summary>Nothing read yet.</summary>
    public static CaptureProgress Start(bool isPcapng) => new()
    {
        Interfaces = [],
        Section = isPcapng ? 0u : 1u,
    };

    /// <summary>A new section: its own byte order and interfaces; what the last one counted stays counted.</summary>
    public void OpenSection(bool isBigEndian)
    {
        SumCounters();
        _closedReceived = KernelReceived;
        _closedDrops = KernelDrops;
        Section++;
        IsBigEndian = isBigEndian;
        InterfaceCount = 0;
        Interfaces = [];
    }

    public bool TryAddInterface(in CaptureInterface description)
    {
        if (InterfaceCount == FrameLimits.MaxInterfaces)
            return false;
        if (InterfaceCount == Interfaces.Length)
            Array.Resize(ref Interfaces, Math.Max(FirstTableSize, Interfaces.Length * 2));
        Interfaces[InterfaceCount++] = description;
        return true;
    }

    /// <summary>The counters of a statistics block run from the start of the capture: the latest one replaces those before.</summary>
    public void SetCounters(int interfaceId, long received, long interfaceDrops, long systemDrops)
    {
        ref CaptureInterface description = ref Interfaces[interfaceId];
        description.Received = received;
        description.InterfaceDrops = interfaceDrops;
        description.SystemDrops = systemDrops;
        _countersChanged = true;
    }

    /// <summary>Once per read, not per block: a hostile file may have many statistics blocks and many interfaces.</summary>
    public void SumCounters()
    {
        if (!_countersChanged)
            return;
        _countersChanged = false;
        KernelReceived = _closedReceived;
        KernelDrops = _closedDrops;
        foreach (ref readonly CaptureInterface description in Interfaces.AsSpan(0, InterfaceCount))
        {
            KernelReceived = Add(KernelReceived, description.Received);
            KernelDrops = Add(Add(KernelDrops, description.InterfaceDrops), description.SystemDrops);
        }
    }

    // A file may claim any number; the sum stays at the end of the range rather than turn negative.
    private static long Add(long sum, long value) => value > long.MaxValue - sum ? long.MaxValue : sum + value;
}
