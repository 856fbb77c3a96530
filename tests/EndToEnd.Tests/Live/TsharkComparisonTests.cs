using System.Diagnostics;
using System.Globalization;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>
/// What real tools send, read live by the executable and by tshark on the same interface at the same time.
/// <para>Neither program says when its capture really begins: tshark prints "Capturing on" before its own child has opened anything, and
/// shows what it has in bursts of half a second. So a frame of ours marks the beginning, sent again until both show one, and another one
/// the end. What lies between must be the same, frame by frame.</para>
/// </summary>
public class TsharkComparisonTests
{
    // The frames of tests/live/blast.c that mark the beginning and the end; with VLAN tags they are traffic like any other.
    private const string MarkDestination = "10.88.255.1";

    private static readonly string[] Fields =
    [
        "ieee8021ad.id", "vlan.id", "ip.src", "ip.dst", "ip.ttl", "icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq",
        "ipv6.src", "ipv6.dst", "ipv6.hlim", "icmpv6.type", "icmpv6.code", "icmpv6.checksum", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number",
    ];

    [Theory]
    [InlineData("afpacket")]
    [InlineData("libpcap")]
    [InlineData("afxdp")]
    [InlineData("afxdp", "--copy")]
    public async Task What_ping_fping_traceroute_and_hping3_send_is_read_once_as_tshark_sees_it(string kind, params string[] options)
    {
        foreach (string tool in (string[])["tshark", "ping", "fping", "traceroute", "hping3"])
            NetworkPair.NeedProgram(tool);
        using var pair = new NetworkPair();

        // XDP takes packets before tshark can see them on the same interface, and never sees what the host itself sends.
        bool isXdp = kind == "afxdp";
        string ourFile = pair.Folder.PathOf("ours.tsv"), theirFile = pair.Folder.PathOf("theirs.tsv");
        (string space, string device) = isXdp ? (pair.Left, "left") : (pair.Right, "right");
        using ProcessRun shark = Start(space, theirFile, [
            "tshark", "-l", "-n", "-i", device, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-Y", "icmp or icmpv6",
            "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", .. Fields.SelectMany(field => (string[])["-e", field])]);
        using ProcessRun reader = Start(pair.Right, ourFile, [ProcessRun.Executable, "decode", $"{kind}:right", "--format", "tsv", "--verbose", .. options]);
        await reader.WaitForErrorAsync("reading");

        await MarkAsync(pair, () => Marks(Ours(ourFile)) > 0 && Marks(Theirs(theirFile)) > 0);
        await Task.Run(() => SendAll(pair));
        (int ourMarks, int theirMarks) = (Marks(Ours(ourFile)), Marks(Theirs(theirFile)));
        await MarkAsync(pair, () => Marks(Ours(ourFile)) > ourMarks && Marks(Theirs(theirFile)) > theirMarks);
        await reader.SignalAsync("TERM");
        (int code, _, string[] errors) = await reader.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        await shark.SignalAsync("TERM");
        await shark.EndAsync();

        string[] ours = Comparable(Ours(ourFile), isXdp), theirs = Comparable(Theirs(theirFile), isXdp);
        Assert.Equal(theirs, ours);
        Assert.True(ours.Length >= (isXdp ? 40 : 70), $"only {ours.Length} messages: {string.Join('\n', ours)}");
        Assert.Contains(ours, row => row.StartsWith($"[] {NetworkPair.LeftAddress6} ", StringComparison.Ordinal));
        Assert.Equal(20, ours.Count(row => row.StartsWith("[5] ", StringComparison.Ordinal)));
        Assert.Equal(20, ours.Count(row => row.StartsWith("[7,5] ", StringComparison.Ordinal)));
    }

