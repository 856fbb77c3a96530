using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Live;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Publish;

namespace IcmpStream.Cli.Ingest;

/// <summary>What a live source loses first while the brokers take nothing.</summary>
internal enum Shedding : byte
{
    /// <summary>What comes now: the log keeps the beginning of an attack.</summary>
    Newest,

    /// <summary>What has waited longest: the log stays close to now.</summary>
    Oldest,

    /// <summary>Nothing here: the reader waits, and the kernel drops what the ring has no room for.</summary>
    Ring,
}

/// <summary>Whether loud pairs are folded.</summary>
internal enum Folding : byte
{
    /// <summary>Beyond 64 in 100 ms a pair's messages of one kind travel as one event with their count.</summary>
    On,

    /// <summary>Every message is an event of its own.</summary>
    Off,
}

/// <summary>What stands between a source and the brokers.</summary>
internal static class QueueSettings
{
    /// <summary>The least queue that a user may ask for, 1 MiB: a batch of events is as large.</summary>
    private const long LeastBytes = 1L << 20;

    /// <summary>The most, 64 GiB.</summary>
    private const long MostBytes = 64L << 30;

    /// <summary>The folder's size unless it is given: 1 GiB are some four million single events.</summary>
    private const long DefaultSpillBytes = 1L << 30;

    /// <summary>The most that it may be, 16 TiB.</summary>
    private const long MostSpillBytes = 16L << 40;

    /// <summary>
    /// The queue in front of a folder to spill to, unless it is given: what the client has taken is lost where the process ends in an outage, so little is left to it.
    /// </summary>
    private const long QueueBeforeSpill = 16L << 20;

    private static readonly ValueSetting<Folding?> Fold = new(
        "fold", "WHEN", ValueKinds.OneOf<Folding>(), null, "on or off: beyond 64 in 100 ms, write a pair's messages of one kind as one event with their count (default: on for live sources, off for captures)");

    private static readonly ValueSetting<Shedding?> Shed = new(
        "shed", "WHAT", ValueKinds.OneOf<Shedding>(), null, "what a live source loses, counted, while the brokers take nothing: newest (the default), oldest, or what the ring has no room for");

    private static readonly ValueSetting<long> Memory = new(
        "queue-memory", "BYTES", LiveSettings.Bytes(LeastBytes, MostBytes), 0, "memory for events that wait for the brokers (default: an eighth of the machine's, 16M to 1G)");

    private static readonly ValueSetting<string?> Spill = new(
        "spill", "DIR", ValueKinds.Text, null, "keep what the brokers do not take of a live source in this folder, and send it in order once they do, at the next start at the latest");

    private static readonly ValueSetting<long> SpillMax = new(
        "spill-max", "BYTES", LiveSettings.Bytes(LeastBytes, MostSpillBytes), DefaultSpillBytes, "size of that folder, beyond which the newest are shed (default 1G)");

    /// <summary>The settings of <c>ingest</c>.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Fold, Shed, Memory, Spill, SpillMax];

    /// <summary>What was said, as options of a run.</summary>
    public static IngestOptions Apply(CommandContext context, IngestOptions options, bool isLive)
    {
        Folding? fold = context.Read(Fold);
        Shedding? shed = context.Read(Shed);
        if (!isLive && shed is not null)
            throw new UsageException("--shed is for live sources: a capture waits for the brokers");
        string? spill = context.Read(Spill);
        if (!isLive && spill is not null)
            throw new UsageException("--spill is for live sources: a capture waits for the brokers");
        if (spill is not null && shed is not null and not Shedding.Newest)
            throw new UsageException("--spill sheds the newest, once the folder is full: it does not go with another --shed");
        if (options.Resumes && fold == Folding.On)
            throw new UsageException("--fold on does not go with --run-id: where a pair was folded, what the log has of a run does not say how far it came");
        return options with
        {
            Folds = fold is null ? isLive : fold == Folding.On,
            WhenFull = !isLive ? FullQueue.Wait : shed switch
            {
                Shedding.Ring => FullQueue.Wait,
                Shedding.Oldest => FullQueue.ShedOldest,
                _ => FullQueue.ShedNewest,
            },
            QueueBytes = context.Read(Memory) is > 0 and var bytes ? bytes : spill is null ? null : QueueBeforeSpill,
            SpillFolder = spill,
            SpillBytes = context.Read(SpillMax),
        };
    }
}
