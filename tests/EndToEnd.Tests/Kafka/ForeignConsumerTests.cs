using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>
/// A whole capture through Kafka to a consumer that shares nothing with us: confluent-kafka's Python client of Debian on its own librdkafka, Apache
/// Avro's Python library, and a murmur2 of its own. <c>ICMPSTREAM_FOREIGN_EVENTS=2000000</c> makes it the size of the requirement.
/// </summary>
public sealed class ForeignConsumerTests
{
    private const int Partitions = 16;
    private const int Pairs = 1000;

    /// <summary>Packets a second: the embedded Kafka keeps 5 MiB a partition, so that single records must not run further ahead of their reader.</summary>
    private const int Rate = 40_000;

    /// <summary>Python reads some ten thousand records a second on a loaded machine; it gives up by itself where none come.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromMinutes(10);

    private static int Events { get; } = int.Parse(Environment.GetEnvironmentVariable("ICMPSTREAM_FOREIGN_EVENTS") ?? "100000", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public async Task Every_event_arrives_once_with_its_key_in_its_partition_and_Apache_Avro_reads_it(int pack)
    {
        Tools.NeedThat(await HasAsync("import avro, confluent_kafka"), "python3-confluent-kafka or python3-avro is not installed");
        using var folder = new TemporaryFolder();
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var catalog = new TopicCatalog(new TopicCatalogOptions { PairPartitions = Partitions, HostPartitions = 1 });
        using (KafkaLog log = kafka.Connect())
            log.Topics.Apply(catalog.All, TimeSpan.FromSeconds(60));
        string schema = folder.Write("IcmpEventBatch.avsc", SchemaText.IcmpEventBatch.Utf8Json.Span);

        using ProcessRun consumer = ProcessRun.Start("/usr/bin/python3", Script(), kafka.Brokers, catalog.Event.Name, schema, $"{Events}");
        await consumer.WaitForErrorAsync("ready");
        CliRun ingest = CliRun.Of(
            "ingest", "--source", Capture(folder, pack == 1 ? Rate : 1_000_000), "--brokers", kafka.Brokers, "--pack", $"{pack}", "--speed", pack == 1 ? "real" : "max", "--json").Succeeded();
        (int code, string output, string[] errors) = await consumer.EndAsync(ReaderPatience);

        Assert.True(code == 0, string.Join('\n', errors));
        JsonElement books = JsonDocument.Parse(ingest.Text).RootElement, read = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Events, read.GetProperty("events").GetInt32());
        foreach (string name in new[] { "events", "records", "ticks" })
            Assert.Equal(books.GetProperty(name).GetInt32(), read.GetProperty(name).GetInt32());
        Assert.InRange(read.GetProperty("decoded").GetInt32(), Events / 100, Events / 50);
        if (pack == 1)
        {
            // Every pair comes as often as every other.
            Assert.Equal(Pairs, read.GetProperty("pairs").GetInt32());
            Assert.Equal((Events / Pairs, Events / Pairs), (read.GetProperty("least").GetInt32(), read.GetProperty("most").GetInt32()));
        }
        else
        {
            Assert.Equal(0, read.GetProperty("pairs").GetInt32());
            Assert.InRange(read.GetProperty("largest").GetInt32(), 400, 512);
        }
    }

    private static async Task<bool> HasAsync(string import)
    {
        if (!File.Exists("/usr/bin/python3"))
            return false;
        using ProcessRun python = ProcessRun.Start("/usr/bin/python3", "-c", import);
        return (await python.EndAsync()).ExitCode == 0;
    }

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "foreign_consumer.py");

    /// <summary>Echo requests and replies between pairs in turn.</summary>
    private static string Capture(TemporaryFolder folder, int rate)
    {
        string path = folder.PathOf("echo.pcap");
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        using var writer = new PcapWriter(File.Create(path));
        for (int i = 0; i < Events; i++)
        {
            // A pair's requests and replies alternate.
            bool isReply = i / Pairs % 2 == 1;
            var header = new PacketHeader(Address.FromIpv4(0x0A00_0000u + (uint)(i % Pairs)), Address.FromIpv4(0xC000_0201), Identification: (ushort)i);
            int length = FrameBuilder.Finish(frame, isReply ? header.Reversed() : header, isReply ? (byte)0 : (byte)8, 0, (uint)(i / Pairs / 2), 56);
            writer.Write(1_700_000_000_000_000_000 + (i * (1_000_000_000L / rate)), frame.AsSpan(0, length));
        }

        return path;
    }
}
