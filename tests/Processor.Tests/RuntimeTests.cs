using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

public class RuntimeTests
{
    private static readonly List<Packet> Traffic = Scenario.Make(41, exchanges: 200);

    private static readonly string Expected = Harness.Run(Traffic).Text();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 2, 1)]
    [InlineData(4, 4, 3)]
    public async Task On_a_log_the_output_is_that_of_one_process(int pairs, int hosts, int threads)
    {
        using var log = new LogHarness(pairs, hosts);
        log.Publish(Traffic);
        ProcessorExit exit = await log.RunAsync(log.Options with { Threads = threads });
        Assert.Equal((ExitReason.Ended, 0), (exit.Reason, exit.OpenStreams.Count));
        Assert.Equal(Expected, log.Read().Text());
        Assert.Equal(Traffic.Count, exit.Books.Events);
        Assert.Equal(exit.Books.Events, exit.Books.Processed + exit.Books.Late + exit.Books.Duplicate);
        Assert.Equal(log.Read().Exchanges.Count, exit.Books.Exchanges.Values.Sum());
        Assert.Equal(log.Read().Rates.Count, exit.Books.Rates);
        Assert.Equal(log.Read().Alerts.Count(a => a.State == AlertState.Open), exit.Books.Alerts.Values.Sum());
    }

    [Fact]
    public async Task Stopped_and_started_again_and_again_it_gives_the_same_output_once()
    {
        using var log = new LogHarness(2, 2);
        log.Publish(Traffic, batch: 20);
        long processed = 0;
        ProcessorExit exit;
        int runs = 0;
        do
        {
            // Each run reads what the ones before it had committed once more, and then a little further.
            using var stop = new CancellationTokenSource();
            using var interrupted = new InterruptedLog(log.Log, ++runs * 300, stop);
            exit = await new ProcessorHost(interrupted, log.Options).RunAsync(stop.Token);
            processed += exit.Books.Processed;
            Assert.InRange(runs, 1, 50);
        }
        while (exit.Reason != ExitReason.Ended);

        Assert.InRange(runs, 4, 50);
        Assert.Equal(Expected, log.Read().Text());
        Assert.Equal(Traffic.Count, processed);
    }

    [Fact]
    public async Task Without_transactions_partials_and_findings_sent_twice_count_once()
    {
        using var log = new LogHarness(2, 2);
        log.Publish(Traffic);
        ProcessorOptions options = log.Options with { Guarantee = Guarantee.AtLeastOnce };
        Assert.Equal(ExitReason.Ended, (await log.RunAsync(options)).Reason);
        log.SendAgain(log.Topics.Partial.Name);
        log.SendAgain(log.Topics.Finding.Name);
        Assert.Equal(ExitReason.Ended, (await log.RunAsync(options)).Reason);
        Assert.Equal(Expected, log.Read().Text());
    }

    [Fact]
    public async Task A_group_takes_no_notice_of_what_another_has_put_between_the_stages()
    {
        using var log = new LogHarness(2, 2);
        log.Publish(Traffic);

        // Other limits, and half of it deleted: what the second group makes is its own nevertheless.
        ProcessorOptions first = log.Options with { Group = "first", Pair = log.Options.Pair with { MaxFlowsPerGroup = 1 } };
        Assert.Equal(ExitReason.Ended, (await log.RunAsync(first)).Reason);
        for (int partition = 0; partition < 2; partition++)
            log.Log.DeleteRecords(new LogPartition(log.Topics.Partial.Name, partition), 40);
        log.Log.DeleteRecords(new LogPartition(log.Topics.Finding.Name, 0), 40);
        log.ForgetOutputs();

        ProcessorExit exit = await log.RunAsync();
        Assert.Equal((ExitReason.Ended, 0), (exit.Reason, exit.Undrained.Count));
        Assert.InRange(exit.Books.OfOthers, 1, exit.Books.Records);
        Assert.Equal(Expected, log.Read().Text());
    }

    [Fact]
    public async Task A_run_whose_end_is_gone_from_the_log_is_said_to_be_open_in_its_partition()
    {
        using var log = new LogHarness();
        log.Publish(Traffic);
        Assert.Equal(ExitReason.Ended, (await log.RunAsync()).Reason);
        byte[] header = RecordHeaders.SingleObject.Partial.ToArray();
        var partial = new PartialBuffer { Domain = 9, Sequence = 1L << 60, WatermarkNs = Traffic[0].TimeNs };
        byte[] body = new byte[partial.MaxEncodedBytes];
        Assert.True(PartialCodec.TryWrite(partial, body, out int written));
        log.PublishRaw(log.Topics.Partial.Name, 0, [.. header, .. body[..written]]);
        ProcessorExit exit = await log.RunAsync(log.Options with { IdleTimeout = TimeSpan.FromSeconds(5) });
        Assert.Equal(ExitReason.Idle, exit.Reason);
        Assert.Empty(exit.Behind);
        Assert.Contains("icmp.partial.v1 [0]", exit.Undrained);
    }

    [Fact]
    public async Task A_stream_that_has_not_ended_is_named_after_the_idle_timeout()
    {
        using var log = new LogHarness();
        log.Publish(Traffic, final: false);
        ProcessorExit exit = await log.RunAsync(log.Options with { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(ExitReason.Idle, exit.Reason);
        Assert.Contains("stream 0", Assert.Single(exit.OpenStreams), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_goes_to_the_dead_letters_with_its_origin()
    {
        using var log = new LogHarness();
        log.PublishRaw(log.Topics.Event.Name, 0, [1, 2, 3]);
        log.PublishRaw(log.Topics.Finding.Name, 0, [0xC3, 0x01]);
        log.Publish(Traffic);
        ProcessorExit exit = await log.RunAsync();
        Assert.Equal(2, exit.Books.DeadLetters);
        Assert.Equal(Expected, log.Read().Text());
        using ILogReader reader = log.Log.OpenReader(new ReaderOptions { Topics = [log.Topics.DeadLetter.Name] });
        RecordBatch batch = reader.Poll(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)!;
        var found = new List<string>();
        for (int i = 0; i < batch.Count; i++)
            found.Add(string.Join(' ', batch.HeadersOf(i).Select(h => $"{h.Name}={System.Text.Encoding.ASCII.GetString(h.Value.Span)}")));
        Assert.Equal(
            ["reason=BadMagic topic=icmp.event.v1 partition=0 offset=0", "reason=Truncated topic=icmp.finding.v1 partition=0 offset=0"],
            found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_partition_whose_beginning_the_log_has_deleted_goes_on_with_rising_numbers()
    {
        using var log = new LogHarness();
        log.Publish(Traffic, batch: 5, final: false);
        ProcessorExit first = await log.RunAsync(log.Options with { IdleTimeout = TimeSpan.FromSeconds(2) });
        Assert.Equal(ExitReason.Idle, first.Reason);
        log.Log.DeleteRecords(new LogPartition(log.Topics.Event.Name, 0), 900);
        log.Publish([], final: true);
        ProcessorExit second = await log.RunAsync();
        Assert.Equal(ExitReason.Ended, second.Reason);
        Assert.Equal(0, second.Books.Missing);
        Assert.Contains(log.Read().Alerts, a => a.State == AlertState.Close);
    }

    [Fact]
    public async Task A_missing_topic_is_a_clear_error()
    {
        using var log = new LogHarness();
        LogException e = await Assert.ThrowsAsync<LogException>(() => log.RunAsync(log.Options with { Topics = new TopicCatalog(new TopicCatalogOptions { Prefix = "other." }) }));
        Assert.Equal(LogError.TopicMissing, e.Error);
    }
}
