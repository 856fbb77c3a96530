namespace IcmpStream.Ingest.Sources.Live;

/// <summary>How live interfaces are read.</summary>
public sealed record LiveOptions
{
    /// <summary>
    /// Memory of a ring, bytes: 64 MiB, which holds a third of a second of small pings at a million a second (192 bytes each with the
    /// kernel's header), twice what a garbage collection or a neighbour on the core takes. FastNetMon asks for 256 MiB (64 blocks of
    /// 4 MiB), libpcap for 2 MiB, Suricata for 2,048 frames.
    /// </summary>
    public const int DefaultRingBytes = 64 << 20;

    /// <summary>
    /// Memory of an interface's frames with AF_XDP, bytes: 256 MiB, since a frame takes 2 KiB there whatever it holds: 131,072 of them, a third
    /// of a second at 400,000 a second. With 64 MiB a reader that lost its core for a tenth of a second lost packets.
    /// </summary>
    public const int DefaultXdpRingBytes = 256 << 20;

    /// <summary>The least a ring may be: two blocks of the least size.</summary>
    public const int MinRingBytes = 2 * MinBlockBytes;

    /// <summary>The most: 1 GiB, half of what can be mapped in one piece here.</summary>
    public const int MaxRingBytes = 1 << 30;

    /// <summary>
    /// Bytes of a block of a packet ring: 128 KiB, as in libpcap, the least that holds a packet of 64 KiB. The kernel closes a block that has
    /// anything in it when its time is up, so that a ring lasts blocks times <see cref="DefaultBlockTimeoutMs"/> at most while nobody reads:
    /// 512 blocks are 5 s, 64 of 1 MiB were half a second, which a busy machine takes from a reader now and then. Handing a block over costs
    /// a wake-up; with 700 small pings in it that vanishes. Suricata has 32 KiB, FastNetMon 4 MiB.
    /// </summary>
    public const int DefaultBlockBytes = MinBlockBytes;

    /// <summary>The least a block may be: a packet of 64 KiB, as the loopback has, with its header.</summary>
    public const int MinBlockBytes = 128 << 10;

    /// <summary>
    /// After how long the kernel hands on a block that is not full, ms: 10, as in Suricata. An alert is later by this at most.
    /// </summary>
    public const int DefaultBlockTimeoutMs = 10;

    /// <summary>
    /// The most that may be, ms: a packet must come out of its block well within the allowed lateness (500 ms), or it would be late.
    /// </summary>
    public const int MaxBlockTimeoutMs = 200;

    /// <summary>The most readers: more than any card has queues.</summary>
    public const int MaxThreads = 256;

    /// <summary>
    /// Memory of each ring, bytes; rounded down to whole blocks, or to a power of two of frames. Null for <see cref="DefaultRingBytes"/>, or
    /// <see cref="DefaultXdpRingBytes"/> where frames are taken by AF_XDP.
    /// </summary>
    public int? RingBytes { get; init; }

    /// <summary>Bytes of a block of a packet ring: a multiple of the page size.</summary>
    public int BlockBytes { get; init; } = DefaultBlockBytes;

    /// <summary>After how long the kernel hands on a block that is not full, ms.</summary>
    public int BlockTimeoutMs { get; init; } = DefaultBlockTimeoutMs;

    /// <summary>How many readers share the interface's packets, by flow or by queue.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Cores that the readers are tied to, in turn; none for none.</summary>
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>The user's own filter in tcpdump's language, in place of ours; null for ours.</summary>
    public string? Filter { get; init; }

    /// <summary>True to let tunnels in: GRE, IPIP, 6in4, VXLAN, GENEVE, MPLS, PPPoE.</summary>
    public bool Tunnels { get; init; }

    /// <summary>True to leave packets to the host and take copies (AF_XDP only; packet rings always do).</summary>
    public bool Copy { get; init; }

    /// <summary>True to receive what is addressed to others too.</summary>
    public bool IsPromiscuous { get; init; } = true;

    /// <summary>True to take times from the network card where its driver gives them; its clock must then be the system's (phc2sys).</summary>
    public bool UsesHardwareTime { get; init; }

    /// <summary>Where the XDP program runs.</summary>
    public XdpMode XdpMode { get; init; }

    /// <summary>True to poll the driver from the reader's core in place of interrupts (SO_BUSY_POLL).</summary>
    public bool BusyPoll { get; init; }

    /// <summary>Takes a line for the user when something happens to the interface; null to say nothing.</summary>
    public Action<string>? Events { get; init; }

    /// <summary>Sockets that were opened before privileges were dropped; null to open them now.</summary>
    public InheritedSockets? Inherited { get; init; }

    internal int BlockRingBytes => RingBytes ?? DefaultRingBytes;

    internal int XdpRingBytes => RingBytes ?? DefaultXdpRingBytes;

    /// <summary>Throws <see cref="SourceException"/> with a line for the user where an option is out of range.</summary>
    public void Validate()
    {
        if (RingBytes is < MinRingBytes or > MaxRingBytes)
            throw new SourceException($"--ring-size: {RingBytes} bytes is not from {MinRingBytes} to {MaxRingBytes}");
        if (BlockBytes < MinBlockBytes || BlockBytes % Environment.SystemPageSize != 0)
            throw new SourceException($"--block-size: {BlockBytes} bytes is not a multiple of {Environment.SystemPageSize} of at least {MinBlockBytes}");
        if (BlockRingBytes / BlockBytes < 2)
            throw new SourceException($"--block-size: a ring of {BlockRingBytes} bytes has room for fewer than two blocks of {BlockBytes}");
        if (BlockTimeoutMs is < 1 or > MaxBlockTimeoutMs)
            throw new SourceException($"--block-timeout: {BlockTimeoutMs} ms is not from 1 to {MaxBlockTimeoutMs}");
        if (Threads is < 1 or > MaxThreads)
            throw new SourceException($"--threads: {Threads} is not from 1 to {MaxThreads}");
    }
}

/// <summary>Where an XDP program runs.</summary>
public enum XdpMode
{
    /// <summary>In the driver where it can, else in the stack.</summary>
    Auto,

    /// <summary>In the driver, before a packet is more than bytes.</summary>
    Native,

    /// <summary>In the stack: any interface, slower.</summary>
    Generic,
}
