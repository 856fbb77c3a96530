using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>What signals do to runs on Kafka.</summary>
public sealed class StopTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly TemporaryFolder _folder = new();

    public StopTests()
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 2, HostPartitions = 2 }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        _kafka.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_replay_that_is_stopped_drains_and_says_how_to_resume(string signal)
    {
        // A minute of traffic at its own speed is longer than the test waits.
        string capture = BigCapture.Write(_folder, 60_000);
        using var run = ProcessRun.Start(
            ProcessRun.Executable, "ingest", "--source", capture, "--brokers", _kafka.Brokers, "--speed", "real", "--run-id", "stopped");
        await WaitForEventsAsync();
        await run.SignalAsync(signal);
        (int code, _, string[] errors) = await run.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains(errors, line => line.Contains("0 failed", StringComparison.Ordinal));
        Assert.Contains("--run-id", errors[^1]);
        Assert.Contains("resumes it", errors[^1]);
    }

    [Fact]
    public async Task An_endless_processor_ends_well_when_it_is_asked_to()
    {
        using var run = ProcessRun.Start(ProcessRun.Executable, "process", "--group", "g", "--brokers", _kafka.Brokers, "--guarantee", "at-least-once");
        using var kafka = _kafka.Connect();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        CliRun.Of("ingest", "--source", BigCapture.Write(_folder, 500), "--brokers", _kafka.Brokers, "--quiet").Succeeded();
        IcmpStream.Kafka.LogPartition[] partitions = [new("icmp.event.v1", 0), new("icmp.event.v1", 1)];
        while (kafka.CommittedOffsets("g", partitions, ProcessRun.Patience).Sum(p => Math.Max(0, p.Offset)) < 500)
            Assert.True(clock.Elapsed < ProcessRun.Patience, "the processor commits nothing");
        await run.SignalAsync("TERM");
        (int code, _, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        Assert.Contains(errors, line => line.Contains("500 events = 500 processed", StringComparison.Ordinal));
    }

    private async Task WaitForEventsAsync()
    {
        using KafkaLog log = _kafka.Connect();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        IcmpStream.Kafka.LogPartition[] partitions = [new("icmp.event.v1", 0), new("icmp.event.v1", 1)];
        while (log.EndOffsets(partitions, TimeSpan.FromSeconds(60)).Sum(end => end.Offset) < 10)
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, "nothing arrives");
            await Task.Delay(20);
        }
    }
}
