using System.Text;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Every tool of the signature table, and tools of no table; alone, in the midst of ordinary traffic, and in ICMPv6.</summary>
internal static class ToolCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9", Inside6 = "2001:db8::5", Outside6 = "2001:db8:9::9";

    private const string Prose =
        "The quick brown fox jumps over the lazy dog; and here is what the passwords of the finance department look like: alice:Winter2024! "
        + "bob:hunter2 carol:letmein dave:qwerty erin:correct-horse-battery-staple frank:123456 grace:opensesame heidi:swordfish. End of file, and then some more of it, "
        + "so that the whole has a few hundred bytes, as a small configuration file or a list of accounts has it, which leaves by ping in pieces of sixteen bytes each.";

    public static IEnumerable<EvalCase> All() => [.. Signatures(), .. Behaviours()];

    private static IEnumerable<EvalCase> Signatures()
    {
        foreach ((string name, Func<ToolTraffic, Script> make) in Known())
        {
            // Replies that nobody asked for are of the pair that would have asked.
            string subject = name == "TFN2K" ? $"{Outside}>{Inside}" : $"{Inside}>{Outside}";
            var expected = new Expected("tunnel.signature", subject, Severity.High, 10_000);
            yield return new EvalCase(name, () => make(new ToolTraffic(Inside, Outside)), [expected]);
            yield return new EvalCase(name + ", in ordinary traffic", () => InOrdinary(make(new ToolTraffic(Inside, Outside))), [expected]);
        }

        yield return new EvalCase("Hans in ICMPv6", () => new ToolTraffic(Inside6, Outside6).Hans(), [new Expected("tunnel.signature", $"{Inside6}>{Outside6}", Severity.High, 10_000)]);
        yield return new EvalCase("ptunnel-ng in ICMPv6, another magic", () => new ToolTraffic(Inside6, Outside6).PtunnelNg(0x0BAD_CAFE), [new Expected("tunnel.signature", $"{Inside6}>{Outside6}", Severity.High, 10_000)]);
    }

    private static (string Name, Func<ToolTraffic, Script> Make)[] Known() =>
    [
        ("icmptunnel (Kapil)", tool => tool.KapilTunnel()),
        ("icmpsh on Windows", tool => tool.Icmpsh("Microsoft Windows [Version 10.0.19045.3803]\r\n(c) Microsoft Corporation. All rights reserved.\r\n\r\nC:\\Users\\bob>")),
        ("Pingback", tool => tool.Pingback()),
        ("Loki2", tool => tool.Loki2()),
        ("Loki2, readable", tool => tool.Loki2(isEnciphered: false)),
        ("TFN", tool => tool.Tfn()),
        ("TFN2K", tool => tool.Tfn2k()),
        ("Stacheldraht", tool => tool.Stacheldraht()),
        ("Hans, with polls", tool => tool.Hans()),
        ("ptunnel-ng, another magic, odd lengths", tool => tool.PtunnelNg(0x1234_5678)),
    ];

    private static IEnumerable<EvalCase> Behaviours()
    {
        foreach ((string name, Func<ToolTraffic, Script> make) in Unknown())
        {
            yield return new EvalCase(name, () => make(new ToolTraffic(Inside, Outside)), [Behaviour(Inside, Outside)]);
            yield return new EvalCase(name + ", in ordinary traffic", () => InOrdinary(make(new ToolTraffic(Inside, Outside))), [Behaviour(Inside, Outside)]);
            yield return new EvalCase(name + ", in ICMPv6", () => make(new ToolTraffic(Inside6, Outside6)), [Behaviour(Inside6, Outside6)]);
        }
    }

    private static (string Name, Func<ToolTraffic, Script> Make)[] Unknown() =>
    [
        ("icmpsh on Linux, without a banner", tool => tool.Icmpsh("# ")),
        ("packets of a tunnel device", tool => tool.BarePackets()),
        ("IPv6 packets of a tunnel device", tool => tool.BarePackets(isIpv6: true)),
        ("icmpdoor", tool => tool.Icmpdoor()),
        ("a download in base 64", tool => tool.Download()),
        ("ping -p, a file of 500 bytes", tool => tool.PingPattern(Prose)),
        ("a text in five requests", tool => tool.Echoed(i => Encoding.ASCII.GetBytes(Prose.Substring(i * 80, 80)), 5, 5000)),
        ("a text in nine requests at once", tool => tool.Echoed(i => Encoding.ASCII.GetBytes(Prose.Substring(i * 44, 44)), 9, 0.3)),
        ("an archive in requests of 1,000 bytes", tool => tool.Echoed(i => tool.Random(1000), 60, 50)),
        ("an archive in requests of 32 bytes", tool => tool.Echoed(i => tool.Random(32), 400, 100)),
        ("a program in requests of 64 bytes", tool => tool.Echoed(i => Program(tool, 64), 200, 100)),
        ("enciphered, 32 bytes, one a second for an hour", tool => tool.Enciphered(32, 3600, 1000)),
        ("echoed, enciphered, 32 bytes, one a second for an hour", tool => tool.Echoed(i => tool.Random(32), 3600, 1000)),
        ("enciphered, 32 bytes, one in ten seconds", tool => tool.Enciphered(32, 60, 10_000)),
        ("enciphered, 16 bytes", tool => tool.Enciphered(16, 100, 500)),
        ("enciphered, 1,400 bytes, as fast as it goes", tool => tool.Enciphered(1400, 2000, 5)),
    ];

    // Machine code and tables: many zeros, few values that are frequent, never twice the same.
    private static byte[] Program(ToolTraffic tool, int bytes)
    {
        byte[] data = tool.Random(bytes);
        for (int i = 0; i < bytes; i++)
            data[i] = data[i] < 90 ? (byte)0 : (byte)(data[i] & 0x4F);
        return data;
    }

    private static TrafficMix InOrdinary(Script attack) => new(
        new OrdinaryTraffic(new OrdinaryTrafficOptions(StartNs - 20_000_000_000, 60_000, 200, Ip("10.0.0.1"), 60, Ip("198.51.100.1"), 40), 3), attack);

    private static Expected Behaviour(string from, string to) => new("tunnel.behaviour", $"{from}>{to}", Severity.Medium);
}
