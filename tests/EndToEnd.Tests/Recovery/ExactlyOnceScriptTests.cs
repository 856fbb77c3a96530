using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Recovery;

/// <summary>The script that is meant for a real cluster, run as far as the embedded Kafka goes: at-least-once, with topics made for it.</summary>
public class ExactlyOnceScriptTests
{
    [Fact]
    public async Task The_script_kills_processes_and_finds_what_analyze_finds()
    {
        (int code, string output, string[] errors) = await RunAsync("script.");
        Assert.True(code == 0, output + string.Join('\n', errors));
        Assert.Contains("icmp.echo.v1: ", output);
        Assert.Contains("passed: 2 processes killed 3 times, at-least-once", output);
    }

    [Fact]
    public async Task The_script_fails_where_a_process_ends_by_itself()
    {
        // A cluster without the topics. Many are to be killed, so that one of them has had the time to end.
        (int code, string output, string[] errors) = await RunAsync("none.", kills: 1000);
        Assert.True(code == 1, output);
        Assert.Contains(errors, line => line.StartsWith("FAILED: process ", StringComparison.Ordinal) && line.EndsWith("had ended before it was killed", StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output, string[] Errors)> RunAsync(string prefix, int kills = 3)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using KafkaLog log = kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { Prefix = "script.", PairPartitions = 4, HostPartitions = 4 }).All, TimeSpan.FromSeconds(60));
        string settings = string.Join(' ', new Dictionary<string, string>
        {
            ["ICMPSTREAM_TEST_BROKERS"] = kafka.Brokers,
            ["ICMPSTREAM"] = ProcessRun.Executable,
            ["PREFIX"] = prefix,
            ["GUARANTEE"] = "at-least-once",
            ["KAFKA"] = "'session.timeout.ms=2000 heartbeat.interval.ms=300'",
            ["KILLS"] = $"{kills}",
            ["PROCESSES"] = "2",
            ["SPEED"] = "8x",
            ["CAPTURE_SECONDS"] = "16",
            ["TAIL_SECONDS"] = "3",
        }.Select(variable => $"{variable.Key}={variable.Value}"));
        using var run = ProcessRun.Bash($"{settings} {Repository.PathOf("tests/e2e/exactly_once.sh")}");
        return await run.EndAsync(TimeSpan.FromMinutes(4));
    }
}
