using IcmpStream.Cli.Demo;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Kafka;

public class DemoTests
{
    [Fact]
    public void The_demo_finds_its_attacks_and_its_books_balance()
    {
        CliRun run = CliRun.Of("demo").Succeeded();
        Assert.Contains("flood.destination 198.51.100.7:", run.Text);
        Assert.Contains("sweep 203.0.113.200:", run.Text);
        Assert.Contains("tunnel.signature 192.0.2.23>203.0.113.99:", run.Text);
        Assert.Contains("3 alerts", run.Text);
        Assert.Contains("the books balance", run.Text);
        Assert.Contains("37,091", run.Text);
        Assert.All(run.Text.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void The_demo_takes_another_capture()
    {
        CliRun run = CliRun.Of("demo", "--quiet", "--capture", CorpusFolder.Message("5-pings.pcap")).Succeeded();
        Assert.Contains("the books balance", run.Text);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void A_capture_that_cannot_be_mixed_is_named() =>
        CliRun.Of("demo", "--capture", Path.Combine(CorpusFolder.Root, "tests/corpus/captures/containers/ipoib.pcap")).FailedWith(1, "ipoib.pcap", "link type");

    [Fact]
    public void What_a_killed_demo_has_left_is_removed_by_the_next_and_what_one_at_work_needs_is_not()
    {
        string left = Directory.CreateTempSubdirectory("icmpstream-demo-").FullName;
        File.WriteAllText(Path.Combine(left, "in-use"), "");
        File.WriteAllText(Path.Combine(left, "mixed.pcap"), "frames");
        using var other = new DemoFolder();
        Assert.False(Directory.Exists(left));
        using (var own = new DemoFolder())
        {
            Assert.NotEqual(other.FullName, own.FullName);
            Assert.True(Directory.Exists(other.FullName));
        }

        Assert.Single(Directory.GetFiles(other.FullName));
    }

    [Fact]
    public async Task The_demo_holds_until_it_is_interrupted_and_a_foreign_client_can_look()
    {
        Tools.Need("kcat");
        using var demo = ProcessRun.Start(ProcessRun.Executable, "demo", "--hold");
        await demo.WaitForErrorAsync("holding");
        string brokers = demo.Errors[0].Split(' ')[^1];
        using var kcat = ProcessRun.Start("kcat", "-b", brokers, "-C", "-t", "icmp.alert.v1", "-o", "beginning", "-e", "-q", "-f", "%k\\n");
        (int code, string keys, _) = await kcat.EndAsync();
        Assert.Equal(0, code);
        Assert.Equal(3, keys.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        await demo.SignalAsync("INT");
        (int exit, string output, string[] errors) = await demo.EndAsync();
        Assert.True(exit == 0, string.Join('\n', errors));
        Assert.Contains($"kcat -b {brokers} -L", output);
    }
}
