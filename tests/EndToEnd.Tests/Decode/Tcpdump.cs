using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace IcmpStream.EndToEnd.Tests.Decode;

/// <summary>
/// What <c>tcpdump -nn</c> prints of the ICMP messages of a capture, from the IP header that carries each on. What it prints and we do
/// not, by design, is taken out:
/// <list type="bullet">
/// <item>extension headers and AH before the message, which are no part of an event (<c>HBH</c>, <c>RT6 (...)</c>, <c>AH(...)</c>);
/// whether there was a fragment header around a whole datagram is not told either (<c>frag (0|72)</c>);</item>
/// <item>the brace that closes an L2TP or PPP packet around it;</item>
/// <item>how many bytes of a truncated datagram are missing, where the capture cut the frame too and the link is not Ethernet;</item>
/// <item>the data of node information and the prefixes of router renumbering, which events have as payload only.</item>
/// </list>
/// </summary>
internal static partial class Tcpdump
{
    /// <summary>A line without what only one of the two can say.</summary>
    public static string Comparable(string line) =>
        Missing().Replace(Renumbering().Replace(NodeInformation().Replace(Fragment().Replace(line, ""), "$1"), "$1"), "$1 N bytes");

    /// <summary>Lines by frame number; null where tcpdump is not installed.</summary>
    public static Dictionary<long, string>? Lines(string capture)
    {
        if (Run("-nn", "-#", "-r", capture) is not { } text)
            return null;
        var lines = new Dictionary<long, string>();
        foreach (string line in text.Split('\n'))
        {
            if (Numbered().Match(line) is not { Success: true } found || ToMessage(found.Groups["rest"].Value) is not { } message)
                continue;
            lines[long.Parse(found.Groups["frame"].Value, CultureInfo.InvariantCulture)] = $"{found.Groups["time"].Value} {message}";
        }

        return lines;
    }

    private static string? ToMessage(string rest)
    {
        // A cut ICMPv4 message has no name; "icmp6 length" and the like are of other layers.
        int icmp = Math.Max(rest.LastIndexOf("ICMP", StringComparison.Ordinal), rest.EndsWith(":  [|icmp]", StringComparison.Ordinal) ? rest.Length - 1 : -1);
        if (icmp < 0)
            return null;
        int ip = Math.Max(rest.LastIndexOf("IP ", icmp, StringComparison.Ordinal), rest.LastIndexOf("IP6 ", icmp, StringComparison.Ordinal));
        if (ip < 0)
            return null;
        return Comparable(ExtensionHeaders().Replace(rest[ip..].TrimEnd('}'), ""));
    }

    private static string? Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("tcpdump", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TZ"] = "UTC";
        start.Environment["LC_ALL"] = "C";
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^ *(?<frame>\d+)\s+(?<time>\d\d:\d\d:\d\d\.\d{6}) (?<rest>.*)$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"HBH |DSTOPT |RT6 \(.*?\) (?=[A-Z])|AH\([^)]*\): |frag \(\d+\|\d+\) |mobility: .*? (?=ICMP6)|srcrt \(.*?\) (?=[A-Z])")]
    private static partial Regex ExtensionHeaders();

    [GeneratedRegex(@"frag \(\d+\|\d+\) ")]
    private static partial Regex Fragment();

    [GeneratedRegex(@"(who-are-you (?:request|reply)).*$")]
    private static partial Regex NodeInformation();

    [GeneratedRegex(@"(truncated-ip -) \d+ bytes")]
    private static partial Regex Missing();

    [GeneratedRegex(@"(router renumbering, .*?seq=\d+) (?:match|\[).*(?=, length)")]
    private static partial Regex Renumbering();
}
