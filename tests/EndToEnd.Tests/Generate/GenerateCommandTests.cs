using System.Security.Cryptography;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Generate;

/// <summary>Captures made by seed and rate, and what the program itself finds in them.</summary>
public sealed class GenerateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_seed_gives_the_same_capture_and_another_another()
    {
        Assert.Equal(Made("--seed", "7"), Made("--seed", "7"));
        Assert.NotEqual(Made("--seed", "7"), Made("--seed", "8"));
    }

    [Fact]
    public void Ordinary_traffic_is_matched_pings_and_no_alert()
    {
        JsonElement summary = Analyzed("--duration", "10", "--traffic", "ordinary:rate=300");
        JsonElement exchanges = summary.GetProperty("exchanges");
        Assert.Equal(summary.GetProperty("frames").GetInt64(), summary.GetProperty("outcomes").GetProperty("ok").GetInt64());
        Assert.True(exchanges.GetProperty("matched").GetInt64() > 2_900);
        // One answer of 200 is lost; what was asked in the last seconds is pending.
        Assert.InRange(Count(exchanges, "timeout") + Count(exchanges, "pending"), 1, 60);
        Assert.Equal(0, Count(exchanges, "mismatch") + Count(exchanges, "unsolicited") + Count(exchanges, "duplicate"));
        Assert.All(summary.GetProperty("alerts").EnumerateObject(), rule => Assert.Fail($"{rule.Name} on ordinary traffic"));
    }

    [Fact]
    public void A_flood_has_its_rate_its_time_and_its_alert()
    {
        JsonElement summary = Analyzed("--duration", "8", "--traffic", "flood:rate=10000,start=2,duration=3,sources=20,to=203.0.113.5");
        Assert.Equal(30_000, summary.GetProperty("frames").GetInt64());
        Assert.Equal(1, summary.GetProperty("alerts").GetProperty("flood.destination").GetInt64());
    }

    [Theory]
    [InlineData("sweep:start=0,rate=100,targets=80,from=2001:db8::7,to=2001:db8:1::1")]
    [InlineData("tunnel:start=0,rate=50,from=10.0.0.77,to=203.0.113.77")]
    [InlineData("ordinary:rate=100,from=2001:db8::1,to=2001:db8:2::1")]
    public void Every_kind_is_decoded_without_fault(string traffic)
    {
        JsonElement summary = Analyzed("--duration", "5", "--traffic", traffic);
        Assert.True(summary.GetProperty("frames").GetInt64() >= 80);
        Assert.Equal(summary.GetProperty("frames").GetInt64(), summary.GetProperty("outcomes").GetProperty("ok").GetInt64());
    }

    [Theory]
    [InlineData("--traffic", "rain", "'rain' is not ordinary, flood, tunnel or sweep")]
    [InlineData("--traffic", "flood:speed=3", "'speed' is none of rate, from, to, sources, targets, start, duration")]
    [InlineData("--traffic", "flood:start=60", "60")]
    [InlineData("--traffic", "flood:rate=0", "rate must be a whole number from 1 to 100000000")]
    [InlineData("--traffic", "flood:rate=abc", "'flood:rate=abc': rate must be a whole number")]
    [InlineData("--traffic", "flood:rate", "rate must be a whole number")]
    [InlineData("--traffic", "flood:from=host", "from must be an address")]
    [InlineData("--traffic", "flood:from=10.0.0.1,to=2001:db8::1", "two families")]
    [InlineData("--traffic", "flood:duration=-1", "duration must be seconds, from 0 to 86400")]
    [InlineData("--seed", "-1", "--seed")]
    [InlineData("--send", "lo", "--send")]
    public void What_makes_no_sense_is_wrong_usage_and_named(string option, string value, string words) =>
        CliRun.Of("generate", "-o", _folder.PathOf("x.pcap"), option, value).FailedWith(2, words);

    [Fact]
    public void A_capture_can_be_piped()
    {
        byte[] piped = CliRun.Of("generate", "-o", "-", "--duration", "1", "--traffic", "ordinary:rate=10", "--quiet").Succeeded().Output;
        CliRun.Of("generate", "-o", _folder.PathOf("file.pcap"), "--duration", "1", "--traffic", "ordinary:rate=10").Succeeded();
        Assert.Equal(File.ReadAllBytes(_folder.PathOf("file.pcap")), piped);
    }

    [Fact]
    public void Frames_go_to_no_interface_that_leads_out_of_the_machine()
    {
        string[] lines = File.Exists("/proc/net/route") ? File.ReadAllLines("/proc/net/route") : [];
        string? way = lines.Skip(1).Select(line => line.Split('\t')).FirstOrDefault(fields => fields[1] == "00000000")?[0];
        if (way is null)
            Assert.Skip("this machine has no default route");
        CliRun.Of("generate", "--send", way, "--duration", "1", "--traffic", "ordinary:rate=10", "--quiet").FailedWith(1, way, "leads out of this machine");
        CliRun.Of("generate", "--send", "nosuch0", "--quiet").FailedWith(1, "nosuch0");
    }

    [Fact]
    public async Task Frames_sent_arrive_at_the_other_end_of_a_veth_pair()
    {
        foreach (string tool in (string[])["unshare", "ip", "tcpdump"])
            Tools.Need(tool);
        using ProcessRun allowed = ProcessRun.Bash("unshare -n ip link add v0 type veth peer name v1");
        Tools.NeedThat((await allowed.EndAsync()).ExitCode == 0, "network namespaces are not allowed here");
        // A namespace of its own, which goes with its last process.
        // The kernel drops what is sent before it has found both ends to be up, which it looks at in its own time.
        // A sender that is moved to another core may overtake itself in a veth pair, so the order is not compared.
        // Without -s and -B tcpdump's ring has room for some thirty frames, which is less than come while a busy machine lets it wait.
        // Both files have 16 bytes of header a frame: the one that tcpdump writes is complete when it is as long as the other.
        using ProcessRun run = ProcessRun.Bash(
            $$"""
            set -eu; cd {{_folder.FullName}}
            "$icmpstream" generate -o made.pcap --duration 1 --traffic ordinary:rate=200 --seed 3 --quiet
            unshare -n bash -euc '
              ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up
              for v in v0 v1; do for i in $(seq 600); do ip link show $v | grep -q "state UP" && break; sleep 0.1; done; done
              tcpdump -Z root -U -s 4096 -B 16384 -i v1 -w seen.pcap --immediate-mode icmp 2>tcpdump & dump=$!
              for i in $(seq 600); do grep -q listening tcpdump && break; sleep 0.1; done
              "$icmpstream" generate --send v0 --duration 1 --traffic ordinary:rate=200 --seed 3 --quiet
              for i in $(seq 300); do [ $(stat -c %s seen.pcap) -ge $(stat -c %s made.pcap) ] && break; sleep 0.1; done
              kill -INT $dump; wait $dump'
            for f in made seen; do "$icmpstream" decode $f.pcap --format tsv | cut -f3,4,10,11,14,15 | sort > $f.tsv; done
            cmp made.tsv seen.tsv && wc -l < seen.tsv
            """);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
        Assert.True(int.Parse(output.Trim(), System.Globalization.CultureInfo.InvariantCulture) > 350, output);
    }

    private static long Count(JsonElement counts, string name) => counts.TryGetProperty(name, out JsonElement count) ? count.GetInt64() : 0;

    private string Made(params string[] options)
    {
        string path = _folder.PathOf("made.pcap");
        CliRun.Of(["generate", "-o", path, "--duration", "16", "--traffic", "ordinary:rate=50", "--traffic", "tunnel:start=1", "--traffic", "sweep:start=2", "--traffic", "flood:rate=1000,start=3,duration=1", .. options])
            .Succeeded();
        return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
    }

    private JsonElement Analyzed(params string[] options)
    {
        string path = _folder.PathOf("capture.pcap");
        CliRun.Of(["generate", "-o", path, .. options]).Succeeded();
        return JsonDocument.Parse(CliRun.Of("analyze", path, "--json").Succeeded().Text).RootElement;
    }
}
