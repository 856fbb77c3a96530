using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Live;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>The program with the system calls and capabilities that its units leave it, and no more: a filter that is too tight shows itself at the start of the runtime.</summary>
public sealed class UnitSandboxTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    public UnitSandboxTests()
    {
        NetworkPair.NeedProgram("setpriv");
        Tools.Need("systemd-analyze");
        Tools.Need("python3");
        Tools.NeedThat(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "taking capabilities away takes root");
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 1, HostPartitions = 1 }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose() => _kafka.Dispose();

    [Fact]
    public async Task Both_halves_work_under_their_units_filters()
    {
        string ingested = await OutputAsync(Under("ingest", "--source", CorpusFolder.Message("mixed.pcap"), "--brokers", _kafka.Brokers, "--http", "0", "--json"));
        string processed = await OutputAsync(Under("process", "--brokers", _kafka.Brokers, "--group", "g", "--instance-id", "i", "--http", "0", "--until-end", "--json"));
        using JsonDocument sent = JsonDocument.Parse(ingested), read = JsonDocument.Parse(processed);
        Assert.True(sent.RootElement.GetProperty("balanced").GetBoolean());
        Assert.Equal(sent.RootElement.GetProperty("events").GetInt64(), read.RootElement.GetProperty("processed").GetInt64());
        Assert.Equal(89, read.RootElement.GetProperty("processed").GetInt64());
    }

    [Theory]
    [InlineData("afpacket")]
    [InlineData("afxdp")]
    [InlineData("afxdp", "--copy")]
    [InlineData("libpcap")]
    public async Task An_interface_is_read_with_the_units_capabilities_alone(string kind, params string[] options)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = ProcessRun.Start(
            "ip", ["netns", "exec", pair.Right, .. Words("ingest"), "decode", $"{kind}:right", "--format", "tsv", .. options]);
        await reader.WaitForErrorAsync("reading");
        Assert.Equal(10, pair.Blast(5, 10));
        await reader.SignalAsync("TERM");
        (int code, string output, string[] errors) = await reader.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        // Not the errors that quote them.
        Assert.Equal(10, output.Split('\n').Select(row => row.Split('\t')).Count(row => row.Length > 3 && row[3] == "10.88.255.1"));
    }

    [Fact]
    public async Task What_a_unit_forbids_is_forbidden_here()
    {
        // The processor's unit has no packet sockets, and nobody's has mount(2).
        using ProcessRun packets = ProcessRun.Start(Words("process")[0], [.. Words("process")[1..^1], "/usr/bin/python3", "-c", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"]);
        Assert.Contains("PermissionError", string.Join('\n', (await packets.EndAsync()).Errors));
        using ProcessRun mount = ProcessRun.Start(Words("ingest")[0], [.. Words("ingest")[1..^1], "/usr/bin/mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        Assert.NotEqual(0, (await mount.EndAsync()).ExitCode);
    }

    private static string[] Words(string command) =>
        ["/usr/bin/python3", Repository.PathOf("tests/EndToEnd.Tests/Infra/under_unit.py"), Repository.PathOf($"infra/systemd/icmpstream-{command}@.service"), ProcessRun.Executable];

    private static ProcessRun Under(params string[] args) => ProcessRun.Start(Words(args[0])[0], [.. Words(args[0])[1..], .. args]);

    private static async Task<string> OutputAsync(ProcessRun run)
    {
        using (run)
        {
            (int code, string output, string[] errors) = await run.EndAsync();
            Assert.True(code == 0, string.Join('\n', errors));
            return output;
        }
    }
}
