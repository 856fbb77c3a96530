using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Several attacks at once within an office's traffic, and scans in the manner of their tools.</summary>
internal static class MixedCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9", Victim = "198.51.100.7";

    public static IEnumerable<EvalCase> All()
    {
        yield return Case("a flood, a tunnel and a sweep at once in an office", script =>
        {
            for (int i = 0; i < 15_000; i++)
                script.Request(5000 + (i / 3.0), $"20.0.{i % 900 / 250}.{1 + (i % 250)}", Victim, 7, i, new byte[32]);
            var random = new Random(5);
            byte[] payload = new byte[300];
            for (int i = 0; i < 150; i++)
            {
                random.NextBytes(payload);
                script.Request(i * 100, Inside, Outside, 9, i, payload);
                random.NextBytes(payload);
                script.Reply((i * 100) + 20, Outside, Inside, 9, i, payload);
            }

            for (int i = 1; i < 250; i++)
                script.Request(i * 40, "192.0.2.66", $"10.0.0.{i}", 3, i, new byte[8]);
        }, new Expected("flood.destination", Victim, Severity.Medium), Tunnel(Inside, Outside), new Expected("sweep", "192.0.2.66", Severity.Medium));
        yield return Case("a tunnel, blacknurse and a stranger's redirect in an office", script =>
        {
            var tool = new ToolTraffic(Inside, Outside);
            Copy(tool.Hans(), script);
            for (int i = 0; i < 12_000; i++)
                script.Error(i / 2.0, Outside, "192.0.2.77", "192.0.2.78", 3, 3, 1, 1, Victim);
            script.Error(3000, "10.0.0.66", "10.0.0.7", "192.0.2.1", 5, 1, 1, 1);
        }, new Expected("tunnel.signature", $"{Inside}>{Outside}", Severity.High), new Expected("blacknurse", Victim, Severity.Medium), new Expected("redirect", "10.0.0.66", Severity.High));
        yield return Case("smurf, a carpet and recon by mask requests in an office", script =>
        {
            for (int i = 0; i < 4000; i++)
                script.Reply(i, $"172.16.1.{1 + (i % 200)}", Victim, 5, i, new byte[32]);
            for (int i = 0; i < 16_000; i++)
                script.Request(i / 4.0, $"20.0.{i % 500 / 250}.{1 + (i % 250)}", $"192.0.2.{1 + (i * 7 % 250)}", 9, i, new byte[32]);
            for (int i = 0; i < 6; i++)
                script.Add(i * 500, Ip(Outside), Ip($"10.0.0.{20 + i}"), 17, 0, 1, new byte[4]);
        }, new Expected("smurf", Victim, Severity.Medium), new Expected("flood.prefix", "192.0.2.0/24", Severity.Medium), new Expected("recon.types", Outside, Severity.Medium));
        yield return Case("a tunnel beneath a flood of spoofed sources", script =>
        {
            Copy(new ToolTraffic(Inside, Outside).Enciphered(200, 200, 100), script);
            for (int i = 0; i < 30_000; i++)
                script.Request(8000 + (i / 5.0), $"{20 + (i * 31 % 60)}.{i * 17 % 250}.{i * 13 % 250}.{1 + (i % 250)}", Victim, 7, i, new byte[32]);
        }, new Expected("flood.destination", Victim, Severity.Medium), Tunnel(Inside, Outside));
        yield return Case("the host that is flooded also tunnels", script =>
        {
            Copy(new ToolTraffic(Inside, Outside).Enciphered(200, 200, 100), script);
            for (int i = 0; i < 20_000; i++)
                script.Request(8000 + (i / 4.0), $"20.0.{i % 500 / 250}.{1 + (i % 250)}", Inside, 7, i, new byte[32]);
        }, new Expected("flood.destination", Inside, Severity.Medium), Tunnel(Inside, Outside));
        yield return Case("two tunnels of one host, and one of another", script =>
        {
            Copy(new ToolTraffic(Inside, Outside).Enciphered(64, 100, 200), script);
            Copy(new ToolTraffic(Inside, "203.0.113.10", 3).PtunnelNg(0x0BAD_CAFE), script);
            Copy(new ToolTraffic("10.0.0.6", Outside, 4).Icmpsh("# "), script);
        }, Tunnel(Inside, Outside), new Expected("tunnel.signature", $"{Inside}>203.0.113.10", Severity.High), Tunnel("10.0.0.6", Outside));
        yield return Case("fping -g of a /24 from inside, nobody there", script =>
        {
            for (int i = 1; i < 255; i++)
                script.Ping(i * 10, "10.0.0.77", $"10.0.9.{i}", 0x4242, i, isAnswered: i % 30 == 0);
        }, new Expected("sweep", "10.0.0.77", Severity.Low));
        yield return Case("zmap of a /16 at 400 a second", script =>
        {
            var random = new Random(4);
            for (int i = 0; i < 6000; i++)
                script.Request(i * 2.5, Outside, $"10.5.{random.Next(256)}.{random.Next(256)}", random.Next(65_536), random.Next(65_536), new byte[8]);
        }, new Expected("sweep", Outside, Severity.Medium));
        yield return Case("masscan of a /16 at 5,000 a second", script =>
        {
            var random = new Random(4);
            for (int i = 0; i < 25_000; i++)
                script.Request(i / 5.0, Outside, $"10.5.{random.Next(256)}.{random.Next(256)}", random.Next(65_536), random.Next(65_536), []);
        }, new Expected("flood.source", Outside, Severity.Medium));
        yield return Case("nmap -PP of 60 hosts from outside", script =>
        {
            for (int i = 0; i < 60; i++)
                script.Add(i * 50, Ip(Outside), Ip($"10.0.3.{1 + i}"), 13, 0, (uint)i, new byte[12]);
        }, new Expected("sweep", Outside, Severity.Medium), new Expected("recon.types", Outside, Severity.Medium));
        yield return Case("alive6: echo requests and unknown options to all nodes, then 40 of them", script =>
        {
            script.Request(0, "fe80::66", "ff02::1", 7, 1, new byte[8]);
            for (int i = 0; i < 40; i++)
            {
                script.Reply(2 + i, $"fe80::{0x100 + i:x}", "fe80::66", 7, 1, new byte[8]);
                script.Ping(3000 + (i * 30), "fe80::66", $"fe80::{0x100 + i:x}", 7, 2 + i);
            }
        }, new Expected("sweep", "fe80::66", Severity.Low));
        yield return Case("a slow sweep: an address in four seconds for ten minutes, from outside", script =>
        {
            for (int i = 0; i < 150; i++)
                script.Request(i * 4000, Outside, $"10.0.4.{1 + i}", 7, i, new byte[32]);
        });
    }

    private static void Copy(Script from, Script to)
    {
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        for (long ns = from.NextNs; ns != ITraffic.Ended; ns = from.NextNs)
            to.Add((ns - StartNs) / 1e6, frame[..from.Write(frame)]);
    }

    private static Expected Tunnel(string from, string to) => new("tunnel.behaviour", $"{from}>{to}", Severity.Medium);

    private static EvalCase Case(string name, Action<Script> write, params Expected[] expected) => new(name, () =>
    {
        var script = new Script();
        write(script);
        return new TrafficMix(
            new OrdinaryTraffic(new OrdinaryTrafficOptions(StartNs - 20_000_000_000, 60_000, 200, Ip("10.0.1.1"), 60, Ip("198.51.101.1"), 40), 3), script);
    }, expected);
}
