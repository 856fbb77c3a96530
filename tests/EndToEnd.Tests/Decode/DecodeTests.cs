using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Decode;

public class DecodeTests
{
    public static TheoryData<string> Captures =>
        [.. CorpusFolder.Rows(CorpusFolder.Message("PROVENANCE.tsv")).Select(row => row["path"])];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Tsv_is_what_it_was(string name)
    {
        CliRun run = CliRun.Of("decode", CorpusFolder.Message(name), "--format", "tsv").Succeeded();
        Assert.Equal(File.ReadAllText(CorpusFolder.Message(name + ".tsv")), run.Text);
        Assert.Empty(run.Error);
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Tsv_says_what_tshark_says(string name)
    {
        var theirs = CorpusFolder.Rows(CorpusFolder.Message("TSHARK.tsv")).Where(row => row["path"] == name).ToList();
        Assert.NotEmpty(theirs);
        string[] lines = CliRun.Of("decode", CorpusFolder.Message(name), "--format", "tsv").Succeeded().Lines;
        string[] names = lines[0].Split('\t');
        var ours = lines.Skip(1).Select(line => names.Zip(line.Split('\t')).ToDictionary(p => p.First, p => p.Second)).ToDictionary(row => row["frame"]);
        Assert.Equal(theirs.Count, ours.Count);
        foreach (Dictionary<string, string> their in theirs)
        {
            foreach (string column in their.Keys.Where(column => column != "path"))
            {
                if (column != "checksum_status" || their[column] != "unverified")
                    Assert.Equal((name, their["frame"], column, their[column]), (name, their["frame"], column, ours[their["frame"]][column]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_form_has_a_row_for_every_message(string name)
    {
        string capture = CorpusFolder.Message(name);
        int messages = CliRun.Of("decode", capture, "--format", "tsv").Succeeded().Lines.Length - 1;
        Assert.Equal(messages, CliRun.Of("decode", capture, "--format", "text").Succeeded().Lines.Length);
        foreach (string form in (string[])["jsonl", "tracee"])
        {
            string[] lines = CliRun.Of("decode", capture, "--format", form).Succeeded().Lines;
            Assert.Equal(messages, lines.Length);
            Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
        }
    }

    [Fact]
    public void Text_is_in_the_manner_of_tcpdump()
    {
        string[] lines = CliRun.Of("decode", CorpusFolder.Message("mixed.pcap"), "--format", "text").Succeeded().Lines;
        Assert.Contains("17:01:54.088087 IP 10.5.5.1 > 8.8.4.4: ICMP echo request, id 715, seq 1, length 64", lines);
        Assert.Contains("17:01:54.088536 IP 10.5.5.26 > 10.5.5.1: ICMP net 8.8.4.4 unreachable, length 92", lines);
        Assert.Contains("17:00:22.343153 IP6 :: > ff02::1:ff2a:c74e: ICMP6, neighbor solicitation, who has fe80::6e62:6dff:fe2a:c74e, length 24", lines);
    }

    [Fact]
    public void Jsonl_has_names_and_addresses_as_text()
    {
        string[] lines = CliRun.Of("decode", CorpusFolder.Message("5-pings.pcap"), "--format", "jsonl").Succeeded().Lines;
        JsonElement first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(8, first.GetProperty("type").GetInt32());
        Assert.Equal("Echo", first.GetProperty("type_name").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+\.\d+$", first.GetProperty("src").GetString());
    }

    [Fact]
    public void Tracee_has_its_network_fields()
    {
        string line = CliRun.Of("decode", CorpusFolder.Message("mixed.pcap"), "--format", "tracee").Succeeded()
            .Lines.First(l => l.Contains("DestinationUnreachable", StringComparison.Ordinal));
        JsonElement e = JsonDocument.Parse(line).RootElement;
        Assert.Equal(1477674114088536000, e.GetProperty("timestamp").GetInt64());
        Assert.Equal("net_packet_icmp", e.GetProperty("eventName").GetString());
        JsonElement[] args = [.. e.GetProperty("args").EnumerateArray()];
        Assert.Equal(["src", "dst", "proto_icmp"], args.Select(a => a.GetProperty("name").GetString()!));
        Assert.Equal("10.5.5.26", args[0].GetProperty("value").GetString());
        JsonElement protocol = args[2].GetProperty("value");
        Assert.Equal("DestinationUnreachable(Net)", protocol.GetProperty("typeCode").GetString());
        Assert.Equal(0xfcff, protocol.GetProperty("checksum").GetInt32());
        Assert.True(protocol.TryGetProperty("id", out _) && protocol.TryGetProperty("seq", out _));
    }

    // The shape of the example on https://aquasecurity.github.io/tracee/latest/docs/events/builtin/man/network/net_packet_icmpv6.
    [Fact]
    public void Tracee_of_icmpv6_is_as_its_documentation_shows() => Assert.Matches(
        """
        ^\{"timestamp":\d+,"eventName":"net_packet_icmpv6","argsNum":3,"args":\[\{"name":"src","type":"const char\*","value":"[0-9a-f:]+"\},\{"name":"dst","type":"const char\*","value":"[0-9a-f:]+"\},\{"name":"proto_icmpv6","type":"trace\.ProtoICMPv6","value":\{"typeCode":"EchoRequest","checksum":\d+\}\}\]\}$
        """,
        CliRun.Of("decode", CorpusFolder.Message("ICMPv6_echos.cap"), "--format", "tracee").Succeeded().Lines.First(line => line.Contains("EchoRequest", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Captures))]
    public void Avro_holds_the_events_of_the_other_forms(string name)
    {
        string capture = CorpusFolder.Message(name);
        byte[] file = CliRun.Of("decode", capture, "--format", "avro").Succeeded().Output;
        string[] rows = CliRun.Of("decode", capture, "--format", "tsv").Succeeded().Lines[1..];
        Assert.Equal(rows.Select(row => row.Split('\t')[..4]), Events(file));
        Assert.Equal(file, CliRun.Of("decode", capture, "--format", "avro").Output);
    }

    private static List<string[]> Events(byte[] file)
    {
        var events = new List<string[]>();
        using var stream = new MemoryStream(file);
        var container = new ContainerReader(stream);
        Assert.Equal(AvroError.None, container.Open());
        Assert.Equal(SchemaText.IcmpEventBatch.Fingerprint, container.Fingerprint);
        var buffer = new EventBuffer();
        var sensors = new SensorNames();
        while (container.TryReadBlock(out AvroError error))
        {
            AvroReader records = new(container.Block);
            for (long left = container.BlockRecords; left > 0; left--)
            {
                buffer.Clear();
                IcmpEventBatchCodec.Read(ref records, sensors, out BatchEnvelope envelope, buffer);
                Assert.Equal(AvroError.None, records.Error);
                Assert.Equal((events.Count, 1), (envelope.FirstSequence, buffer.Count));
                IcmpEvent e = buffer.Events[0];
                events.Add([$"{e.Frame}", $"{e.FirstNs}", $"{e.Source}", $"{e.Destination}"]);
            }

            Assert.Equal(AvroError.None, error);
        }

        return events;
    }

    [Fact]
    public void Count_stops_after_so_many_messages()
    {
        string capture = CorpusFolder.Message("5-pings.pcap");
        string[] all = CliRun.Of("decode", capture, "--format", "tsv").Succeeded().Lines;
        Assert.Equal(all[..4], CliRun.Of("decode", capture, capture, "--format", "tsv", "--count", "3").Succeeded().Lines);
        Assert.Equal([.. all, .. all[1..3]], CliRun.Of("decode", capture, capture, "--format", "tsv", "--count", "12").Succeeded().Lines);
    }

    [Fact]
    public void Duration_stops_by_the_captures_own_clock()
    {
        string[] lines = CliRun.Of("decode", CorpusFolder.Message("mixed.pcap"), "--format", "tsv", "--duration", "1.5").Succeeded().Lines;
        long[] times = [.. lines.Skip(1).Select(line => long.Parse(line.Split('\t')[1]))];
        Assert.NotEmpty(times);
        Assert.All(times, time => Assert.True(time < times[0] + 1_500_000_000));
        Assert.Equal(["1", "4", "5", "8", "9"], lines.Skip(1).Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public void Output_goes_to_the_file_asked_for_and_nothing_to_the_standard_output()
    {
        using var folder = new TemporaryFolder();
        string file = folder.PathOf("out.tsv");
        Assert.Empty(CliRun.Of("decode", CorpusFolder.Message("5-pings.pcap"), "-o", file).Succeeded().Output);
        Assert.Equal(File.ReadAllText(CorpusFolder.Message("5-pings.pcap.tsv")), File.ReadAllText(file));
    }

    [Fact]
    public void Books_are_told_when_asked_for()
    {
        CliRun run = CliRun.Of("decode", CorpusFolder.Message("mixed.pcap"), "--format", "tsv", "--verbose").Succeeded();
        Assert.Contains("icmpstream: 205 frames = 89 messages + 116 others\n", run.Error);
        Assert.Contains("icmpstream: not_icmp: 116\n", run.Error);
    }
}
