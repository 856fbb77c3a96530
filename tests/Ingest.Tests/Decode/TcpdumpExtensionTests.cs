using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IcmpStream.Fuzz;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Tests.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>
/// Extension objects (RFC 4884, 4950, 5837, 8335) against what tcpdump's own tests expect of the same captures, line by line.
/// </summary>
public sealed partial class TcpdumpExtensionTests
{
    [Theory]
    [InlineData("icmp-rfc5837", "icmp-rfc5837", 1), InlineData("mpls-traceroute", "mpls-traceroute-v", 6), InlineData("icmp-rfc8335", "icmp-rfc8335-v", 7)]
    public void Objects_are_those_that_tcpdump_expects(string capture, string expected, int messages)
    {
        string folder = Path.Combine(FuzzTargets.FindCorpus(), "captures", "decode", "the-tcpdump-group-tcpdump");
        Dictionary<long, List<string>> theirs = Expected(File.ReadLines(Path.Combine(folder, expected + ".out")));
        Dictionary<long, List<string>> ours = Decode(Path.Combine(folder, capture + ".pcap"));
        Assert.Equal(messages, theirs.Count);
        Assert.Equal(theirs.Keys.Order(), ours.Keys.Order());
        foreach ((long frame, List<string> lines) in theirs)
            Assert.Equal(lines, ours[frame]);
    }

    private static Dictionary<long, List<string>> Expected(IEnumerable<string> output)
    {
        var frames = new Dictionary<long, List<string>>();
        long frame = 0;
        foreach (string line in output)
        {
            if (FrameLine().Match(line) is { Success: true } start)
                frame = long.Parse(start.Groups[1].Value, CultureInfo.InvariantCulture);
            else if (ObjectLine().IsMatch(line))
                (frames.TryGetValue(frame, out List<string>? lines) ? lines : frames[frame] = []).Add(NameLength().Replace(line.Trim(), "Interface Name: ").TrimEnd('\0'));
        }

        return frames;
    }

    private static Dictionary<long, List<string>> Decode(string path)
    {
        using var source = new CaptureSource(path, new SourceOptions());
        source.Start();
        var decoder = new FrameDecoder();
        var buffer = new EventBuffer(1);
        var frames = new Dictionary<long, List<string>>();
        foreach (ReadFrame frame in Captures.Drain(source).Frames)
        {
            buffer.Clear();
            if (decoder.Decode(frame.Info, frame.Bytes, buffer) >= DecodeOutcome.NotIcmp || buffer.DetailCount == 0)
                continue;
            var lines = new List<string>();
            foreach (ExtensionObject read in buffer.ListsOf(buffer.Details[0]).Extensions)
                Describe(read, lines);
            if (lines.Count > 0)
                frames[frame.Info.FrameNumber] = lines;
        }

        return frames;
    }

    private static void Describe(in ExtensionObject read, List<string> lines)
    {
        string kind = read.Class switch { 1 => "MPLS Stack Entry Object", 2 => "Interface Information Object", _ => "Interface Identification Object" };
        lines.Add($"{kind} ({read.Class}), Class-Type: {read.CType}, length {read.Length}");
        foreach (MplsLabel label in read.Labels)
            lines.Add($"label {label.Label}, tc {label.TrafficClass}{(label.Bottom ? ", [S]" : "")}, ttl {label.Ttl}");
        if (read.Class == 2)
            lines.Add($"Interface Role: {(read.CType >> 6 == 0 ? "Incoming IP Interface" : "other")}");
        if (read.InterfaceIndex is { } index)
            lines.Add($"Interface Index: {index}");
        if (read.InterfaceAddress is { } address)
            lines.Add($"IP Address sub-object: {address}");
        if (read.HasInterfaceName)
            lines.Add($"Interface Name: {Encoding.ASCII.GetString(read.InterfaceName)}");
        else if (read.Class == 2 && (read.CType & 2) != 0)
            lines.Add("Interface Name [length 0] (invalid)");
        if (read.Mtu is { } mtu)
            lines.Add($"MTU Value: {mtu}");
        for (int i = 0; i < lines.Count; i++)
            lines[i] = lines[i].Trim();
    }

    // With padding; an object holds the name without it.
    [GeneratedRegex(@"^Interface Name, length \d+: ")]
    private static partial Regex NameLength();

    [GeneratedRegex(@"^ *(\d+)  \d{4}-")]
    private static partial Regex FrameLine();

    [GeneratedRegex(@"^\s+(MPLS Stack Entry Object|Interface |label \d+|IP Address sub-object|MTU Value)")]
    private static partial Regex ObjectLine();
}
