using IcmpStream.Cli.Analyze;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Tests.Decode;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Analyze;

/// <summary>Pings to broadcast and multicast addresses, from the capture to the exchanges.</summary>
public sealed class BroadcastTests : IDisposable
{
    private const long StartNs = 1_700_000_000_000_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_answer_to_all_nodes_in_a_real_capture_is_matched()
    {
        var rows = CorpusFolder.Rows(CorpusFolder.Message("mixed.pcap.tsv")).ToList();
        var requests = rows.Where(row => row["icmp_dst"] == "ff02::1" && row["type"] == "128").ToList();
        Assert.Equal(10, requests.Count);
        var expected = requests.SelectMany(request => rows
            .Where(row => row["type"] == "129" && row["icmp_dst"] == request["icmp_src"] && (row["ident"], row["seq"]) == (request["ident"], request["seq"]))
            .Select(reply => (request["epoch_ns"], reply["epoch_ns"], reply["icmp_src"]))).Order().ToList();
        Assert.Equal(10, expected.Count);

        CaptureAnalysis analysis = await FrameList.Read(CorpusFolder.Message("mixed.pcap"))!.AnalyzeAsync(_folder);
        var asked = expected.Select(pair => pair.Item1).ToHashSet();
        Assert.Equal(
            expected,
            analysis.Result.Exchanges().Where(x => asked.Contains($"{x.RequestNs}") && x.Outcome == EchoOutcome.Matched).Select(x => ($"{x.RequestNs}", $"{x.ReplyNs}", x.Responder.ToString())).Order());
        Assert.DoesNotContain(analysis.Result.Exchanges(), x => x.Outcome == EchoOutcome.Unsolicited || x.Responder.ToString() == "ff02::1");
    }

    [Fact]
    public async Task A_network_that_answers_three_pings_has_an_exchange_a_host_and_is_no_smurf()
    {
        const int pings = 3, hosts = 253;
        var frames = new List<(long TimeNs, uint OriginalBytes, byte[] Bytes)>();
        for (ushort ping = 0; ping < pings; ping++)
        {
            long timeNs = StartNs + (ping * 1_000_000_000L);
            frames.Add(Frame(timeNs, 8, ping, "192.168.7.1", "192.168.7.255"));
            for (int host = 0; host < hosts; host++)
                frames.Add(Frame(timeNs + ((host + 1) * 100_000), 0, ping, $"192.168.7.{host + 2}", "192.168.7.1"));
        }

        // One that nobody answers, and the time that it takes to know.
        frames.Add(Frame(StartNs + 4_000_000_000, 8, 9, "192.168.7.1", "192.168.8.255"));
        frames.Add(Frame(StartNs + 20_000_000_000, 8, 0, "192.168.7.250", "192.168.7.251"));
        CaptureAnalysis analysis = await new FrameList(1, frames).AnalyzeAsync(_folder);

        Assert.Equal(pings * hosts, analysis.Exchanges(EchoOutcome.Matched));
        Assert.Equal(1, analysis.Exchanges(EchoOutcome.Timeout));
        Assert.Equal((1, (pings * hosts) + 2), (analysis.Exchanges(EchoOutcome.Pending), analysis.Result.ExchangeCount));
        Assert.All(analysis.Result.Exchanges().Where(x => x.Outcome == EchoOutcome.Matched), x => Assert.Equal(100_000L * ((x.Responder.Ipv4 % 256) - 1), x.RttNs));
        Assert.DoesNotContain("smurf", analysis.AlertsOpened.Keys);
    }

    private static (long TimeNs, uint OriginalBytes, byte[] Bytes) Frame(long timeNs, byte type, ushort sequence, string source, string destination)
    {
        byte[] frame = Frames.Ethernet(Frames.Ipv4(Frames.Icmpv4(type, 0, Frames.Rest(77, sequence), Frames.Iputils()), source: source, destination: destination));
        return (timeNs, (uint)frame.Length, frame);
    }
}
