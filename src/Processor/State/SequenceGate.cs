using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>
/// Lets each record of an upstream partition through once: their numbers rise, and what is at or below the highest number seen has
/// been here before, sent again by a producer that did not know.
/// </summary>
public sealed class SequenceGate : ICheckpointPart
{
    private readonly long[] _next;

    /// <summary>Makes a gate for <paramref name="partitions"/> upstream partitions.</summary>
    public SequenceGate(int partitions) => _next = new long[partitions];

    /// <summary>Records turned away.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Writes the gate down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt64(Duplicates);
        foreach (long next in _next)
            writer.WriteInt64(next);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a gate for as many partitions.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Duplicates = reader.ReadInt64();
        foreach (ref long next in _next.AsSpan())
            next = reader.ReadInt64();
    }

    /// <summary>True when the record is new.</summary>
    public bool TryPass(int partition, long sequence)
    {
        ref long next = ref _next[partition];
        if (sequence < next)
        {
            Duplicates++;
            return false;
        }

        next = sequence + 1;
        return true;
    }
}

/// <summary>
/// Numbers the records that a stage puts out. A number is made from the position of the input record that caused it, so that a
/// stage which is rebuilt from the log, or taken up from a checkpoint, gives the same numbers again, even where the log's beginning is gone by then.
/// </summary>
public struct OutputSequence
{
    /// <summary>Outputs of one input record that keep their own numbers: more than closing every open slot makes.</summary>
    private const int BitsPerPosition = 20;

    private long _next;

    /// <summary>The next output is caused by the record at a position of the input, which rises.</summary>
    public void MoveTo(long position) => _next = Math.Max(_next, position << BitsPerPosition);

    /// <summary>The number of the next output.</summary>
    public long Take() => _next++;
}
