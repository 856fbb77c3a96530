using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What one address waited for another's answers in the open window; a cache line of 64 bytes. Its sketch is in the group's cells.</summary>
public struct RttPair : IEntry<RttPair>
{
    /// <summary>Who asked.</summary>
    public Address Requester;

    /// <summary>Who answered.</summary>
    public Address Responder;

    /// <summary>All round-trip times together, ns; saturating.</summary>
    public long SumNs;

    /// <summary>The shortest, ns; of none 0.</summary>
    public long MinNs;

    /// <summary>The longest, ns; of none 0.</summary>
    public long MaxNs;

    /// <summary>Round-trip times in the sums and the cells.</summary>
    public uint Count;

    /// <summary>Round-trip times that no cell was left for.</summary>
    public uint Dropped;

    /// <inheritdoc/>
    public static int EntryBytes => (2 * Address.Size) + (3 * sizeof(long)) + (2 * sizeof(uint));

    /// <inheritdoc/>
    public static void Write(in RttPair entry, ref EntryWriter writer)
    {
        writer.Add(entry.Requester);
        writer.Add(entry.Responder);
        writer.Add(entry.SumNs);
        writer.Add(entry.MinNs);
        writer.Add(entry.MaxNs);
        writer.Add(entry.Count);
        writer.Add(entry.Dropped);
    }

    /// <inheritdoc/>
    public static RttPair Read(ref EntryReader reader) => new()
    {
        Requester = reader.Address(),
        Responder = reader.Address(),
        SumNs = reader.Int64(),
        MinNs = reader.Int64(),
        MaxNs = reader.Int64(),
        Count = reader.UInt32(),
        Dropped = reader.UInt32(),
    };
}
