using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Contract;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>
/// The calls of a transaction against the mock cluster, which takes them in their order but shows aborted records, forgets offsets and fences nobody; what a real
/// coordinator would answer it is told to answer.
/// </summary>
public sealed class EmbeddedTransactionTests : IDisposable
{
    // API keys of Kafka's protocol guide.
    private const short OffsetCommit = 8, AddOffsetsToTransaction = 25, EndTransaction = 26, TransactionOffsetCommit = 28;

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly KafkaLog _log;

    public EmbeddedTransactionTests()
    {
        _log = _kafka.Connect();
        _log.Topics.Apply([.. new[] { "in", "out" }.Select(name => new TopicSpec { Name = name, Partitions = 2, IsKeyed = true })], Bound.Most);
        Bound.Write(_log, "in", [.. Enumerable.Range(0, 10).Select(i => (i % 2, "k", Bound.Number(i)))]);
    }

    public void Dispose()
    {
        _log.Dispose();
        _kafka.Dispose();
    }

    private MemberDriver Join(Guarantee guarantee)
    {
        var driver = new MemberDriver(_log.Join(new MemberOptions { Group = "g", Topics = ["in"], Guarantee = guarantee, TransactionalId = "tx", SessionTimeout = TimeSpan.FromSeconds(2) }));
        driver.UntilRecords(10);
        return driver;
    }

    private static OutgoingBatch Output(string value) => Bound.Batch("out", (0, "k", value), (1, "k", value));

    [Fact]
    public void Transactions_follow_each_other_committed_empty_and_aborted()
    {
        using var driver = Join(Guarantee.ExactlyOnce);
        Assert.Equal(CommitOutcome.Committed, driver.Commit(Output("a"), Output("b")));
        Assert.Equal(CommitOutcome.Committed, driver.Commit());
        driver.Member.Begin();
        driver.Member.Append(Output("aborted"), TestContext.Current.CancellationToken);
        driver.Member.Abort(Bound.Most);
        Assert.Equal(CommitOutcome.Committed, driver.Commit(Output("c")));

        Assert.Superset(new HashSet<string> { "a", "b", "c" }, Bound.ReadAll(_log, "out").Select(r => r.Value).ToHashSet());
        Assert.Equal(0, driver.Member.OutputBooks.InFlight);
    }

    [Theory]
    [InlineData(EndTransaction, ErrorCode.InvalidProducerEpoch)]
    [InlineData(EndTransaction, ErrorCode.ProducerFenced)]
    [InlineData(AddOffsetsToTransaction, ErrorCode.ProducerFenced)]
    [InlineData(TransactionOffsetCommit, ErrorCode.ProducerFenced)]
    public void A_coordinator_that_knows_a_newer_producer_fences(short request, ErrorCode error)
    {
        using var driver = Join(Guarantee.ExactlyOnce);
        _kafka.Fail(request, (int)error);
        Assert.Equal(CommitOutcome.Fenced, driver.Commit(Output("a")));
        Assert.Equal(PollKind.Fenced, driver.Step());
        driver.Member.Begin();
        Assert.Equal(LogError.Fenced, Assert.Throws<LogException>(() => driver.Member.Append(Output("b"), TestContext.Current.CancellationToken)).Error);
        Assert.Equal(CommitOutcome.Fenced, driver.Member.Commit([], Bound.Most));
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.UnknownMemberId)]
    public void A_group_that_has_moved_on_aborts_the_transaction_and_the_next_one_is_good(ErrorCode error)
    {
        using var driver = Join(Guarantee.ExactlyOnce);
        _kafka.Fail(TransactionOffsetCommit, (int)error);
        Assert.Equal(CommitOutcome.Aborted, driver.Commit(Output("a")));
        Assert.Equal(CommitOutcome.Committed, driver.Commit(Output("b")));
    }

    [Fact]
    public void A_coordinator_that_is_busy_is_asked_again()
    {
        using var driver = Join(Guarantee.ExactlyOnce);
        _kafka.Fail(EndTransaction, (int)ErrorCode.ConcurrentTransactions, (int)ErrorCode.GroupLoadInProgress, (int)ErrorCode.NotCoordinatorForGroup);
        _kafka.Fail(TransactionOffsetCommit, (int)ErrorCode.GroupLoadInProgress);
        Assert.Equal(CommitOutcome.Committed, driver.Commit(Output("a")));
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration, CommitOutcome.Aborted)]
    [InlineData(ErrorCode.UnknownMemberId, CommitOutcome.Aborted)]
    [InlineData(ErrorCode.FencedInstanceId, CommitOutcome.Fenced)]
    public void Offsets_that_the_group_refuses_are_an_outcome_at_least_once(ErrorCode error, CommitOutcome expected)
    {
        using var driver = Join(Guarantee.AtLeastOnce);
        _kafka.Fail(OffsetCommit, (int)error);
        Assert.Equal(expected, driver.Commit(Output("a")));
        if (expected == CommitOutcome.Aborted) Assert.Equal(["a", "a"], Bound.ReadAll(_log, "out").Select(r => r.Value));
    }

    [Fact]
    public void Outputs_come_before_offsets_and_a_commit_that_finds_no_broker_times_out_and_can_be_repeated()
    {
        using var driver = Join(Guarantee.AtLeastOnce);
        driver.Member.Begin();
        driver.Member.Append(Output("a"), TestContext.Current.CancellationToken);
        _kafka.StopBroker();
        driver.Member.Append(Output("b"), TestContext.Current.CancellationToken);
        Assert.Equal(LogError.Timeout, Assert.Throws<LogException>(() => driver.Member.Commit([.. driver.Next.Values], TimeSpan.FromMilliseconds(300))).Error);
        _kafka.StartBroker();
        // The group may have moved on meanwhile: the outputs are there either way, once.
        Assert.NotEqual(CommitOutcome.Fenced, driver.Member.Commit([.. driver.Next.Values], Bound.Most));
        Assert.Equal(["a", "a", "b", "b"], Bound.ReadAll(_log, "out").Select(r => r.Value).Order(StringComparer.Ordinal));
    }
}
