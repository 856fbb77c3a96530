using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Contract;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>Brokers that are not there, go, and come back.</summary>
public sealed class OutageTests
{
    [Fact]
    public void A_broker_that_is_not_there_is_found_within_the_time_and_the_line_names_it()
    {
        // A port that was free a moment ago.
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;
        socket.Stop();
        var started = Stopwatch.GetTimestamp();

        var failure = Assert.Throws<LogException>(() => KafkaLog.Connect(new ClusterOptions { Brokers = $"127.0.0.1:{port}", ConnectTimeout = TimeSpan.FromSeconds(1) }));

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(LogError.Unreachable, failure.Error);
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("check host and port", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void A_name_that_does_not_resolve_says_so()
    {
        var failure = Assert.Throws<LogException>(() => KafkaLog.Connect(new ClusterOptions { Brokers = "no-such-host.invalid:9092", ConnectTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(LogError.Unreachable, failure.Error);
        Assert.Contains("no-such-host.invalid", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no.such.setting=1", "no.such.setting")]
    [InlineData("linger.ms=soon", "linger.ms")]
    public void A_wrong_setting_is_one_line_that_names_it(string setting, string name)
    {
        using var kafka = EmbeddedKafka.Start();
        var failure = Assert.Throws<LogException>(() =>
        {
            using var log = kafka.Connect(new ClusterOptions { Brokers = "", Settings = [ClusterOptions.ParseSetting(setting)] });
            using var appender = log.OpenAppender(new AppenderOptions());
        });
        Assert.Equal(LogError.Configuration, failure.Error);
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_outage_holds_a_replay_back_and_loses_repeats_and_reorders_nothing(bool managed)
    {
        const int Records = 20_000;
        using var kafka = EmbeddedKafka.Start();
        using var log = kafka.Connect(new ClusterOptions { Brokers = "", UseManagedClient = managed });
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = 1, IsKeyed = true }], Bound.Most);
        using var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, QueueRecords = 500 });
        var batch = new OutgoingBatch("t");
        var isStopped = false;
        for (var i = 0; i < Records; i++)
        {
            batch.Clear();
            batch.Add(0, Bound.Utf8("k"), Bound.Utf8(Bound.Number(i)));
            if (i == Records / 4)
            {
                kafka.StopBroker();
                isStopped = true;
            }

            if (appender.TryAppend(batch) == 1) continue;
            // The queue is full. During the outage nothing else would ever make room.
            if (isStopped) kafka.StartBroker();
            isStopped = false;
            appender.Append(batch, TestContext.Current.CancellationToken);
        }

        Assert.False(isStopped, "the outage never held the writer back");

        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
        Assert.Equal((Records, Records, 0), (appender.Books.Taken, appender.Books.Delivered, appender.Books.Failed));
        Assert.Equal(Enumerable.Range(0, Records).Select(Bound.Number), Bound.ReadAll(log, "t").Select(r => r.Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_that_were_sent_again_are_counted(bool managed)
    {
        // Kafka's protocol guide: request 0 is Produce, error 19 NOT_ENOUGH_REPLICAS, which may pass.
        const short Produce = 0;
        const int NotEnoughReplicas = 19;
        using var kafka = EmbeddedKafka.Start();
        var often = ClusterOptions.ParseSetting("statistics.interval.ms=20");
        using var log = kafka.Connect(new ClusterOptions { Brokers = "", UseManagedClient = managed, Settings = [often] });
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = 1, IsKeyed = true }], Bound.Most);
        using var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live });
        Assert.Equal(0, appender.Books.Retried);
        kafka.Fail(Produce, NotEnoughReplicas, NotEnoughReplicas);
        appender.Append(Bound.Batch("t", (0, "k", "v")), TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
        Assert.True(SpinWait.SpinUntil(() => appender.Books.Retried == 2, Bound.Most), $"{appender.Books.Retried} of 2 were counted");
        Assert.Equal((1, 1), (appender.Books.Taken, appender.Books.Delivered));
    }

    [Fact]
    public void A_full_queue_refuses_at_once_waits_until_cancelled_and_what_is_left_at_the_end_is_counted()
    {
        using var kafka = EmbeddedKafka.Start();
        using var log = kafka.Connect();
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = 1, IsKeyed = true }], Bound.Most);
        var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, QueueRecords = 10 });
        Assert.Equal(1, appender.PartitionCount("t"));
        kafka.StopBroker();
        var batch = Bound.Batch("t", [.. Enumerable.Range(0, 15).Select(i => (0, "k", Bound.Number(i)))]);

        Assert.Equal(10, appender.TryAppend(batch));
        Assert.Equal(0, appender.TryAppend(batch, 10));
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => appender.Append(batch, soon.Token));
        Assert.False(appender.Flush(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken));
        Assert.Equal((10, 0, 10), (appender.Books.Taken, appender.Books.Delivered, appender.Books.InFlight));

        appender.Dispose();
        Assert.Equal((10, 10, 0), (appender.Books.Taken, appender.Books.FailedBy(AppendFailure.Purged), appender.Books.InFlight));
    }

    [Fact]
    public void Bytes_bound_the_queue_as_records_do_and_a_record_over_the_limit_passes_alone()
    {
        using var kafka = EmbeddedKafka.Start();
        using var log = kafka.Connect();
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = 1, IsKeyed = true }], Bound.Most);
        using var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, QueueBytes = 100 });
        Assert.Equal(1, appender.PartitionCount("t"));
        kafka.StopBroker();
        Assert.Equal(2, appender.TryAppend(Bound.Batch("t", (0, "", new string('a', 50)), (0, "", new string('b', 50)), (0, "", "c"))));
        kafka.StartBroker();
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
        Assert.Equal(1, appender.TryAppend(Bound.Batch("t", (0, "", new string('d', 5000)))));
        Assert.True(appender.Flush(Bound.Most, TestContext.Current.CancellationToken));
        Assert.Equal(3, appender.Books.Delivered);
    }
}
