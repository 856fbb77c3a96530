using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Tests.Contract;

namespace IcmpStream.Kafka.Tests.Memory;

/// <summary>Transactions, isolation and fencing, as the in-memory log has them in full.</summary>
public sealed class MemoryTransactionTests : IDisposable
{
    private static readonly LogPartition In0 = new("in", 0);
    private readonly MemoryLog _log = new();

    public MemoryTransactionTests()
    {
        _log.CreateTopic("in", 2);
        _log.CreateTopic("out", 2);
        Bound.Write(_log, "in", [.. Enumerable.Range(0, 20).Select(i => (i % 2, "k", Bound.Number(i)))]);
    }

    public void Dispose() => _log.Dispose();

    private MemoryMember Join(string? instance = null, string? transactionalId = null) => _log.Join(new MemberOptions
    {
        Group = "g",
        Topics = ["in"],
        Guarantee = Guarantee.ExactlyOnce,
        InstanceId = instance,
        TransactionalId = transactionalId,
        MaxBatchRecords = 4,
    });

    private IEnumerable<string> Outputs(bool readUncommitted = false) => Bound.ReadAll(_log, "out", readUncommitted).Select(r => r.Value);

    private long Committed(LogPartition partition) => _log.CommittedOffsets("g", [partition], TimeSpan.Zero)[0].Offset;

    private static void Poll(ILogMember member, PollKind expected) => Assert.Equal(expected, member.Poll(TimeSpan.Zero, TestContext.Current.CancellationToken).Kind);

    private static void TakeAll(MemberDriver driver)
    {
        while (driver.Step(TimeSpan.Zero) != PollKind.Nothing)
        {
        }
    }

    [Fact]
    public void Outputs_over_several_partitions_and_offsets_become_visible_together()
    {
        using var driver = new MemberDriver(Join());
        TakeAll(driver);
        driver.Member.Begin();
        driver.Member.Append(Bound.Batch("out", (0, "k", "a"), (1, "k", "b")), TestContext.Current.CancellationToken);
        driver.Member.Append(Bound.Batch("out", (0, "k", "c")), TestContext.Current.CancellationToken);

        Assert.Empty(Outputs());
        Assert.Equal(["a", "c", "b"], Outputs(readUncommitted: true));
        Assert.Equal(LogPosition.Unset, Committed(In0));

        Assert.Equal(CommitOutcome.Committed, driver.Member.Commit([.. driver.Next.Values], TimeSpan.Zero));
        Assert.Equal(["a", "c", "b"], Outputs());
        Assert.Equal(10, Committed(In0));
    }

    [Fact]
    public void Aborted_records_stay_invisible_and_a_reader_still_reaches_the_end()
    {
        using var member = Join();
        Poll(member, PollKind.Assigned);
        member.Begin();
        member.Append(Bound.Batch("out", (0, "k", "gone")), TestContext.Current.CancellationToken);
        member.Abort(TimeSpan.Zero);
        member.Begin();
        member.Append(Bound.Batch("out", (0, "k", "kept")), TestContext.Current.CancellationToken);
        Assert.Equal(CommitOutcome.Committed, member.Commit([], TimeSpan.Zero));

        Assert.Equal(["kept"], Outputs());
        Assert.Equal(["gone", "kept"], Outputs(readUncommitted: true));
        // Two records and two marks.
        Assert.Equal(4, _log.EndOffsets([new LogPartition("out", 0)], TimeSpan.Zero)[0].Offset);
    }

    [Fact]
    public void An_open_transaction_holds_readers_back_at_its_first_record_even_before_records_that_others_wrote_later()
    {
        using var member = Join();
        Poll(member, PollKind.Assigned);
        Bound.Write(_log, "out", (0, "k", "before"));
        member.Begin();
        member.Append(Bound.Batch("out", (0, "k", "open")), TestContext.Current.CancellationToken);
        Bound.Write(_log, "out", (0, "k", "after"));

        Assert.Equal(["before"], Outputs());
        Assert.Equal(1, _log.EndOffsets([new LogPartition("out", 0)], TimeSpan.Zero)[0].Offset);
        Assert.Equal(CommitOutcome.Committed, member.Commit([], TimeSpan.Zero));
        Assert.Equal(["before", "open", "after"], Outputs());
    }

