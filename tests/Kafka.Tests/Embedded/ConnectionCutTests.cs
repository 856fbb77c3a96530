using System.Diagnostics;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Contract;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>A broker that is fine behind a network that is not: connections reset in the middle of a replay, requests and answers lost.</summary>
public sealed class ConnectionCutTests
{
    private const int Partitions = 4;
    private const int Records = 40_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cut_connections_and_lost_answers_lose_repeat_and_reorder_nothing(bool managed)
    {
        using var kafka = EmbeddedKafka.Start();
        using var proxy = new CutProxy(kafka.Brokers);
        kafka.Advertise(1, "127.0.0.1", proxy.Port);
        using var log = kafka.Connect(new ClusterOptions { Brokers = "", UseManagedClient = managed });
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = Partitions, IsKeyed = true }], Bound.Most);
        using (var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, QueueRecords = 2000 }))
        {
            var batch = new OutgoingBatch("t");
            for (var i = 0; i < Records; i += 100)
            {
                batch.Clear();
                for (var j = i; j < i + 100; j++) batch.Add(j % Partitions, Bound.Utf8("k"), Bound.Utf8(Bound.Number(j)));
                appender.Append(batch, TestContext.Current.CancellationToken);
                switch (i % 10_000)
                {
                    case 3_000:
                        proxy.LoseAnswers();
                        AwaitLostAnswers(proxy, appender);
                        proxy.Cut();
                        proxy.Mend();
                        break;
                    case 7_000:
                        proxy.Cut();
                        proxy.Mend();
                        break;
                }
            }

            Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
            Assert.Equal((Records, Records, 0), (appender.Books.Taken, appender.Books.Delivered, appender.Books.Failed));
        }

        Assert.True(proxy.Cuts >= 8, $"{proxy.Cuts} connections were cut");
        var read = Bound.ReadAll(log, "t");
        var batches = proxy.Batches;
        var repeated = 0;
        for (var partition = 0; partition < Partitions; partition++)
        {
            string[] values = [.. read.Where(record => record.Partition == partition).Select(record => record.Value)];
            List<string> kept = [];
            int at = 0, next = 0;
            HashSet<ProducedBatch> seen = [];
            foreach (var batch in batches.Where(batch => batch.Partition == partition))
            {
                // A broker knows a batch again by producer, epoch and sequence, and answers without writing. The embedded one does so for transactions only, so it is done here.
                Assert.Equal((batches[0].ProducerId, batches[0].Epoch), (batch.ProducerId, batch.Epoch));
                Assert.True(batch.BaseSequence <= next, $"partition {partition}: sequence {batch.BaseSequence} behind {next}");
                if (batch.BaseSequence == next)
                {
                    kept.AddRange(values.Skip(at).Take(batch.Records));
                    next += batch.Records;
                }
                else
                {
                    Assert.Contains(batch, seen);
                    repeated += batch.Records;
                }

                seen.Add(batch);
                at += batch.Records;
            }

            Assert.Equal(values.Length, at);
            Assert.Equal(Enumerable.Range(0, Records).Where(i => i % Partitions == partition).Select(Bound.Number), kept);
        }

        Assert.True(repeated > 0, "no answer was lost: the test has shown nothing of repetition");
    }

    [Fact]
    public void A_transaction_whose_connection_is_cut_is_committed_once()
    {
        using var kafka = EmbeddedKafka.Start();
        using var proxy = new CutProxy(kafka.Brokers);
        kafka.Advertise(1, "127.0.0.1", proxy.Port);
        using var log = kafka.Connect();
        log.Topics.Apply([new TopicSpec { Name = "in", Partitions = 1, IsKeyed = true }, new TopicSpec { Name = "out", Partitions = 1, IsKeyed = true }], Bound.Most);
        Bound.Write(log, "in", (0, "k", "1"));
        using (var member = new MemberDriver(log.Join(new MemberOptions { Group = "g", Topics = ["in"], TransactionalId = "tx" })))
        {
            member.UntilRecords(1);
            for (var i = 0; i < 20; i++)
            {
                member.Member.Begin();
                member.Member.Append(Bound.Batch("out", (0, "k", Bound.Number(i))), TestContext.Current.CancellationToken);
                if (i % 5 == 2)
                {
                    proxy.Cut();
                    proxy.Mend();
                }

                Assert.Equal(CommitOutcome.Committed, member.Member.Commit([], Bound.Most));
            }
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(Bound.Number), Bound.ReadAll(log, "out").Select(record => record.Value));
    }

    /// <summary>Waits until the broker has written something that the client does not hear of.</summary>
    private static void AwaitLostAnswers(CutProxy proxy, ILogAppender appender)
    {
        var before = proxy.Batches.Length;
        var clock = Stopwatch.StartNew();
        while (proxy.Batches.Length == before && appender.Books.InFlight > 0 && clock.Elapsed < Bound.Most) Thread.Sleep(1);
    }
}
