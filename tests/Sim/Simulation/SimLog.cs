using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;

namespace IcmpStream.Sim;

/// <summary>The log as one process sees it: every call of it is a place to crash, and it answers as badly as a log may.</summary>
internal sealed class SimLog(MemoryLog inner, Random random, SimSetup setup) : ILog
{
    /// <summary>Members that have joined through here; the coordinator may not have noticed that they are gone.</summary>
    public List<MemoryMember> Members { get; } = [];

    /// <summary>False once faults are over.</summary>
    public bool IsFaulty { get; set; } = true;

    /// <summary>True with the bug that offsets are committed before the outputs that they stand for.</summary>
    public bool CommitsOffsetsFirst => setup.CommitsOffsetsFirst;

    public ITopicAdmin Topics => inner.Topics;

    public ILogAppender OpenAppender(AppenderOptions options)
    {
        Point("opening an appender");
        return new SimAppender(this, inner.OpenAppender(options), setup.Faults);
    }

    public ILogMember Join(MemberOptions options)
    {
        Point("joining");
        MemoryMember member = inner.Join(options with { MaxBatchRecords = setup.BatchRecords });
        Members.Add(member);
        return new SimMember(this, member, setup.Faults);
    }

    public ILogReader OpenReader(ReaderOptions options)
    {
        Point("opening a reader");
        return new SimReader(this, inner.OpenReader(options with { MaxBatchRecords = setup.BatchRecords }));
    }

    public IReadOnlyList<LogPosition> CommittedOffsets(string group, IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        RequireAvailable();
        return inner.CommittedOffsets(group, partitions, timeout);
    }

    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        RequireAvailable();
        return inner.EndOffsets(partitions, timeout);
    }

    public void Dispose()
    {
        // The log outlives the process.
    }

    /// <summary>A place where the process may end.</summary>
    public void Point(string name)
    {
        if (Happens(setup.Faults.Crash))
            throw new SimCrash(name);
    }

    /// <summary>True so many times in a thousand, while faults happen.</summary>
    public bool Happens(int thousandths) => IsFaulty && thousandths > 0 && random.Next(1000) < thousandths;

    /// <summary>During an outage nothing is answered in time.</summary>
    public void RequireAvailable()
    {
        if (!inner.IsAvailable)
            throw new LogException(LogError.Timeout, "the log did not answer");
    }
}
