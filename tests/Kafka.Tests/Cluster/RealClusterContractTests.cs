using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Tests.Contract;

namespace IcmpStream.Kafka.Tests.Cluster;

/// <summary>
/// The same contract, and transactions, on the brokers that <c>ICMPSTREAM_TEST_BROKERS</c> names. Topics are left behind, under names of their own.
/// </summary>
public sealed class RealClusterContractTests : LogContract, IDisposable
{
    private readonly KafkaLog? _log;

    public RealClusterContractTests()
    {
        if (Environment.GetEnvironmentVariable("ICMPSTREAM_TEST_BROKERS") is { Length: > 0 } brokers) _log = KafkaLog.Connect(new ClusterOptions { Brokers = brokers });
    }

    protected override ILog Log
    {
        get
        {
            if (_log is null) Assert.Skip("ICMPSTREAM_TEST_BROKERS names no cluster");
            return _log;
        }
    }

    public void Dispose() => _log?.Dispose();

    [Fact]
    public void Outputs_and_offsets_are_committed_together_aborts_stay_invisible_and_a_zombie_is_fenced()
    {
        var input = NewTopic(1);
        var output = NewTopic(2);
        var group = NewName("g");
        LogPartition partition = new(input, 0);
        Bound.Write(Log, input, [.. Enumerable.Range(0, 10).Select(i => (0, "k", Bound.Number(i)))]);
        MemberOptions options = new() { Group = group, Topics = [input], TransactionalId = group + "-tx", SessionTimeout = TimeSpan.FromSeconds(6) };
        using var zombie = new MemberDriver(Log.Join(options));
        zombie.UntilRecords(10);
        zombie.Member.Begin();
        zombie.Member.Append(Bound.Batch(output, (0, "k", "aborted"), (1, "k", "aborted")), TestContext.Current.CancellationToken);
        zombie.Member.Abort(Bound.Most);
        Assert.Equal(CommitOutcome.Committed, zombie.Commit(Bound.Batch(output, (0, "k", "a"), (1, "k", "b"))));
        Assert.Equal(10, Log.CommittedOffsets(group, [partition], Bound.Most)[0].Offset);

        zombie.Member.Begin();
        zombie.Member.Append(Bound.Batch(output, (0, "k", "zombie")), TestContext.Current.CancellationToken);
        using var successor = new MemberDriver(Log.Join(options));
        Assert.Equal(CommitOutcome.Fenced, zombie.Member.Commit([new LogPosition(partition, 3)], Bound.Most));
        Assert.Equal(10, Log.CommittedOffsets(group, [partition], Bound.Most)[0].Offset);
        Assert.Equal(["a", "b"], Bound.ReadAll(Log, output).Select(r => r.Value).Order(StringComparer.Ordinal));
        Assert.Equal(5, Bound.ReadAll(Log, output, readUncommitted: true).Count);
    }
}
