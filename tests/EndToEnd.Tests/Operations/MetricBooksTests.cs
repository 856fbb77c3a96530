using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Telemetry;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>The books, balanced from the metrics alone, through both halves of the program.</summary>
public sealed class MetricBooksTests : IAsyncLifetime
{
    private readonly MemoryLog _log = new();
    private readonly TopicCatalog _topics = new(new TopicCatalogOptions { PairPartitions = 4, HostPartitions = 4 });
    private ExpositionText _ingest = null!;
    private ExpositionText _process = null!;

    public async ValueTask InitializeAsync()
    {
        _log.Topics.Apply(_topics.All, TimeSpan.FromSeconds(60));
        var options = new IngestOptions { Topic = _topics.Event.Name, Run = RunId.FromText("books"), Sensor = "books", Loops = 2 };
        using (var run = new IngestRun(_log, options, pace: null, TestContext.Current.CancellationToken))
        using (var telemetry = new ProcessTelemetry())
        {
            IngestInstruments.Register(telemetry, run, options.Topic);
            Assert.Equal("opening the source", run.NotReady);
            Assert.Equal(0, Exposition.Of(telemetry).Value("icmpstream_ingest_packets_total"));
            await run.RunAsync(new SourceAddress(SourceKind.Pcap, CorpusFolder.Message("mixed.pcap")), Assert.Fail);
            Assert.Null(run.NotReady);
            _ingest = Exposition.Of(telemetry);
        }

        using (var appender = _log.OpenAppender(new AppenderOptions()))
        {
            var broken = new OutgoingBatch(_topics.Event.Name);
            broken.Add(0, [], [1, 2, 3]);
            appender.Append(broken, TestContext.Current.CancellationToken);
            Assert.True(appender.Flush(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        }

        var processor = new ProcessorOptions { Group = "books", UntilEnd = true, CommitInterval = TimeSpan.FromMilliseconds(5) };
        var host = new ProcessorHost(_log, processor);
        Assert.Equal("joining the group", host.NotReady);
        var lag = new LagWatch(_log, processor.Group, processor.Inputs);
        lag.TryLook();
        long before = lag.Latest.Sum(partition => partition.Records);
        using (var telemetry = new ProcessTelemetry())
        {
            ProcessorInstruments.Register(telemetry, host, processor.Group, lag);
            Assert.Equal(ExitReason.Ended, (await host.RunAsync(TestContext.Current.CancellationToken)).Reason);
            lag.TryLook();
            _process = Exposition.Of(telemetry);
        }

        Assert.Equal(_ingest.Value("icmpstream_ingest_records_total") + 1, before);
    }

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Packets_are_events_and_named_outcomes()
    {
        Assert.Equal(2 * 205, _ingest.Value("icmpstream_ingest_packets_total"));
        Assert.Equal(_ingest.Value("icmpstream_ingest_packets_total"), _ingest.Sum("icmpstream_ingest_outcomes_total"));
        Assert.Equal(
            _ingest.Value("icmpstream_ingest_decoded_total"),
            _ingest.Value("icmpstream_ingest_events_total") + _ingest.Value("icmpstream_ingest_folded_total") + _ingest.Value("icmpstream_ingest_resumed_total"));
        Assert.Equal(0, _ingest.Value("icmpstream_ingest_shed_total"));
        Assert.Equal(2 * 116, _ingest.Value("icmpstream_ingest_outcomes_total", ("outcome", "not_icmp")));
        Assert.True(_ingest.Value("icmpstream_ingest_captured_bytes_total") > 2 * 205 * 14);
    }

    [Fact]
    public void Records_are_delivered_failed_or_in_flight()
    {
        Assert.Equal(
            _ingest.Value("icmpstream_ingest_records_total"),
            _ingest.Sum("messaging_client_sent_messages_total", ("messaging_operation_name", "send")) + _ingest.Value("icmpstream_ingest_inflight"));
        Assert.Equal(0, _ingest.Value("icmpstream_ingest_inflight"));
        Assert.Equal(0, _ingest.Sum("messaging_client_sent_messages_total", ("error_type", "timed_out")));
        Assert.True(_ingest.Value("icmpstream_ingest_ticks_total") > 0);
        Assert.True(_ingest.Value("icmpstream_ingest_delivered_bytes_total") > 0);
    }

    [Fact]
    public void What_one_half_sent_the_other_half_accounts_for()
    {
        Assert.Equal(_ingest.Value("icmpstream_ingest_events_total"), _process.Value("icmpstream_processor_events_read_total"));
        Assert.Equal(_process.Value("icmpstream_processor_events_read_total"), _process.Sum("icmpstream_processor_events_total"));
        Assert.Equal(_ingest.Value("icmpstream_ingest_late_total"), _process.Value("icmpstream_processor_events_total", ("fate", "late")));
        Assert.Equal(1, _process.Value("icmpstream_processor_dead_letters_total"));
        Assert.Equal(0, _process.Value("icmpstream_processor_missing_total"));
        Assert.True(_process.Sum("icmpstream_processor_exchanges_total") > 0);

        // Twice ten pings to all nodes are answered, and those answers are not summed up.
        Assert.Equal(
            _process.Value("icmpstream_processor_exchanges_total", ("outcome", "matched")) + _process.Value("icmpstream_processor_exchanges_total", ("outcome", "late")),
            _process.Sum("icmpstream_processor_rtts_total") + 20);
        Assert.Equal(0, _process.Value("icmpstream_processor_exchanges_total", ("outcome", "unsolicited")));
        Assert.Equal(0, _process.Value("icmpstream_processor_unforwarded_total"));
        Assert.True(_process.Value("icmpstream_processor_rtts_total", ("fate", "summed")) > 0);
        Assert.True(_process.Value("icmpstream_processor_rtt_records_total") > 0);
        Assert.True(_process.Value("icmpstream_processor_rates_total") > 0);
        Assert.True(_process.Value("icmpstream_processor_commits_total") > 0);
        Assert.Equal(0, _process.Value("icmpstream_processor_streams_open"));
        Assert.Equal(0, _process.Value("icmpstream_processor_windows_open"));
        Assert.True(_process.Sum("messaging_client_consumed_messages_total") >= _ingest.Value("icmpstream_ingest_records_total") + 1);
    }

    [Fact]
    public void A_group_that_has_done_all_has_no_lag()
    {
        Assert.Equal(4, _process.Find("icmpstream_processor_lag", ("messaging_destination_name", _topics.Event.Name)).Count());
        // Behind the last committed record stand transactions' marks alone: one a commit and partition at most.
        Assert.Equal(0, _process.Sum("icmpstream_processor_lag", ("messaging_destination_name", _topics.Event.Name)));
    }

    [Fact]
    public void Every_metric_of_the_catalogue_was_seen_and_no_other()
    {
        string[] expected = [.. MetricCatalog.All.Select(metric => metric.PrometheusName).Order(StringComparer.Ordinal)];
        string[] seen = [.. _ingest.Families.Keys.Union(_process.Families.Keys).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Labels_are_those_of_the_catalogue_and_never_an_address()
    {
        var labels = MetricCatalog.All.ToDictionary(metric => metric.PrometheusName, metric => metric.Labels.Select(PrometheusNames.Letters).ToHashSet(), StringComparer.Ordinal);
        foreach (Sample sample in _ingest.Samples.Concat(_process.Samples))
        {
            Assert.Subset(labels[sample.Name], sample.Labels.Keys.ToHashSet());
            Assert.All(sample.Labels.Values, value => Assert.False(
                (value.Count(c => c == '.') == 3 || value.Contains(':')) && System.Net.IPAddress.TryParse(value, out _), $"{sample.Name}: {value} is an address"));
        }
    }
}
