using System.Globalization;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>What the options of live sources do to a real interface.</summary>
public class LiveOptionTests
{
    [Theory]
    [InlineData("afpacket", "--hardware-time")]
    [InlineData("afxdp", "--xdp-mode", "native")]
    [InlineData("afxdp", "--xdp-mode", "generic")]
    [InlineData("afxdp", "--xdp-mode", "generic", "--copy")]
    [InlineData("afxdp", "--busy-poll")]
    public async Task Every_way_of_reading_gives_every_packet_once_with_the_time_of_the_system(string kind, params string[] options)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        long before = NowNs();
        (string[][] rows, string[] errors) = await ReadAsync(pair, [$"{kind}:right", .. options], () => pair.Blast(5, 500));
        Assert.Equal(500, rows.Length);
        Assert.All(rows, row => Assert.InRange(long.Parse(row[1], CultureInfo.InvariantCulture), before, NowNs()));
        if (options is ["--xdp-mode", { } mode, ..])
            Assert.Contains(errors, line => line.Contains($"XDP program in {mode} mode", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_queues_are_read_or_the_one_that_is_named()
    {
        using var pair = new NetworkPair(hasIpv6: false, queues: 4);
        (string[][] all, string[] errors) = await ReadAsync(pair, ["afxdp:right"], () => pair.BlastInSight(5, 512));
        Assert.Equal(512, all.Length);
        Assert.Contains(errors, line => line.Contains("4 of 4 queues", StringComparison.Ordinal));

        // The sending interface spreads flows over its queues by their hash, the same way each time.
        int sum = 0;
        for (int queue = 0; queue < 4; queue++)
        {
            (string[][] own, _) = await ReadAsync(pair, [$"afxdp:right:{queue}"], () => pair.BlastInSight(5, 512));
            Assert.InRange(own.Length, 1, 511);
            sum += own.Length;
        }

        Assert.Equal(512, sum);
        using ProcessRun none = pair.Read("decode", "afxdp:right:4", "--format", "tsv");
        (int code, _, string[] lines) = await none.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("has queues 0 to 3", Assert.Single(lines));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0, "--no-promiscuous")]
    public async Task The_interface_listens_to_all_while_it_is_read_unless_told_not_to(int expected, params string[] options)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = pair.Read(["decode", "afpacket:right", "--format", "tsv", .. options]);
        await reader.WaitForErrorAsync("reading");
        Assert.Contains($"promiscuity {expected} ", pair.OnRight("ip", "-d", "link", "show", "right"), StringComparison.Ordinal);
        await reader.SignalAsync("TERM");
        Assert.Equal(0, (await reader.EndAsync()).ExitCode);
        Assert.Contains("promiscuity 0 ", pair.OnRight("ip", "-d", "link", "show", "right"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_XDP_an_interface_that_was_down_is_read_on_and_one_that_is_removed_ends_the_run_with_its_books()
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = pair.Read("decode", "afxdp:right", "--format", "tsv", "--verbose");
        await reader.WaitForErrorAsync("reading");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "right", "down");
        await reader.WaitForErrorAsync("went down");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "right", "up");
        await reader.WaitForErrorAsync("is up again");
        Assert.Equal(20, pair.Blast(5, 20));
        NetworkPair.Run("ip", "-n", pair.Right, "link", "del", "right");
        (int code, string output, string[] errors) = await reader.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains(errors, line => line.Contains("right was removed", StringComparison.Ordinal));
        Assert.Contains(errors, line => line.Contains("20 received by the kernel = 20 read + 0 dropped", StringComparison.Ordinal));
        Assert.Equal(20, Rows(output).Length);
    }

    private static async Task<(string[][] Rows, string[] Errors)> ReadAsync(NetworkPair pair, string[] source, Action send)
    {
        using ProcessRun reader = pair.Read(["decode", .. source, "--format", "tsv", "--verbose"]);
        await reader.WaitForErrorAsync("reading");
        await Task.Run(send);
        await reader.SignalAsync("TERM");
        (int code, string output, string[] errors) = await reader.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        return (Rows(output), errors);
    }

    private static string[][] Rows(string tsv) => [.. tsv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'))];

    private static long NowNs() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
}
