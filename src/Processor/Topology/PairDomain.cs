using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What the pair stage holds of one domain.</summary>
internal sealed class PairDomain : ICheckpointPart
{
    public PairDomain(uint id, SlotPool slots, PairOptions options)
    {
        Id = id;
        Slots = new OpenSlots(slots, options.MaxOpenSlots);
        Rtts = new RttBook(options.MaxRttPairsPerGroup, options.MaxRttCellsPerGroup);
        SentWatermarkNs = NewWatermarks(options.HostPartitions);
        SentCounts = new (long, long)[options.HostPartitions];
        CompletenessAt = slot => CompletenessBetween(EventTime.SlotStart(slot), EventTime.SlotEnd(slot));
    }

    public uint Id { get; }

    /// <summary>The share of a slot's packets that were not lost, 0 to 1.</summary>
    public Func<long, double> CompletenessAt { get; }

    public DomainClock Clock { get; } = new();

    public OpenSlots Slots { get; }

    /// <summary>Exchanges by key group; null where there was none yet.</summary>
    public ExchangeTable?[] Tables { get; } = new ExchangeTable?[KeyGroup.Count];

    /// <summary>Round-trip times of the open window.</summary>
    public RttBook Rtts { get; }

    /// <summary>The slot that is being closed.</summary>
    public OpenSlot? Closing { get; set; }

    public LossHistory Losses { get; } = new();

    /// <summary>Slots below this are closed; long.MinValue before the first watermark.</summary>
    public long OpenFrom { get; set; } = long.MinValue;

    /// <summary>Watermark last sent to each host partition.</summary>
    public long[] SentWatermarkNs { get; }

    /// <summary>All candidates that were due before this have been sent, ns.</summary>
    public long CandidatesUntilNs { get; set; } = BatchEnvelope.NoWatermark;

    /// <summary>Packets seen and lost that each host partition has been told of.</summary>
    public (long Seen, long Lost)[] SentCounts { get; }

    /// <summary>Packets seen and lost that the history has been told of.</summary>
    public (long Seen, long Lost) Noted { get; set; }

    /// <summary>True while the domain has ended and nothing new has come.</summary>
    public bool IsOver { get; set; }

    /// <summary>Requests, and replies without one, that are kept.</summary>
    public int Kept => Tables.Sum(table => table?.Count ?? 0);

    /// <summary>The exchanges of a key group.</summary>
    public ExchangeTable TableOf(int group, PairOptions options) =>
        Tables[group] ??= new ExchangeTable(options.Echo.MaxPerGroup, options.MaxFlowsPerGroup);

    /// <summary>Whom a failure in the slot that is being closed is about.</summary>
    public Quote QuoteOf(in PairMessage failure) => Closing!.QuoteOf(failure);

    /// <summary>The share of packets not lost from one time to another, 0 to 1.</summary>
    public double CompletenessBetween(long fromNs, long toNs)
    {
        (long seen, long lost) = Losses.Between(fromNs, toNs);
        return Completeness.Of(seen, lost);
    }

    /// <summary>Writes down what is of no key group.</summary>
    public void Save(CheckpointWriter writer)
    {
        writer.WritePart(Clock);
        writer.WritePart(Losses);
        writer.WritePart(Rtts);
        writer.WriteInt64(OpenFrom);
        writer.WriteInt64(CandidatesUntilNs);
        for (int i = 0; i < SentWatermarkNs.Length; i++)
        {
            writer.WriteInt64(SentWatermarkNs[i]);
            writer.WriteInt64(SentCounts[i].Seen);
            writer.WriteInt64(SentCounts[i].Lost);
        }

        writer.WriteInt64(Noted.Seen);
        writer.WriteInt64(Noted.Lost);
        writer.WriteBoolean(IsOver);
        writer.WriteInt32(Slots.Count);
        for (int i = 0; i < Slots.Count; i++)
        {
            writer.WriteInt64(Slots[i].Slot);
            Slots[i].SaveShared(writer);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The bytes are no such domain.</exception>
    public void Load(CheckpointReader reader)
    {
        reader.ReadPart(Clock);
        reader.ReadPart(Losses);
        reader.ReadPart(Rtts);
        OpenFrom = reader.ReadInt64();
        CandidatesUntilNs = reader.ReadInt64();
        for (int i = 0; i < SentWatermarkNs.Length; i++)
        {
            SentWatermarkNs[i] = reader.ReadInt64();
            SentCounts[i] = (reader.ReadInt64(), reader.ReadInt64());
        }

        Noted = (reader.ReadInt64(), reader.ReadInt64());
        IsOver = reader.ReadBoolean();
        for (int left = reader.ReadCount(sizeof(long) + sizeof(int)); left > 0; left--)
        {
            if (Slots.At(reader.ReadInt64()) is not { } slot)
                throw new CheckpointException("there are more open slots than there may be");
            slot.LoadShared(reader);
        }
    }

    /// <summary>A new life after the end.</summary>
    public void Restart()
    {
        Clock.Restart();
        Losses.Clear();
        Array.Clear(Tables);
        Rtts.Clear();
        OpenFrom = long.MinValue;
        CandidatesUntilNs = BatchEnvelope.NoWatermark;
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
