using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// The round-trip times of one domain, in tumbling windows: one is open at a time, since slots close in order and an exchange is known when the
/// later of its halves is.
/// </summary>
public sealed class RttBook : ICheckpointPart
{
    /// <summary>Length of a window, ns: 10 s, as that of rates.</summary>
    public const long WindowNs = SlotsPerWindow * EventTime.SlotNs;

    /// <summary>
    /// Round-trip times that a pair's window needs for a record: 5, what ping sends in five seconds. The median of fewer is hardly one, and
    /// each of them is an exchange on <c>icmp.echo.v1</c> anyway.
    /// </summary>
    public const int Floor = 5;

    private const long SlotsPerWindow = 100;
    private const long NoWindow = long.MinValue;

    private readonly RttGroup?[] _groups = new RttGroup?[KeyGroup.Count];
    private readonly int _maxPairs;
    private readonly int _maxCells;

    /// <summary>Makes one without windows, of groups with the given limits.</summary>
    public RttBook(int maxPairs = RttGroup.DefaultMaxPairs, int maxCells = RttGroup.DefaultMaxCells)
    {
        _maxPairs = maxPairs;
        _maxCells = maxCells;
    }

    /// <summary>The window that the groups' pairs are of; below every other before the first.</summary>
    public long Window { get; private set; } = NoWindow;

    /// <summary>Start of <see cref="Window"/>, ns since the epoch.</summary>
    public long WindowStartNs => EventTime.SlotStart(Window * SlotsPerWindow);

    /// <summary>The window of a slot: floor(slot / 100), so that windows are aligned to the epoch.</summary>
    public static long WindowOf(long slot) => slot >= 0 ? slot / SlotsPerWindow : ((slot + 1) / SlotsPerWindow) - 1;

    /// <summary>A key group that has had pairs; null where there was none yet.</summary>
    public RttGroup? Known(int group) => _groups[group];

    /// <summary>A key group.</summary>
    public RttGroup Group(int group) => _groups[group] ??= new RttGroup(_maxPairs, _maxCells);

    /// <summary>
    /// Begins a later window; what the one before came to has been read. Pairs of at least <see cref="Floor"/> times keep their places in the very
    /// next window, and in no other: how far event time goes at once must not show.
    /// </summary>
    public void Begin(long window)
    {
        foreach (RttGroup? group in _groups)
            group?.Renew(window == Window + 1 ? Floor : long.MaxValue);
        Window = window;
    }

    /// <summary>Forgets all windows.</summary>
    public void Clear()
    {
        Array.Clear(_groups);
        Window = NoWindow;
    }

    /// <summary>Writes down which window is open; its groups write themselves.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (Window != NoWindow)
            writer.WriteInt64(Window);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Window = reader.ReadInt64();
    }
}