    [Fact]
    public void A_successor_of_the_same_transactional_id_fences_a_zombie_and_aborts_what_it_left_open()
    {
        var zombie = new MemberDriver(Join(transactionalId: "tx"));
        TakeAll(zombie);
        zombie.Member.Begin();
        zombie.Member.Append(Bound.Batch("out", (0, "k", "zombie")), TestContext.Current.CancellationToken);

        using var successor = Join(transactionalId: "tx");
        Bound.Write(_log, "out", (0, "k", "plain"));
        Assert.Equal(["plain"], Outputs());
        Assert.Equal(LogError.Fenced, Assert.Throws<LogException>(() => zombie.Member.Append(Bound.Batch("out", (0, "k", "more")), TestContext.Current.CancellationToken)).Error);
        Assert.Equal(CommitOutcome.Fenced, zombie.Member.Commit([.. zombie.Next.Values], TimeSpan.Zero));
        Poll(zombie.Member, PollKind.Fenced);
        Assert.Equal(["plain"], Outputs());
        Assert.Equal(LogPosition.Unset, Committed(In0));
        zombie.Dispose();
    }

    [Fact]
    public void A_static_member_that_comes_back_gets_its_partitions_without_a_rebalance_and_fences_its_former_self()
    {
        using var other = new MemberDriver(Join(instance: "b"));
        var former = new MemberDriver(Join(instance: "a"));
        TakeAll(other);
        TakeAll(former);
        TakeAll(other);
        TakeAll(former);
        var held = former.Member.Assignment;
        Assert.Single(held);
        other.Changes.Clear();

        using var again = new MemberDriver(Join(instance: "a"));
        TakeAll(again);
        TakeAll(other);

        Assert.Equal(held, again.Member.Assignment);
        Assert.Empty(other.Changes);
        Assert.Equal(PollKind.Fenced, former.Step(TimeSpan.Zero));
        former.Member.Begin();
        Assert.Equal(CommitOutcome.Fenced, former.Member.Commit([], TimeSpan.Zero));
        former.Dispose();
        TakeAll(again);
        Assert.Equal(held, again.Member.Assignment);
    }

    [Fact]
    public void A_static_member_that_leaves_keeps_its_place_until_it_is_expelled()
    {
        using var other = new MemberDriver(Join(instance: "b"));
        var leaving = new MemberDriver(Join(instance: "a"));
        for (var i = 0; i < 2; i++)
        {
            TakeAll(other);
            TakeAll(leaving);
        }

        leaving.Dispose();
        TakeAll(other);
        Assert.Single(other.Member.Assignment);
        Assert.True(_log.Expel("g", "a"));
        TakeAll(other);
        Assert.Equal(2, other.Member.Assignment.Count);
        Assert.False(_log.Expel("g", "a"));
    }

    [Fact]
    public void An_expelled_member_loses_its_partitions_cannot_commit_and_joins_again()
    {
        var member = Join();
        using var driver = new MemberDriver(member);
        TakeAll(driver);
        driver.Member.Begin();
        driver.Member.Append(Bound.Batch("out", (0, "k", "late")), TestContext.Current.CancellationToken);
        var consumed = driver.Next.Values.ToArray();
        Assert.True(_log.Expel("g", member.Id));
        using var other = new MemberDriver(Join());
        TakeAll(other);
        Assert.Equal(2, other.Member.Assignment.Count);

        Assert.Equal(CommitOutcome.Aborted, driver.Member.Commit(consumed, TimeSpan.Zero));
        Assert.Empty(Outputs());
        Assert.Equal(PollKind.Lost, driver.Step(TimeSpan.Zero));
        for (var i = 0; i < 2; i++)
        {
            TakeAll(driver);
            TakeAll(other);
        }

        Assert.Single(driver.Member.Assignment);
        Assert.Single(other.Member.Assignment);
    }

    [Fact]
    public void A_member_cannot_commit_for_a_partition_that_it_has_given_up()
    {
        using var driver = new MemberDriver(Join());
        TakeAll(driver);
        var consumed = driver.Next.Values.ToArray();
        using var other = new MemberDriver(Join());
        TakeAll(driver);
        driver.Member.Begin();
        Assert.Equal(CommitOutcome.Aborted, driver.Member.Commit(consumed, TimeSpan.Zero));
        Assert.Equal(LogPosition.Unset, Committed(In0));
    }

    [Fact]
    public void A_transaction_that_nobody_ends_is_aborted_by_its_timeout_and_its_holder_fenced()
    {
        var member = Join();
        Poll(member, PollKind.Assigned);
        member.Begin();
        member.Append(Bound.Batch("out", (0, "k", "open")), TestContext.Current.CancellationToken);
        Bound.Write(_log, "out", (0, "k", "after"));
        Assert.Empty(Outputs());

        Assert.True(_log.ExpireTransaction(member.TransactionalId!));
        Assert.Equal(["after"], Outputs());
        Assert.Equal(CommitOutcome.Fenced, member.Commit([], TimeSpan.Zero));
        Assert.False(_log.ExpireTransaction(member.TransactionalId!));
        member.Dispose();
    }

