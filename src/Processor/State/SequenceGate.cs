namespace IcmpStream.Processor.State;

/// <summary>
/// Lets each record of an upstream partition through once: they are numbered from 0, and what is at or below the highest number
/// seen has been here before, sent again by a producer that did not know.
/// </summary>
public sealed class SequenceGate
{
    private readonly long[] _next;

    /// <summary>Makes a gate for <paramref name="partitions"/> upstream partitions.</summary>
    public SequenceGate(int partitions) => _next = new long[partitions];

    /// <summary>Records turned away.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Numbers that never came.</summary>
    public long Missing { get; private set; }

    /// <summary>True when the record is new.</summary>
    public bool TryPass(int partition, long sequence)
    {
        ref long next = ref _next[partition];
        if (sequence < next)
        {
            Duplicates++;
            return false;
        }

        Missing += sequence - next;
        next = sequence + 1;
        return true;
    }
}
