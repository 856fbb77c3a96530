using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Embedded;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>No secret leaves the process by any of its mouths.</summary>
public sealed class SecrecyTests : IDisposable
{
    private const string Secret = "s3cr3t-Pa55w0rd";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly TemporaryFolder _folder = new();

    private static readonly string[] Commands =
    [
        $"ingest --source {CorpusFolder.Message("5-pings.pcap")}",
        $"replay {CorpusFolder.Message("5-pings.pcap")}",
        "process --group g",
        "topics list",
        "topics apply",
        "tail icmp.event.v1",
        "doctor",
        "doctor --json",
    ];

    public void Dispose()
    {
        _folder.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public async Task A_password_is_in_no_output_whether_the_broker_answers_or_not()
    {
        // From the config file and from the command line; a broker that speaks no SASL, and one that is not there.
        string config = _folder.Write("c.json", $$$"""{"kafka": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "{{{Secret}}}"}}""");
        string[][] ways =
        [
            ["--config", config, "--brokers", _kafka.Brokers],
            ["--brokers", "127.0.0.1:1", "--kafka", "sasl.password=" + Secret, "--kafka", "sasl.mechanism=PLAIN", "--kafka", "sasl.username=u", "--kafka", "security.protocol=SASL_PLAINTEXT"],
            ["--brokers", _kafka.Brokers, "--kafka", "security.protocol=nonsense", "--kafka", "sasl.password=" + Secret],
            ["--brokers", _kafka.Brokers, "--kafka", "sasl.oauthbearer.client.secret=" + Secret, "--kafka", "ssl.key.password=" + Secret, "--kafka", "no.such.setting=" + Secret],
        ];
        // All at once: what takes long is waiting for brokers that do not answer. A thread each, since they would hold up the pool.
        CliRun[] runs = await Task.WhenAll(Commands.SelectMany(command => ways.Select(way => Task.Factory.StartNew(
            () => CliRun.With(new() { ["ICMPSTREAM_TRACE"] = "1" }, [.. command.Split(' '), .. way]),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))));
        Assert.All(runs, run =>
        {
            Assert.NotEqual(0, run.ExitCode);
            Assert.DoesNotContain(Secret, run.Text + run.Error);
        });
    }

    [Fact]
    public void A_registry_s_password_is_in_no_output()
    {
        CliRun run = CliRun.With(
            new() { ["ICMPSTREAM_TRACE"] = "1" },
            "ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--brokers", _kafka.Brokers, "--schema-registry", $"http://user:{Secret}@127.0.0.1:1");
        Assert.NotEqual(0, run.ExitCode);
        Assert.DoesNotContain(Secret, run.Text + run.Error);
    }
}
