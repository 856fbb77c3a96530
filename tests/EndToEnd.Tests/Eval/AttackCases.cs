using System.Buffers.Binary;
using System.Text;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Attacks, each made by the wire format of its tool. Random bytes come from a seed.</summary>
internal static class AttackCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9", Victim = "198.51.100.7";

    public static IEnumerable<EvalCase> All() => [.. Floods(), .. Scans(), .. Tunnels(), .. Others()];

    private static IEnumerable<EvalCase> Floods()
    {
        foreach ((int times, uint sources) in ((int, uint)[])[(2, 10), (5, 1000), (20, 10), (20, 100_000)])
        {
            long rate = 1000L * times;
            yield return new EvalCase(
                $"flood of {times} x threshold from {sources} sources",
                () => new EchoFlood(new EchoFloodOptions(StartNs, 4_000, rate, Ip("20.0.0.1"), sources, Ip(Victim)), 7),
                [new Expected("flood.destination", Victim, rate >= 10_000 ? Severity.High : Severity.Medium, (5000.0 / times) + 200)]);
        }

        yield return new EvalCase("one source floods many victims", () =>
        {
            var script = new Script();
            for (int i = 0; i < 12_000; i++)
                script.Request(i / 2.0, Outside, $"{100 + (i % 40)}.{i % 50}.{i % 200}.{1 + (i % 250)}", 7, i, new byte[32]);
            return script;
        }, [new Expected("flood.source", Outside, Severity.Medium, 2700)]);
        yield return new EvalCase("carpet bombing of a /24 from 500 sources", () =>
        {
            var script = new Script();
            for (int i = 0; i < 16_000; i++)
                script.Request(i / 4.0, $"20.0.{i % 500 / 250}.{1 + (i % 250)}", $"198.51.100.{1 + (i * 7 % 250)}", 9, i, new byte[32]);
            return script;
        }, [new Expected("flood.prefix", "198.51.100.0/24", Severity.Medium, 1450)]);
        yield return new EvalCase("blacknurse of 2,000 a second", () =>
        {
            var script = new Script();
            for (int i = 0; i < 12_000; i++)
                script.Error(i / 2.0, Outside, "192.0.2.77", "192.0.2.78", 3, 3, 1, 1, Victim);
            return script;
        }, [new Expected("blacknurse", Victim, Severity.Medium, 825)]);
        yield return new EvalCase("smurf, seen where its requests go out", () =>
        {
            var script = new Script();
            for (int i = 0; i < 2_000; i++)
                script.Request(i, Victim, "172.16.1.255", 5, i, new byte[32]);
            return script;
        }, [new Expected("smurf", Victim, Severity.Medium, 300)]);
        yield return new EvalCase("smurf of 200 hosts", () =>
        {
            var script = new Script();
            for (int i = 0; i < 4_000; i++)
                script.Reply(i, $"172.16.1.{1 + (i % 200)}", Victim, 5, i, new byte[32]);
            return script;
        }, [new Expected("smurf", Victim, Severity.Medium, 1200)]);
    }

    private static IEnumerable<EvalCase> Scans()
    {
        yield return new EvalCase("sweep of a /24 from outside",
            () => new EchoSweep(new EchoSweepOptions(StartNs, 50_000_000, Ip(Outside), Ip("198.51.100.1"), 254, 8), 3),
            [new Expected("sweep", Outside, Severity.Medium, 16_000)]);
        yield return new EvalCase("timestamp and mask requests from outside", () =>
        {
            var script = new Script();
            for (int i = 0; i < 4; i++)
                script.Add(i * 300, Ip(Outside), Ip(Inside), (byte)(i % 2 == 0 ? 13 : 17), 0, 1, new byte[i % 2 == 0 ? 12 : 4]);
            return script;
        }, [new Expected("recon.types", Outside, Severity.Medium)]);
        yield return new EvalCase("inverse mapping of 60 addresses", () =>
        {
            var script = new Script();
            for (int i = 0; i < 60; i++)
                script.Reply(i * 200, Outside, $"10.0.1.{1 + i}", 3, i, new byte[16]);
            return script;
        }, [new Expected("inverse-mapping", Outside, Severity.Low)]);
        yield return new EvalCase("traceroute of six hops", () =>
        {
            var script = new Script();
            for (int ttl = 1; ttl <= 6; ttl++)
            {
                script.Ping(ttl * 60, Inside, "192.0.2.200", 44, ttl, isAnswered: false, ttl: (byte)ttl);
                script.Error((ttl * 60) + 5, $"192.0.2.{ttl}", Inside, "192.0.2.200", 11, 0, 44, ttl);
            }

            return script;
        }, [new Expected("traceroute", $"{Inside}>192.0.2.200", Severity.Informational)]);
    }

    private static IEnumerable<EvalCase> Tunnels()
    {
        yield return new EvalCase("ptunnel",
            () => new EchoTunnel(new EchoTunnelOptions(StartNs, 100_000_000, 100, Ip(Inside), Ip(Outside), Ip("192.0.2.80"), 77, 800), 5),
            [Signature()]);
        yield return Tunnel("ptunnel-ng with another magic", (random, i, isReply) => PtunnelNg(random, 0x1234_5678, isReply), Signature());
        yield return Tunnel("Hans", (random, i, isReply) => [.. isReply ? "hans"u8 : "hanc"u8, 4, .. Random(random, 200)], Signature(), constant: true);
        yield return Tunnel("icmptunnel (jamesbarlow)", (random, i, isReply) => [.. "TUNL"u8, 2, .. Random(random, 180)], Signature());
        yield return Tunnel("pingtunnel", (random, i, isReply) => [0x0A, 0x10, .. Random(random, 16), 0x30, 0xDA, 0xFA, 0x06, .. Random(random, 120)], Signature());
        yield return Tunnel("nishang", (random, i, isReply) => Encoding.ASCII.GetBytes(i == 0 ? "Windows PowerShell running as user bob" : $"PS C:\\{i}> "), Signature());
        yield return Tunnel("Stacheldraht, answered", (random, i, isReply) => Encoding.ASCII.GetBytes(isReply ? "ficken and more" : "skillz and more"), Signature(), constant: true, identifier: 667);
        yield return Tunnel("an unknown tool, encrypted, other payload in the reply", (random, i, isReply) => Random(random, 300), Behaviour());
        yield return Tunnel("an unknown tool, encrypted, 32 bytes, one packet a second for ten minutes", (random, i, isReply) => Random(random, 32), Behaviour(), gapMs: 1000, exchanges: 600);
        yield return Tunnel("exfiltration in requests that are echoed, encrypted, 64 bytes", (random, i, isReply) => Random(new Random(i), 64), Behaviour(), exchanges: 200);
        yield return Tunnel("an unknown tool in ICMPv6", (random, i, isReply) => Random(random, 120), new Expected("tunnel.behaviour", "2001:db8::5>2001:db8:9::9", Severity.Medium), isV6: true);
    }

    private static IEnumerable<EvalCase> Others()
    {
        yield return new EvalCase("redirect from a stranger", () =>
            new Script().Error(0, "10.0.0.66", Inside, "192.0.2.1", 5, 1, 1, 1), [new Expected("redirect", "10.0.0.66", Severity.High)]);
        yield return new EvalCase("source quench", () =>
            new Script().Error(0, Outside, Inside, "192.0.2.1", 4, 0, 1, 1), [new Expected("source-quench", Outside, Severity.Informational)]);
        yield return new EvalCase("a second router", () =>
        {
            var script = new Script();
            for (int i = 0; i < 3; i++)
                script.Add(i * 200, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
            return script.Add(2000, Ip("fe80::bad"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
        }, [new Expected("router-advert", "fe80::bad", Severity.High)]);
        yield return new EvalCase("a port scan of 60 hosts: their routers say that it is prohibited", () =>
        {
            var script = new Script();
            for (int i = 0; i < 60; i++)
                script.Error(i * 500, $"198.51.100.{1 + i}", Inside, $"198.51.100.{1 + i}", 3, i % 2 == 0 ? (byte)13 : (byte)10, 1, i);
            return script;
        }, [new Expected("scan-backscatter", Inside, Severity.Low)]);
        yield return new EvalCase("somebody uses our address: 150 hosts are unreachable to it, and it never asked", () =>
        {
            var script = new Script();
            for (int i = 0; i < 150; i++)
                script.Error(i * 300, $"198.51.100.{1 + i}", "192.0.2.77", "192.0.2.78", 3, 1, 1, i, Inside);
            return script;
        }, [new Expected("scan-backscatter", Inside, Severity.Medium)]);
        yield return new EvalCase("retired types: traceroute, domain name requests, mask replies", () =>
        {
            var script = new Script();
            for (int i = 0; i < 6; i++)
                script.Add(i * 400, Ip(Outside), Ip(Inside), (byte)(i % 3 == 0 ? 30 : i % 3 == 1 ? 37 : 18), 0, 1, new byte[4]);
            return script;
        }, [new Expected("deprecated", Outside, Severity.Informational)]);
        yield return new EvalCase("malformed: headers of four bytes, thirty a second", () =>
        {
            const int ipAt = 14, ipBytes = 20, messageBytes = 4;
            var script = new Script();
            byte[] frame = new byte[ITraffic.MaxFrameBytes];
            for (int i = 0; i < 180; i++)
            {
                FrameBuilder.Finish(frame, new PacketHeader(Ip(Outside), Ip(Inside)), 8, 0, (uint)i, 0);
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(ipAt + 2), ipBytes + messageBytes);
                frame.AsSpan(ipAt + 10, 2).Clear();
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(ipAt + 10), FrameBuilder.Checksum(frame.AsSpan(ipAt, ipBytes)));
                script.Add(i * 33.3, frame[..(ipAt + ipBytes + messageBytes)]);
            }

            return script;
        }, [new Expected("icmp.malformed", Outside, Severity.Medium)]);
    }

    private static Expected Signature() => new("tunnel.signature", $"{Inside}>{Outside}", Severity.High, 10_000);

    private static Expected Behaviour() => new("tunnel.behaviour", $"{Inside}>{Outside}", Severity.Medium);

    private static EvalCase Tunnel(
        string name, Func<Random, int, bool, byte[]> payload, Expected expected, bool constant = false, int identifier = 0x2A17, int gapMs = 100, int exchanges = 200, bool isV6 = false) =>
        new(name, () =>
        {
            var random = new Random(11);
            var script = new Script();
            (string from, string to) = isV6 ? ("2001:db8::5", "2001:db8:9::9") : (Inside, Outside);
            for (int i = 0; i < exchanges; i++)
            {
                script.Request(i * (double)gapMs, from, to, identifier, constant ? 1 : i, payload(random, i, false));
                script.Reply((i * (double)gapMs) + 20, to, from, identifier, constant ? 1 : i, payload(random, i, true));
            }

            return script;
        }, [expected]);

    private static byte[] PtunnelNg(Random random, uint magic, bool isReply)
    {
        byte[] data = Random(random, 2 * random.Next(20, 200));
        byte[] message = new byte[28 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message, magic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), isReply ? 0x8000_0002 : 0x4000_0002);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(20), (uint)data.Length);
        data.CopyTo(message, 28);
        return message;
    }

    private static byte[] Random(Random random, int bytes)
    {
        byte[] data = new byte[bytes];
        random.NextBytes(data);
        return data;
    }
}