    private static void SendAll(NetworkPair pair)
    {
        pair.OnLeft("ping", "-c", "3", "-i", "0.05", "-W", "0.5", NetworkPair.RightAddress);
        pair.OnLeft("ping", "-c", "3", "-i", "0.05", "-W", "0.5", NetworkPair.RightAddress6);
        pair.OnLeft("ping", "-c", "2", "-i", "0.05", "-W", "0.5", "-s", "4000", NetworkPair.RightAddress);
        pair.OnLeft("fping", "-c", "3", "-p", "20", "-t", "200", NetworkPair.RightAddress, "10.88.0.77");
        pair.OnLeft("fping", "-6", "-c", "3", "-p", "20", "-t", "200", NetworkPair.RightAddress6);
        pair.OnLeft("traceroute", "-n", "-I", "-q", "2", "-w", "0.3", "-m", "3", NetworkPair.RightAddress);
        pair.OnLeft("traceroute", "-n", "-q", "1", "-w", "0.3", "-m", "2", NetworkPair.RightAddress);
        pair.OnLeft("traceroute", "-6", "-n", "-I", "-q", "2", "-w", "0.3", "-m", "3", NetworkPair.RightAddress6);
        pair.OnLeft("hping3", "--icmp", "-c", "5", "-i", "u10000", NetworkPair.RightAddress);
        pair.OnLeft("hping3", "--icmp", "--icmptype", "13", "-c", "2", "-i", "u10000", NetworkPair.RightAddress);
        Assert.Equal(20, pair.BlastInSight(5, 20, "5"));
        Assert.Equal(20, pair.BlastInSight(5, 20, "7", "5"));
    }

    /// <summary>Starts a program that writes its output to a file, where it can be read while it runs.</summary>
    private static ProcessRun Start(string space, string output, string[] command) =>
        ProcessRun.Start("ip", ["netns", "exec", space, "bash", "-c", "exec \"$@\" >\"$0\"", output, .. command]);

    private static async Task MarkAsync(NetworkPair pair, Func<bool> isSeen)
    {
        var clock = Stopwatch.StartNew();
        while (!isSeen())
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, "a mark was not seen by both");
            Assert.Equal(1, pair.BlastInSight(5, 1));
            await Task.Delay(100);
        }
    }

    private static int Marks(IEnumerable<Message> messages) => messages.Count(IsMark);

    private static bool IsMark(Message message) => message.Destination == MarkDestination && message.Vlans.Length == 0;

    // Without the marks, and without what IPv6 says of its own accord at any time (MLD and neighbor discovery). Tagged frames all come
    // from the left, whatever their source address.
    private static string[] Comparable(IEnumerable<Message> messages, bool fromLeftOnly) =>
        [.. messages
            .Where(message => !IsMark(message) && message.Type is not (>= 130 and <= 143))
            .Where(message => !fromLeftOnly || message.Vlans.Length > 0 || message.Source is not (NetworkPair.RightAddress or NetworkPair.RightAddress6))
            .Select(message => $"[{message.Vlans}] {message.Source} {message.Destination} {message.Rest}")
            .Order(StringComparer.Ordinal)];

    private static IEnumerable<Message> Ours(string file) =>
        WholeLines(file).Skip(1).Select(line => line.Split('\t')).Where(row => row[9].Length > 0)
            .Select(row => new Message(row[7], row[2], row[3], Number(row[9]), string.Join(' ', row[4], row[9], row[10], row[11], row[13], row[14])));

    // Errors quote another packet: what comes first in each column is the message's own.
    private static IEnumerable<Message> Theirs(string file) =>
        WholeLines(file).Select(line => line.Split('\t')).Select(row =>
        {
            string vlans = string.Join(',', row[..2].Where(tag => tag.Length > 0));
            string[] own = [.. row.Select(column => column.Split(',')[0])];
            Span<string> at = own.AsSpan(own[5].Length > 0 ? 2 : 10, 8);
            return new Message(vlans, at[0], at[1], Number(at[3]), $"{at[2]} {at[3]} {at[4]} {at[5]} {Decimal(at[6])} {Decimal(at[7])}");
        });

    // The last line may still be in the writing.
    private static string[] WholeLines(string file)
    {
        string text = File.ReadAllText(file);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Decimal(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal) ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) : text;

    private sealed record Message(string Vlans, string Source, string Destination, int Type, string Rest);
}
