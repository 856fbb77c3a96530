using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>Real traffic between two namespaces, read by the executable.</summary>
public partial class LiveCaptureTests
{
    [Theory]
    [InlineData("afpacket", "5")]
    [InlineData("afpacket", "7,5")]
    [InlineData("libpcap", "5")]
    [InlineData("afxdp", "5")]
    [InlineData("afxdp", "7,5")]
    public async Task Tagged_frames_are_read_with_their_tags(string kind, string tags)
    {
        using var pair = new NetworkPair();
        using ProcessRun reader = pair.Read("decode", $"{kind}:right", "--format", "tsv");
        await reader.WaitForErrorAsync("reading");
        long sent = pair.Blast(5, 500, tags.Split(','));
        await reader.SignalAsync("TERM");
        (int code, string output, string[] errors) = await reader.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        string[][] rows = [.. Rows(output).Where(row => row[3] == "10.88.255.1")];
        Assert.Equal(sent, rows.Length);
        Assert.All(rows, row => Assert.Equal((tags, "8", "good", "ok"), (row[7], row[9], row[12], row[^1])));
    }

    [Theory]
    [InlineData("afpacket", 100_000)]
    [InlineData("afxdp", 30_000)]
    [InlineData("afxdp", 30_000, "--copy")]
    public async Task A_burst_that_the_ring_has_room_for_is_read_whole(string kind, long packets, params string[] options)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = pair.Read(["decode", $"{kind}:right", "--format", "tsv", "-o", "/dev/null", "--verbose", .. options]);
        await reader.WaitForErrorAsync("reading");
        (long sent, long lost) = BlastAndCount(pair, 20, packets);
        Books books = await BooksOfAsync(reader);
        Assert.Equal(packets, sent);
        Assert.Equal(0, books.Dropped);
        Assert.Equal(sent - lost, books.Echoes);
    }

    [Theory]
    [InlineData("afpacket")]
    [InlineData("afxdp")]
    public async Task Ten_seconds_at_full_speed_are_accounted_for_to_the_packet(string kind)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = pair.Read("decode", $"{kind}:right", "--format", "tsv", "-o", "/dev/null", "--verbose");
        await reader.WaitForErrorAsync("reading");
        (long sent, long lost) = BlastAndCount(pair, 10, long.MaxValue);
        Books books = await BooksOfAsync(reader);
        Assert.True(sent > 100_000, $"only {sent} frames in ten seconds");
        Assert.Equal(sent - lost, books.Received);
        Assert.Equal(sent - lost, books.Echoes + books.Dropped);
    }

    [Theory]
    [InlineData("afpacket")]
    [InlineData("afxdp")]
    [InlineData("afxdp", "--copy")]
    public async Task What_a_stopped_reader_misses_is_counted_exactly_and_reading_goes_on(string kind, params string[] options)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using ProcessRun reader = pair.Read(
            ["decode", $"{kind}:right", "--format", "tsv", "-o", "/dev/null", "--verbose", "--ring-size", "256k", "--block-size", "128k", .. options]);
        await reader.WaitForErrorAsync("reading");
        await reader.SignalAsync("STOP");
        (long sent, long lost) = BlastAndCount(pair, 20, 50_000);
        await reader.SignalAsync("CONT");
        (long more, long lostAgain) = BlastAndCount(pair, 20, 100);
        Books books = await BooksOfAsync(reader);
        Assert.True(books.Dropped > 10_000, $"only {books.Dropped} were dropped");
        Assert.Equal(sent + more - lost - lostAgain, books.Echoes + books.Dropped);
        Assert.True(books.Echoes > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_traffic_goes_on_undisturbed_while_XDP_takes_or_copies_ICMP(bool copies)
    {
        NetworkPair.NeedProgram("python3");
        using var pair = new NetworkPair();
        using ProcessRun reader = pair.Read(["decode", "afxdp:right", "--format", "tsv", "-o", "/dev/null", .. copies ? (string[])["--copy"] : []]);
        await reader.WaitForErrorAsync("reading");
        Assert.True(pair.HasXdpProgram());
        string script = pair.Folder.Write("talk.py", TalkScript);
        using ProcessRun server = ProcessRun.Start("ip", "netns", "exec", pair.Right, "python3", script, "serve");
        await server.WaitForErrorAsync("listening");
        Task<long> noise = Task.Run(() => pair.Blast(1, long.MaxValue));
        string said = await Task.Run(() => pair.OnLeft("python3", script, "talk"));
        await noise;
        Assert.Equal("200 tcp 200 udp\n", said);
        string ping = pair.OnLeft("ping", "-c", "3", "-i", "0.05", "-W", "2", NetworkPair.RightAddress);
        Assert.Contains(copies ? " 0% packet loss" : "100% packet loss", ping, StringComparison.Ordinal);
        await reader.SignalAsync("TERM");
        Assert.Equal(0, (await reader.EndAsync()).ExitCode);
        Assert.False(pair.HasXdpProgram());
        Assert.Contains(" 0% packet loss", pair.OnLeft("ping", "-c", "1", "-W", "5", NetworkPair.RightAddress), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_reader_leaves_no_XDP_program_behind()
    {
        using var pair = new NetworkPair();
        using ProcessRun reader = pair.Read("decode", "afxdp:right", "--format", "tsv", "-o", "/dev/null");
        await reader.WaitForErrorAsync("reading");
        Assert.True(pair.HasXdpProgram());
        await reader.SignalAsync("KILL");
        await reader.EndAsync();
        await UntilAsync(() => !pair.HasXdpProgram(), "the XDP program is still there");
    }

    [Theory]
    [InlineData("afpacket")]
    [InlineData("afxdp")]
    [InlineData("afxdp", "--copy")]
    public async Task No_thread_has_a_capability_while_it_reads(string kind, params string[] options)
    {
        using var pair = new NetworkPair();
        using ProcessRun reader = pair.Read(["decode", $"{kind}:right", "--format", "tsv", "-o", "/dev/null", .. options]);
        await reader.WaitForErrorAsync("reading");
        string[] sets = [.. Directory.EnumerateDirectories($"/proc/{reader.Id}/task")
            .SelectMany(task => File.ReadLines(Path.Combine(task, "status")))
            .Where(line => line.StartsWith("CapEff", StringComparison.Ordinal) || line.StartsWith("CapPrm", StringComparison.Ordinal) || line.StartsWith("CapInh", StringComparison.Ordinal) || line.StartsWith("NoNewPrivs", StringComparison.Ordinal))];
        Assert.True(sets.Length >= 4 * 4, "a runtime has several threads");
        Assert.All(sets, line => Assert.Contains(line.Split('\t')[1], (string[])["0000000000000000", "1"]));

        // And it reads all the same.
        pair.Blast(5, 10);
        await reader.SignalAsync("INT");
        Assert.Equal(0, (await reader.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task An_interface_that_goes_down_is_renamed_or_removed_is_told_and_read_again()
    {
        using var pair = new NetworkPair();
        using ProcessRun reader = pair.Read("decode", "afpacket:right", "--format", "tsv", "--verbose");
        await reader.WaitForErrorAsync("reading");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "right", "down");
        await reader.WaitForErrorAsync("went down");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "right", "name", "wrong");
        await reader.WaitForErrorAsync("is called wrong now");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "wrong", "name", "right");
        await reader.WaitForErrorAsync("is called right now");
        NetworkPair.Run("ip", "-n", pair.Right, "link", "set", "right", "up");
        await reader.WaitForErrorAsync("is up again");
        Assert.Equal(20, pair.Blast(5, 20));
        NetworkPair.Run("ip", "-n", pair.Right, "link", "del", "right");
        await reader.WaitForErrorAsync("was removed");
        pair.AddLink();
        await reader.WaitForErrorAsync("is back");
        Assert.Equal(30, pair.Blast(5, 30));
        await reader.SignalAsync("TERM");
        (int code, string output, string[] errors) = await reader.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        Assert.Equal(50, Rows(output).Count(row => row[3] == "10.88.255.1"));
    }

    [Fact]
    public async Task Without_the_privilege_one_line_says_how_to_give_it()
    {
        Tools.NeedThat(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "taking capabilities away takes root");
        NetworkPair.NeedProgram("setpriv");
        foreach (string source in (string[])["afpacket:lo", "afxdp:lo", "libpcap:lo"])
        {
            using ProcessRun run = ProcessRun.Start("setpriv", "--bounding-set=-net_raw,-net_admin,-bpf,-perfmon,-sys_admin", ProcessRun.Executable, "decode", source);
            (int code, _, string[] errors) = await run.EndAsync();
            Assert.Equal(1, code);
            string line = Assert.Single(errors);
            Assert.StartsWith("icmpstream: lo: ", line);
            Assert.Contains("setcap cap_net_raw", line);
        }
    }

    private static IEnumerable<string[]> Rows(string tsv) =>
        tsv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'));

    /// <summary>Sends; and what the interfaces themselves lost of it, which no ring has ever seen.</summary>
    private static (long Sent, long Lost) BlastAndCount(NetworkPair pair, double seconds, long packets)
    {
        long before = Lost(pair), sent = pair.Blast(seconds, packets);
        return (sent, Lost(pair) - before);
    }

    private static long Lost(NetworkPair pair) => pair.Counter(isLeft: true, "tx_dropped");

    private static async Task<Books> BooksOfAsync(ProcessRun reader)
    {
        await reader.SignalAsync("TERM");
        (int code, _, string[] errors) = await reader.EndAsync();
        string all = string.Join('\n', errors);
        Assert.True(code == 0, all);
        Match books = BooksLine().Match(all);
        Assert.True(books.Success, all);
        Books read = new(Number(books, 1), Number(books, 2), Number(books, 3), Number(OutcomeLine().Match(all), 1));
        Assert.Equal(read.Received, read.Read + read.Dropped);
        return read;
    }

    private static long Number(Match match, int group) => match.Success ? long.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, otherwise);
            await Task.Delay(20);
        }
    }

    [GeneratedRegex(@"(\d+) received by the kernel = (\d+) read \+ (\d+) dropped")]
    private static partial Regex BooksLine();

    [GeneratedRegex(@"icmpstream: ok: (\d+)")]
    private static partial Regex OutcomeLine();

    private sealed record Books(long Received, long Read, long Dropped, long Ok)
    {
        /// <summary>Messages of the test: there is no other echo on the link.</summary>
        public long Echoes => Ok;
    }

    // A datagram may be lost beside noise at full speed, and is sent again, as resolvers do; a session heals itself.
    private const string TalkScript =
        """
        import socket, sys, threading
        HOST = "10.88.0.2"
        def serve_tcp(listener):
            peer, _ = listener.accept()
            while data := peer.recv(100):
                peer.sendall(data)
        def serve_udp(room):
            while True:
                data, peer = room.recvfrom(100)
                room.sendto(data, peer)
        if sys.argv[1] == "serve":
            listener = socket.create_server((HOST, 2222))
            room = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            room.bind((HOST, 5353))
            threading.Thread(target=serve_udp, args=(room,), daemon=True).start()
            print("listening", file=sys.stderr, flush=True)
            serve_tcp(listener)
        else:
            tcp = socket.create_connection((HOST, 2222), timeout=60)
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.settimeout(0.5)
            def ask(text):
                for _ in range(60):
                    udp.sendto(text, (HOST, 5353))
                    try:
                        while True:
                            if udp.recv(100) == text:
                                return True
                    except TimeoutError:
                        pass
                return False
            t = u = 0
            for i in range(200):
                tcp.sendall(b"line %03d\n" % i)
                got = b""
                while len(got) < 9:
                    got += tcp.recv(9 - len(got))
                t += got == b"line %03d\n" % i
                u += ask(b"ask %03d" % i)
            print(t, "tcp", u, "udp")
        """;
}
