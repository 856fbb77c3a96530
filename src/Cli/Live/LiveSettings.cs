using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Cli.Live;

/// <summary>How live interfaces are read: settings of every command that takes a SRC. Captures do not heed them, and refuse a filter.</summary>
internal static class LiveSettings
{
    // sched_setaffinity takes masks of glibc's CPU_SETSIZE.
    private const int MaxCpu = 1023;

    private static readonly ValueSetting<long?> Ring = new(
        "ring-size", "BYTES", OptionalBytes(LiveOptions.MinRingBytes, LiveOptions.MaxRingBytes), null, "memory of each ring (default 64M; afxdp without --copy 256M for all queues)");

    private static readonly ValueSetting<long> Block = new(
        "block-size", "BYTES", Bytes(LiveOptions.MinBlockBytes, LiveOptions.MaxRingBytes / 2), LiveOptions.DefaultBlockBytes, "afpacket: memory of a block of the ring (default 128k)");

    private static readonly ValueSetting<long> BlockTimeout = new(
        "block-timeout", "MS", ValueKinds.Whole(1, LiveOptions.MaxBlockTimeoutMs), LiveOptions.DefaultBlockTimeoutMs, "afpacket: after how long a block goes on that is not full (default 10)");

    private static readonly ValueSetting<IReadOnlyList<int>> Cpu = new("cpu", "N[,M...]", Cpus(), [], "cores that the readers are tied to, in turn (default none)");

    private static readonly ValueSetting<string?> Filter = new("filter", "EXPR", ValueKinds.Text, null, "interfaces alone: a filter as tcpdump takes it, in place of ours for ICMP");

    private static readonly SwitchSetting Tunnels = new("tunnels", "also look for ICMP in GRE, IPIP, 6in4, VXLAN, GENEVE, MPLS and PPPoE");

    private static readonly SwitchSetting Copy = new("copy", "afxdp: leave packets to the host and take copies (default: take them, for a mirror port)");

    private static readonly ValueSetting<XdpMode?> Mode = new("xdp-mode", "MODE", ValueKinds.OneOf<XdpMode>(), null, "afxdp: auto (the default), native or generic");

    private static readonly SwitchSetting BusyPoll = new("busy-poll", "afxdp: poll the driver from the reader in place of interrupts");

    private static readonly SwitchSetting NoPromiscuous = new("no-promiscuous", "only what is addressed to this host");

    private static readonly SwitchSetting HardwareTime = new("hardware-time", "afpacket: times of the network card where it gives them");

    private static readonly ValueSetting<long> Threads = new(
        "threads", "N", ValueKinds.Whole(1, LiveOptions.MaxThreads), 1, "readers that share an interface's packets, each a stream (default 1)");

    /// <summary>For commands that read with one thread.</summary>
    public static IReadOnlyList<Setting> OfOneReader { get; } = [Filter, Tunnels, Copy, Ring, Block, BlockTimeout, Cpu, Mode, BusyPoll, NoPromiscuous, HardwareTime];

    /// <summary>For commands that may read with several.</summary>
    public static IReadOnlyList<Setting> OfReaders { get; } = [Threads, .. OfOneReader];

    /// <summary>Refuses a filter where a capture is read: of the settings that captures do not heed it is the one whose loss would pass for an answer.</summary>
    public static void CheckCapture(CommandContext context)
    {
        if (context.Read(Filter) is not null)
            throw new UsageException("--filter is for interfaces, and a capture is read whole: filter it first, with tcpdump -r CAPTURE -w FILTERED EXPR");
    }

    /// <summary>What was said.</summary>
    /// <param name="context">What the command runs with.</param>
    /// <param name="hasThreads">True where the command has <see cref="OfReaders"/>.</param>
    public static LiveOptions Read(CommandContext context, bool hasThreads) => new()
    {
        RingBytes = (int?)context.Read(Ring),
        BlockBytes = (int)context.Read(Block),
        BlockTimeoutMs = (int)context.Read(BlockTimeout),
        Threads = hasThreads ? (int)context.Read(Threads) : 1,
        Cpus = context.Read(Cpu),
        Filter = context.Read(Filter),
        Tunnels = context.Read(Tunnels),
        Copy = context.Read(Copy),
        XdpMode = context.Read(Mode) ?? XdpMode.Auto,
        BusyPoll = context.Read(BusyPoll),
        IsPromiscuous = !context.Read(NoPromiscuous),
        UsesHardwareTime = context.Read(HardwareTime),
        Events = context.Note,
    };

    /// <summary>A number of bytes, with k, M or G behind it or without.</summary>
    internal static ValueKind<long> Bytes(long least, long most) =>
        new(AllowedBytes(least, most), (string text, out long value) => TryReadBytes(text, least, most, out value));

    private static ValueKind<long?> OptionalBytes(long least, long most) =>
        new(AllowedBytes(least, most), (string text, out long? value) =>
        {
            bool isRead = TryReadBytes(text, least, most, out long bytes);
            value = bytes;
            return isRead;
        });

    private static string AllowedBytes(long least, long most) => $"a number of bytes from {least} to {most}; k, M or G may stand behind it";

    private static bool TryReadBytes(string text, long least, long most, out long value)
    {
        int shift = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        bool isRead = long.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most >> shift;
        value <<= isRead ? shift : 0;
        return isRead && value >= least;
    }

    private static ValueKind<IReadOnlyList<int>> Cpus() =>
        new($"a list of cores from 0 to {MaxCpu}, such as 2 or 2,3", (string text, [MaybeNullWhen(false)] out IReadOnlyList<int> value) =>
        {
            var cpus = new List<int>();
            foreach (string part in text.Split(','))
            {
                if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int cpu) || cpu > MaxCpu)
                {
                    value = [];
                    return false;
                }

                cpus.Add(cpu);
            }

            value = cpus;
            return true;
        });
}