    [Fact]
    public void An_output_too_large_aborts_all_of_the_work_and_says_why()
    {
        using var member = Join();
        Poll(member, PollKind.Assigned);
        member.Begin();
        var batch = Bound.Batch("out", (0, "k", "small"));
        batch.Add(0, [], new byte[MemoryLogOptions.DefaultMaxRecordBytes + 1]);
        member.Append(batch, TestContext.Current.CancellationToken);
        Assert.Contains("max.message.bytes", Assert.Throws<LogException>(() => member.Commit([new LogPosition(In0, 3)], TimeSpan.Zero)).Message, StringComparison.Ordinal);
        Assert.Empty(Outputs());
        Assert.Equal(LogPosition.Unset, Committed(In0));
    }

    [Fact]
    public void An_outage_makes_commits_time_out_and_the_work_can_be_committed_when_it_is_over()
    {
        using var driver = new MemberDriver(Join());
        TakeAll(driver);
        driver.Member.Begin();
        driver.Member.Append(Bound.Batch("out", (0, "k", "a")), TestContext.Current.CancellationToken);
        _log.IsAvailable = false;
        Assert.Equal(PollKind.Nothing, driver.Step(TimeSpan.Zero));
        Assert.Equal(LogError.Timeout, Assert.Throws<LogException>(() => driver.Member.Commit([.. driver.Next.Values], TimeSpan.Zero)).Error);
        _log.IsAvailable = true;
        Assert.Equal(CommitOutcome.Committed, driver.Member.Commit([.. driver.Next.Values], TimeSpan.Zero));
        Assert.Equal(["a"], Outputs());
    }

    [Fact]
    public void Appends_during_an_outage_queue_up_to_the_limit_and_arrive_in_order_after_it()
    {
        using var appender = _log.OpenAppender(new AppenderOptions { QueueRecords = 3 });
        _log.IsAvailable = false;
        var batch = Bound.Batch("out", (0, "k", "1"), (0, "k", "2"), (0, "k", "3"), (0, "k", "4"));
        Assert.Equal(3, appender.TryAppend(batch));
        Assert.Equal(0, appender.TryAppend(batch, 3));
        Assert.False(appender.Flush(TimeSpan.Zero, TestContext.Current.CancellationToken));
        _log.IsAvailable = true;
        Assert.Equal(1, appender.TryAppend(batch, 3));
        Assert.Equal(["1", "2", "3", "4"], Outputs());
        Assert.Equal((4, 4, 0), (appender.Books.Taken, appender.Books.Delivered, appender.Books.InFlight));
    }

    [Fact]
    public async Task A_writer_held_back_by_an_outage_goes_on_when_it_is_over()
    {
        using var appender = _log.OpenAppender(new AppenderOptions { QueueRecords = 2 });
        _log.IsAvailable = false;
        var batch = Bound.Batch("out", [.. Enumerable.Range(0, 100).Select(i => (0, "k", Bound.Number(i)))]);
        var writing = Task.Run(() => appender.Append(batch, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Bound.Until(() => appender.Books.Taken == 2, "the queue full");
        Assert.False(writing.IsCompleted);
        _log.IsAvailable = true;
        await writing.WaitAsync(Bound.Most, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 100).Select(Bound.Number), Outputs());
    }

    [Fact]
    public void Retention_deletes_the_oldest_and_a_member_goes_on_with_what_is_left()
    {
        using var log = new MemoryLog(new MemoryLogOptions { RetentionBytes = 10_000 });
        log.CreateTopic("t", 1);
        Bound.Write(log, "t", [.. Enumerable.Range(0, 5000).Select(i => (0, "", new string('x', 10)))]);
        var left = Bound.ReadAll(log, "t");
        Assert.InRange(left.Count, 1000, 1000 + 1024);
        Assert.Equal(4999, left[^1].Offset);

        log.DeleteRecords(new LogPartition("t", 0), 4998);
        Assert.Equal([4998L, 4999L], Bound.ReadAll(log, "t").Select(r => r.Offset));
        using var driver = new MemberDriver(log.Join(new MemberOptions { Group = "g", Topics = ["t"], Guarantee = Guarantee.AtLeastOnce }));
        TakeAll(driver);
        Assert.Equal(2, driver.Records.Count);
        driver.Member.Seek(new LogPartition("t", 0), 0);
        TakeAll(driver);
        Assert.Equal(4, driver.Records.Count);
    }

    [Fact]
    public void The_append_time_is_what_somebody_set()
    {
        _log.AppendTimeMs = 1234;
        Bound.Write(_log, "out", (0, "k", "v"));
        using var reader = _log.OpenReader(new ReaderOptions { Topics = ["out"] });
        Assert.Equal(1234, reader.Poll(TimeSpan.Zero, TestContext.Current.CancellationToken)!.TimestampMsOf(0));
    }
}
