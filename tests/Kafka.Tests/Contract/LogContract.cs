using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Contract;

/// <summary>
/// What every log does, whoever implements it. Each implementation is a subclass; the same sentences hold for all of them.
/// </summary>
public abstract class LogContract
{
    private static int _names;

    /// <summary>The log under test, shared by the class.</summary>
    protected abstract ILog Log { get; }

    /// <summary>How long the log lets a member be silent; it also bounds how long a change of the group takes.</summary>
    protected virtual TimeSpan SessionTimeout => TimeSpan.FromSeconds(6);

    /// <summary>A name that no other test uses, in this run or in another one against the same cluster.</summary>
    protected static string NewName(string stem) => $"{stem}-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}-{Guid.NewGuid():N}";

    protected string NewTopic(int partitions)
    {
        var name = NewName("t");
        Log.Topics.Apply([new TopicSpec { Name = name, Partitions = partitions, IsKeyed = false }], Bound.Most);
        return name;
    }

    private protected MemberDriver Join(string group, string topic, Guarantee guarantee = Guarantee.AtLeastOnce, int maxBatchRecords = 100) =>
        new(Log.Join(new MemberOptions { Group = group, Topics = [topic], Guarantee = guarantee, MaxBatchRecords = maxBatchRecords, SessionTimeout = SessionTimeout }));

    [Fact]
    public void Records_come_back_in_order_with_their_keys_and_values_from_the_partition_they_were_given()
    {
        var topic = NewTopic(3);
        (int, string, string)[] written = [.. Enumerable.Range(0, 1000).Select(i => (i * 7 % 3, "k" + Bound.Number(i), new string('v', i % 50)))];
        Bound.Write(Log, topic, written);

        var read = Bound.ReadAll(Log, topic);

        Assert.Equal(1000, read.Count);
        for (var partition = 0; partition < 3; partition++)
        {
            Assert.Equal(written.Where(w => w.Item1 == partition).Select(w => (w.Item2, w.Item3)), read.Where(r => r.Partition == partition).Select(r => (r.Key, r.Value)));
            Assert.Equal(Enumerable.Range(0, read.Count(r => r.Partition == partition)).Select(i => (long)i), read.Where(r => r.Partition == partition).Select(r => r.Offset));
        }
    }

