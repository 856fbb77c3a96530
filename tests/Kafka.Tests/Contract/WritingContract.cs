using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Contract;

/// <summary>
/// What every log does with writers, readers and topics, whoever implements it. Each implementation is a subclass; the same sentences hold for all of
/// them.
/// </summary>
public abstract class WritingContract
{
    private static int _names;

    /// <summary>The log under test, shared by the class.</summary>
    protected abstract ILog Log { get; }

    /// <summary>A name that no other test uses, in this run or in another one against the same cluster.</summary>
    protected static string NewName(string stem) => $"{stem}-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}-{Guid.NewGuid():N}";

    protected string NewTopic(int partitions)
    {
        var name = NewName("t");
        Log.Topics.Apply([new TopicSpec { Name = name, Partitions = partitions, IsKeyed = false }], Bound.Most);
        return name;
    }

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
