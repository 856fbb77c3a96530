namespace IcmpStream.Kafka;

/// <summary>Where a reader starts.</summary>
public enum ReadFrom : byte
{
    /// <summary>At the first record that the log still has.</summary>
    Beginning,

    /// <summary>Behind the last record there is when the reader is opened.</summary>
    End,
}

/// <summary>What a reader reads.</summary>
public sealed record ReaderOptions
{
    /// <summary>Topics to read all partitions of.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Where partitions of <see cref="Topics"/> start that <see cref="Positions"/> does not name.</summary>
    public ReadFrom From { get; init; } = ReadFrom.Beginning;

    /// <summary>Partitions to read from given offsets, whether or not their topic is among <see cref="Topics"/>.</summary>
    public IReadOnlyList<LogPosition> Positions { get; init; } = [];

    /// <summary>
    /// True to see records of open and of aborted transactions too. Diagnosis only: everything else reads what is committed.
    /// </summary>
    public bool ReadUncommitted { get; init; }

    /// <summary>Records in one batch at most.</summary>
    public int MaxBatchRecords { get; init; } = 2048;

    /// <summary>Throws where an option makes no sense.</summary>
    /// <exception cref="LogException">Nothing to read, or a batch of nothing.</exception>
    public void Validate()
    {
        if (Topics.Count == 0 && Positions.Count == 0) throw new LogException(LogError.Configuration, "a reader needs at least one topic or partition");
        if (MaxBatchRecords <= 0) throw new LogException(LogError.Configuration, "a batch must hold at least one record");
    }
}
