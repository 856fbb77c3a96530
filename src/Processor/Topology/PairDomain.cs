using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What the pair stage holds of one domain.</summary>
internal sealed class PairDomain(uint id, SlotPool slots, PairOptions options)
{
    public uint Id { get; } = id;

    public DomainClock Clock { get; } = new();

    public OpenSlots Slots { get; } = new(slots, options.MaxOpenSlots);

    public EchoTimers Timers { get; } = new();

    public LossHistory Losses { get; } = new();

    /// <summary>Slots below this are closed; long.MinValue before the first watermark.</summary>
    public long OpenFrom { get; set; } = long.MinValue;

    /// <summary>Watermark last sent to each host partition.</summary>
    public long[] SentWatermarkNs { get; } = NewWatermarks(options.HostPartitions);

    /// <summary>Packets seen and lost that each host partition has been told of.</summary>
    public (long Seen, long Lost)[] SentCounts { get; } = new (long, long)[options.HostPartitions];

    /// <summary>Packets seen and lost that the history has been told of.</summary>
    public (long Seen, long Lost) Noted { get; set; }

    /// <summary>True while the domain has ended and nothing new has come.</summary>
    public bool IsOver { get; set; }

    /// <summary>The share of packets not lost from one time to another, 0 to 1.</summary>
    public double CompletenessBetween(long fromNs, long toNs)
    {
        (long seen, long lost) = Losses.Between(fromNs, toNs);
        return Completeness.Of(seen, lost);
    }

    /// <summary>A new life after the end.</summary>
    public void Restart()
    {
        Clock.Restart();
        Losses.Clear();
        OpenFrom = long.MinValue;
        Array.Fill(SentWatermarkNs, BatchEnvelope.NoWatermark);
        Array.Clear(SentCounts);
        Noted = default;
        IsOver = true;
    }

    private static long[] NewWatermarks(int count)
    {
        var watermarks = new long[count];
        Array.Fill(watermarks, BatchEnvelope.NoWatermark);
        return watermarks;
    }
}
