namespace IcmpStream.Kafka.Memory;

internal enum TransactionState : byte
{
    Open,
    Committed,
    Aborted,
}

/// <summary>A transaction over partitions. Records point to it, so that ending it decides them all at once.</summary>
internal sealed class MemoryTransaction
{
    private readonly List<MemoryPartition> _touched = [];

    public TransactionState State { get; private set; }

    /// <summary>Notes that the transaction writes to a partition, the first time it does.</summary>
    public void Touch(MemoryPartition partition)
    {
        if (_touched.Contains(partition)) return;
        _touched.Add(partition);
        partition.Open(this);
    }

    /// <summary>Decides the transaction and leaves its mark, which takes an offset, in every partition written to.</summary>
    public void End(TransactionState state)
    {
        State = state;
        foreach (var partition in _touched) partition.Close(this);
        _touched.Clear();
    }
}

/// <summary>What the log knows of a transactional id: a higher epoch fences every holder of a lower one.</summary>
internal sealed class MemoryProducer
{
    public int Epoch { get; private set; }

    public MemoryTransaction? Open { get; set; }

    /// <summary>Fences whoever holds the id and aborts what it left open.</summary>
    public int TakeOver()
    {
        Open?.End(TransactionState.Aborted);
        Open = null;
        return ++Epoch;
    }
}
