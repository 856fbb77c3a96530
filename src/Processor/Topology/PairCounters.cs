using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>The pair stage's books: events in = processed + late + duplicate. Written by the stage's thread alone.</summary>
public sealed class PairCounters
{
    private readonly long[] _exchanges = new long[(int)EchoOutcome.Unknown + 1];

    /// <summary>Records taken.</summary>
    public long Records { get; internal set; }

    /// <summary>Events taken.</summary>
    public long Events { get; internal set; }

    /// <summary>Events counted and, where they belong to an exchange, matched.</summary>
    public long Processed { get; internal set; }

    /// <summary>Events marked late by their stream, or behind event time when they came.</summary>
    public long Late { get; internal set; }

    /// <summary>Events that had been here before.</summary>
    public long Duplicate { get; internal set; }

    /// <summary>Sequence numbers that never came.</summary>
    public long Missing { get; internal set; }

    /// <summary>Packets that folded events of matchable types stand for: they are in no exchange.</summary>
    public long FoldedPackets { get; internal set; }

    /// <summary>Requests and replies dropped from the state by its limits before their time.</summary>
    public long Evicted { get; internal set; }

    /// <summary>Messages that the reorder buffer had no room for: counted in rates, in no exchange.</summary>
    public long Unbuffered { get; internal set; }

    /// <summary>Packets counted without their source, since a slot had too many flows.</summary>
    public long Overflowed { get; internal set; }

    /// <summary>Packets counted nowhere, since a slot had too many flows even without sources, or there were too many slots.</summary>
    public long Uncounted { get; internal set; }

    /// <summary>Packets that another stream of the domain saw too: processed, and counted once.</summary>
    public long Copies { get; internal set; }

    /// <summary>Errors that quote a request which was never seen or has ended.</summary>
    public long ErrorsWithoutRequest { get; internal set; }

    /// <summary>Round-trip times that are in a record of their pair and window.</summary>
    public long RttsSummed { get; internal set; }

    /// <summary>Round-trip times of pairs that had too few in their window for a record.</summary>
    public long RttsSparse { get; internal set; }

    /// <summary>Round-trip times that the limits of a window left no room for.</summary>
    public long RttsDropped { get; internal set; }

    /// <summary>Round-trip times below zero: two clocks of one stream put the reply before its request.</summary>
    public long RttsNegative { get; internal set; }

    /// <summary>Records of round-trip times put out.</summary>
    public long RttRecords { get; internal set; }

    /// <summary>Requests to broadcast or multicast addresses, and replies without a request, that the host stage was not told of: too many of a slot.</summary>
    public long Unforwarded { get; internal set; }

    /// <summary>Exchanges put out with an outcome; those that the host stage matches are in its books.</summary>
    public long Exchanges(EchoOutcome outcome) => _exchanges[(int)outcome];

    internal void Count(EchoOutcome outcome) => _exchanges[(int)outcome]++;

    internal void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(Records);
        writer.WriteInt64(Events);
        writer.WriteInt64(Processed);
        writer.WriteInt64(Late);
        writer.WriteInt64(Duplicate);
        writer.WriteInt64(Missing);
        writer.WriteInt64(FoldedPackets);
        writer.WriteInt64(Evicted);
        writer.WriteInt64(Unbuffered);
        writer.WriteInt64(Overflowed);
        writer.WriteInt64(Uncounted);
        writer.WriteInt64(ErrorsWithoutRequest);
        writer.WriteInt64(Copies);
        writer.WriteInt64(RttsSummed);
        writer.WriteInt64(RttsSparse);
        writer.WriteInt64(RttsDropped);
        writer.WriteInt64(RttsNegative);
        writer.WriteInt64(RttRecords);
        writer.WriteInt64(Unforwarded);
        foreach (long count in _exchanges)
            writer.WriteInt64(count);
    }

    internal void Load(CheckpointReader reader)
    {
        Records = reader.ReadInt64();
        Events = reader.ReadInt64();
        Processed = reader.ReadInt64();
        Late = reader.ReadInt64();
        Duplicate = reader.ReadInt64();
        Missing = reader.ReadInt64();
        FoldedPackets = reader.ReadInt64();
        Evicted = reader.ReadInt64();
        Unbuffered = reader.ReadInt64();
        Overflowed = reader.ReadInt64();
        Uncounted = reader.ReadInt64();
        ErrorsWithoutRequest = reader.ReadInt64();
        Copies = reader.ReadInt64();
        RttsSummed = reader.ReadInt64();
        RttsSparse = reader.ReadInt64();
        RttsDropped = reader.ReadInt64();
        RttsNegative = reader.ReadInt64();
        RttRecords = reader.ReadInt64();
        Unforwarded = reader.ReadInt64();
        foreach (ref long count in _exchanges.AsSpan())
            count = reader.ReadInt64();
    }
}