    [Fact]
    public void A_batch_can_be_filled_again_as_soon_as_it_was_taken()
    {
        var topic = NewTopic(1);
        var batch = new OutgoingBatch(topic);
        using var appender = Log.OpenAppender(new AppenderOptions());
        for (var i = 0; i < 500; i++)
        {
            batch.Clear();
            batch.Add(0, Bound.Utf8("key"), Bound.Utf8("value " + Bound.Number(i)));
            appender.Append(batch, TestContext.Current.CancellationToken);
        }

        batch.Clear();
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));

        Assert.Equal(Enumerable.Range(0, 500).Select(i => "value " + Bound.Number(i)), Bound.ReadAll(Log, topic).Select(r => r.Value));
    }

    [Fact]
    public void Tombstones_missing_keys_empty_values_and_headers_survive()
    {
        var topic = NewTopic(1);
        var batch = new OutgoingBatch(topic);
        batch.AddTombstone(0, Bound.Utf8("gone"));
        batch.Add(0, [], Bound.Utf8("no key"));
        batch.Add(0, Bound.Utf8("empty"), []);
        batch.Add(0, Bound.Utf8("dead"), Bound.Utf8("letter"), [new RecordHeader("reason", Bound.Utf8("truncated")), new RecordHeader("none", default)]);
        using (var appender = Log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live }))
        {
            appender.Append(batch, TestContext.Current.CancellationToken);
            Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
        }

        using var reader = Log.OpenReader(new ReaderOptions { Topics = [topic] });
        List<string> seen = [];
        Bound.Until(
            () =>
            {
                if (reader.Poll(Bound.Step, TestContext.Current.CancellationToken) is { } read)
                    for (var i = 0; i < read.Count; i++)
                        seen.Add($"{Bound.Text(read[i].Key)}/{Bound.Text(read[i].Value)}/{read[i].IsTombstone}/{string.Join(',', read.HeadersOf(i).Select(h => h.Name + "=" + Bound.Text(h.Value.Span)))}");
                return reader.HasReachedEnds;
            },
            "reading to the end");
        Assert.Equal(["gone//True/", "/no key/False/", "empty//False/", "dead/letter/False/reason=truncated,none="], seen);
    }

    [Fact]
    public void A_reader_starts_where_it_is_told_and_knows_when_it_has_reached_the_ends_it_saw_at_opening()
    {
        var topic = NewTopic(2);
        Bound.Write(Log, topic, [.. Enumerable.Range(0, 20).Select(i => (i % 2, "k", Bound.Number(i)))]);

        using var reader = Log.OpenReader(new ReaderOptions { Positions = [new LogPosition(new LogPartition(topic, 1), 7)] });
        Assert.Equal([new LogPartition(topic, 1)], reader.Partitions);
        Assert.Equal(10, reader.EndsAtOpening[0].Offset);
        Assert.False(reader.HasReachedEnds);
        List<(int Partition, long Offset, string Key, string Value)> read = [];
        Bound.Until(
            () =>
            {
                if (reader.Poll(Bound.Step, TestContext.Current.CancellationToken) is { } batch) Bound.Collect(batch, read);
                return reader.HasReachedEnds;
            },
            "the end");
        Assert.Equal(["15", "17", "19"], read.Select(r => r.Value));
        Assert.Equal(10, reader.Position(new LogPartition(topic, 1)));

        using var tail = Log.OpenReader(new ReaderOptions { Topics = [topic], From = ReadFrom.End });
        Assert.True(tail.HasReachedEnds);
        Bound.Write(Log, topic, (0, "k", "later"));
        Bound.Until(() => tail.Poll(Bound.Step, TestContext.Current.CancellationToken) is { Count: 1 } batch && Bound.Text(batch[0].Value) == "later", "the later record");
    }

    [Fact]
    public void A_reader_of_empty_partitions_is_at_their_ends_at_once()
    {
        using var reader = Log.OpenReader(new ReaderOptions { Topics = [NewTopic(4)] });
        Assert.Equal(4, reader.Partitions.Count);
        Assert.True(reader.HasReachedEnds);
        Assert.Null(reader.Poll(TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_books_balance_and_a_partition_that_does_not_exist_is_counted_by_name()
    {
        var topic = NewTopic(2);
        using var appender = Log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, DeliveryTimeout = TimeSpan.FromSeconds(5) });
        appender.Append(Bound.Batch(topic, (0, "a", "1"), (1, "b", "2"), (2, "c", "3")), TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));

        var books = appender.Books;
        Assert.Equal((3, 2, 1, 0), (books.Taken, books.Delivered, books.Failed, books.InFlight));
        Assert.Equal(1, books.FailedBy(AppendFailure.NoSuchPartition));
        Assert.Equal(4, books.DeliveredBytes);
    }

    [Fact]
    public void A_record_too_large_is_counted_by_name_and_its_neighbours_are_delivered()
    {
        var topic = NewTopic(1);
        using var appender = Log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live });
        var batch = new OutgoingBatch(topic);
        batch.Add(0, [], Bound.Utf8("before"));
        batch.Add(0, [], new byte[64 << 20]);
        batch.Add(0, [], Bound.Utf8("after"));
        appender.Append(batch, TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));

        Assert.Equal(1, appender.Books.FailedBy(AppendFailure.TooLarge));
        Assert.Equal(["before", "after"], Bound.ReadAll(Log, topic).Select(r => r.Value));
    }

    [Fact]
    public void Partition_counts_are_told_and_a_missing_topic_says_how_to_create_it()
    {
        var topic = NewTopic(5);
        using var appender = Log.OpenAppender(new AppenderOptions());
        Assert.Equal(5, appender.PartitionCount(topic));

        var missing = NewName("missing");
        foreach (var open in new Action[]
        {
            () => appender.PartitionCount(missing),
            () => Log.OpenReader(new ReaderOptions { Topics = [missing] }),
            () => Log.Join(new MemberOptions { Group = "g", Topics = [missing], Guarantee = Guarantee.AtLeastOnce }),
        })
        {
            var failure = Assert.Throws<LogException>(open);
            Assert.Equal(LogError.TopicMissing, failure.Error);
            Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
            Assert.Contains("icmpstream topics apply", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
        }
    }

    [Fact]
    public void A_member_hears_of_its_partitions_before_their_records_and_gets_every_record_once()
    {
        var topic = NewTopic(4);
        Bound.Write(Log, topic, [.. Enumerable.Range(0, 400).Select(i => (i % 4, "k", Bound.Number(i)))]);
        using var driver = Join(NewName("g"), topic);

        driver.UntilRecords(400);

        Assert.All(driver.Changes, change => Assert.Equal(PollKind.Assigned, change.Kind));
        Assert.Equal(Enumerable.Range(0, 4).Select(p => new LogPartition(topic, p)), driver.Changes.SelectMany(change => change.Partitions).Order());
        for (var partition = 0; partition < 4; partition++)
            Assert.Equal(Enumerable.Range(0, 100).Select(i => Bound.Number((i * 4) + partition)), driver.Records.Where(r => r.Partition == partition).Select(r => r.Value));
    }

    [Fact]
    public void An_assigned_partition_starts_where_it_is_sought_before_its_first_record()
    {
        var topic = NewTopic(1);
        Bound.Write(Log, topic, [.. Enumerable.Range(0, 10).Select(i => (0, "k", Bound.Number(i)))]);
        using var driver = Join(NewName("g"), topic);
        Bound.Until(() => driver.Step() == PollKind.Assigned, "the assignment");
        driver.Member.Seek(new LogPartition(topic, 0), 6);

        driver.UntilRecords(4);

        Assert.Equal(["6", "7", "8", "9"], driver.Records.Select(r => r.Value));
    }

    [Fact]
    public void Seeking_later_goes_back_and_a_paused_partition_is_silent_until_it_is_resumed()
    {
        var topic = NewTopic(2);
        Bound.Write(Log, topic, [.. Enumerable.Range(0, 20).Select(i => (i % 2, "k", Bound.Number(i)))]);
        using var driver = Join(NewName("g"), topic);
        driver.UntilRecords(20);
        driver.Records.Clear();
        LogPartition zero = new(topic, 0), one = new(topic, 1);

        driver.Member.Pause([one]);
        driver.Member.Seek(zero, 5);
        driver.Member.Seek(one, 8);
        driver.UntilRecords(5);
        Assert.Equal(["10", "12", "14", "16", "18"], driver.Records.Select(r => r.Value));
        Assert.Equal(PollKind.Nothing, driver.Step());

        driver.Member.Resume([one]);
        driver.UntilRecords(7);
        Assert.Equal(["17", "19"], driver.Records.Skip(5).Select(r => r.Value));
        Assert.Throws<InvalidOperationException>(() => driver.Member.Seek(new LogPartition(topic, 2), 0));
    }

    [Fact]
    public void Two_members_share_the_partitions_and_a_partition_is_revoked_before_it_is_assigned_again()
    {
        var topic = NewTopic(4);
        var group = NewName("g");
        using var first = Join(group, topic);
        first.UntilAssigned(4);
        using var second = Join(group, topic);

        HashSet<LogPartition> held = [.. first.Member.Assignment];
        Bound.Until(
            () =>
            {
                first.Step();
                second.Step();
                // Effects follow the poll after the event, so whatever the second holds the first must have given up.
                Assert.True(
                    !first.Member.Assignment.Intersect(second.Member.Assignment).Any(),
                    $"first: {first.History}; second: {second.History}");
                return first.Member.Assignment.Count == 2 && second.Member.Assignment.Count == 2;
            },
            "two and two");
        Assert.Contains(first.Changes, change => change.Kind == PollKind.Revoked);
        Assert.Equal(held.Order(), first.Member.Assignment.Concat(second.Member.Assignment).Order());
    }

    [Fact]
    public void Work_on_a_revoked_partition_can_be_committed_until_the_next_poll_and_its_new_owner_goes_on_from_there()
    {
        var topic = NewTopic(2);
        var group = NewName("g");
        Bound.Write(Log, topic, [.. Enumerable.Range(0, 40).Select(i => (i % 2, "k", Bound.Number(i)))]);
        using var first = Join(group, topic, maxBatchRecords: 5);
        first.UntilRecords(40);
        var consumed = first.Next.Values.ToArray();
        using var second = Join(group, topic);

        Bound.Until(() => second.Step(TimeSpan.FromMilliseconds(10)) is var _ && first.Step() == PollKind.Revoked, "the revocation");
        first.Member.Begin();
        Assert.Equal(CommitOutcome.Committed, first.Member.Commit(consumed, Bound.Most));
        Bound.Until(() => first.Step(TimeSpan.FromMilliseconds(10)) is var _ && second.Step() is var _ && second.Member.Assignment.Count == 1, "the hand-over");

        Bound.Write(Log, topic, (0, "k", "new"), (1, "k", "new"));
        Bound.Until(() => first.Step(TimeSpan.FromMilliseconds(10)) is var _ && second.Step() is var _ && second.Records.Count > 0, "the new record");
        Assert.Equal(["new"], second.Records.Select(r => r.Value));
    }

    [Fact]
    public void A_crash_between_outputs_and_commit_repeats_outputs_and_loses_none()
    {
        var input = NewTopic(1);
        var output = NewTopic(1);
        var group = NewName("g");
        Bound.Write(Log, input, [.. Enumerable.Range(0, 10).Select(i => (0, "k", Bound.Number(i)))]);
        using (var first = Join(group, input, maxBatchRecords: 4))
        {
            first.UntilRecords(4);
            var done = first.Records.Select(r => (0, "k", "out " + r.Value)).ToArray();
            Assert.Equal(CommitOutcome.Committed, first.Commit(Bound.Batch(output, done)));
            var before = first.Records.Count;
            first.UntilRecords(before + 1);
            first.Member.Begin();
            first.Member.Append(Bound.Batch(output, [.. first.Records.Skip(before).Select(r => (0, "k", "out " + r.Value))]), TestContext.Current.CancellationToken);
            first.Member.Abort(Bound.Most);
        }

        using var second = Join(group, input);
        var missing = 10 - (int)Log.CommittedOffsets(group, [new LogPartition(input, 0)], Bound.Most)[0].Offset;
        second.UntilRecords(missing);
        Assert.Equal(CommitOutcome.Committed, second.Commit(Bound.Batch(output, [.. second.Records.Select(r => (0, "k", "out " + r.Value))])));

        Assert.Equal(missing, second.Records.Count);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => "out " + Bound.Number(i)).Order(StringComparer.Ordinal), Bound.ReadAll(Log, output).Select(r => r.Value).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Committed_offsets_can_be_asked_by_the_member_and_from_outside()
    {
        var topic = NewTopic(2);
        var group = NewName("g");
        LogPartition zero = new(topic, 0), one = new(topic, 1);
        Bound.Write(Log, topic, (0, "k", "a"), (0, "k", "b"), (1, "k", "c"));
        using var driver = Join(group, topic);
        driver.UntilRecords(3);
        Assert.All(Log.CommittedOffsets(group, [zero, one], Bound.Most), position => Assert.False(position.IsSet));

        driver.Member.Begin();
        Assert.Equal(CommitOutcome.Committed, driver.Member.Commit([new LogPosition(zero, 2)], Bound.Most));

        var expected = new[] { new LogPosition(one, LogPosition.Unset), new LogPosition(zero, 2) };
        Assert.Equal(expected, driver.Member.Committed([one, zero], Bound.Most));
        Assert.Equal(expected, Log.CommittedOffsets(group, [one, zero], Bound.Most));
        Assert.Equal([1L, 2L], driver.Member.EndOffsets([one, zero], Bound.Most).Select(end => end.Offset));
        Assert.Equal([1L, 2L], Log.EndOffsets([one, zero], Bound.Most).Select(end => end.Offset));
        Bound.Until(() => driver.Step() is var _ && driver.Member.Position(zero) == 2 && driver.Member.Position(one) == 1, "the positions at the ends");
    }

    [Fact]
    public void Calls_out_of_order_are_refused()
    {
        using var driver = Join(NewName("g"), NewTopic(1));
        Assert.Throws<InvalidOperationException>(() => driver.Member.Commit([], Bound.Most));
        Assert.Throws<InvalidOperationException>(() => driver.Member.Abort(Bound.Most));
        Assert.Throws<InvalidOperationException>(() => driver.Member.Append(Bound.Batch("t"), TestContext.Current.CancellationToken));
        driver.Member.Begin();
        Assert.Throws<InvalidOperationException>(driver.Member.Begin);
        driver.Member.Abort(Bound.Most);
    }

    [Fact]
    public void An_output_that_can_never_be_written_is_said_instead_of_tried_for_ever()
    {
        var topic = NewTopic(1);
        using var driver = Join(NewName("g"), topic);
        driver.Member.Begin();
        driver.Member.Append(Bound.Batch(topic, (9, "k", "nowhere")), TestContext.Current.CancellationToken);
        var failure = Assert.Throws<LogException>(() => driver.Member.Commit([], Bound.Most));
        Assert.Equal(LogError.TopicMissing, failure.Error);
        Assert.Equal(1, driver.Member.OutputBooks.FailedBy(AppendFailure.NoSuchPartition));
    }

    [Fact]
    public void Topics_are_created_once_and_a_different_partition_count_is_refused_before_anything_is_created()
    {
        TopicSpec present = new() { Name = NewName("a"), Partitions = 4, IsKeyed = true };
        TopicSpec other = new() { Name = NewName("b"), Partitions = 2, IsKeyed = true };
        Assert.Equal([TopicState.Missing], Log.Topics.Check([present], Bound.Most).Select(f => f.State));
        Assert.Equal([TopicState.Created], Log.Topics.Apply([present], Bound.Most).Select(f => f.State));
        Assert.Equal([TopicState.Ready], Log.Topics.Apply([present], Bound.Most).Select(f => f.State));
        Assert.Equal(4, Log.Topics.List(Bound.Most)[present.Name]);

        var failure = Assert.Throws<LogException>(() => Log.Topics.Apply([other, present with { Partitions = 8 }], Bound.Most));
        Assert.Equal(LogError.TopicMismatch, failure.Error);
        Assert.Contains("4 partitions, not 8", failure.Message, StringComparison.Ordinal);
        Assert.False(Log.Topics.List(Bound.Most).ContainsKey(other.Name));
        Assert.Throws<LogException>(() => Log.Topics.Apply([other with { Partitions = 3 }], Bound.Most));
    }
}
