using System.Buffers.Binary;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Floods of all shapes: pulsing, rising, reflected, spread over networks, of errors and of discovery messages. One attack is one alert.</summary>
internal static class FloodCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9", Victim = "198.51.100.7";

    public static IEnumerable<EvalCase> All() => [.. Shapes(), .. Networks(), .. Reflected(), .. Errors(), .. Discovery(), .. Fragments()];

    private static IEnumerable<EvalCase> Shapes()
    {
        yield return Case("flood that pulses: one second in ten", script =>
        {
            for (int pulse = 0; pulse < 5; pulse++)
                Random(script, pulse * 10_000, 1000, 12, (_, random) => script.Request(random.Ms, Source(random.Next(200)), Victim, 7, random.Next(65_536), new byte[32]));
        }, Destination(Severity.High, 650));
        yield return Case("flood that rises from 10 to 8,000 a second in a minute", script =>
        {
            for (double ms = 0; ms < 60_000; ms += 1000 / (10 + (ms * 8000 / 60_000)))
                script.Request(ms, Source((int)ms % 300), Victim, 7, (int)ms, new byte[32]);
        }, new Expected("flood.destination", Victim, Severity.Medium));
        yield return Case("flood that the victim answers", script => Random(script, 0, 4000, 6, (i, random) =>
        {
            string source = Source(random.Next(1000));
            script.Request(random.Ms, source, Victim, 7, i, new byte[56]);
            script.Reply(random.Ms + 1, Victim, source, 7, i, new byte[56]);
        }), Destination(Severity.Medium, 1040));
        yield return Case("flood of timestamp requests from a thousand sources", script => Random(script, 0, 4000, 5, (i, random) =>
            script.Add(random.Ms, Ip(Source(random.Next(1000))), Ip(Victim), 13, 0, (uint)i, new byte[12])),
            Destination(Severity.Medium, 1200), new Expected("recon.types", Expected.AnySubject, Severity.Low));
        yield return Case("flood with random payloads from ten sources for twelve seconds", script =>
        {
            byte[] payload = new byte[120];
            Random(script, 0, 12_000, 3, (i, random) =>
            {
                random.NextBytes(payload);
                script.Request(random.Ms, Source(random.Next(10)), Victim, 7, i, payload);
            });
        }, Destination(Severity.Medium, 1900));
        yield return Case("flood from an address to itself", script => Random(script, 0, 5000, 4, (i, random) =>
            script.Request(random.Ms, Victim, Victim, 1, i, new byte[32])), Destination(Severity.Medium, 1450));
        yield return Case("floods of two victims at once, by the same sources", script => Random(script, 0, 5000, 5, (i, random) =>
            script.Request(random.Ms, Source(random.Next(100)), i % 2 == 0 ? Victim : "192.0.2.10", 7, i, new byte[32])),
            Destination(Severity.Medium, 2300), new Expected("flood.destination", "192.0.2.10", Severity.Medium, 2300));
        yield return Case("flood with two sources, replies that nobody asked for", script => Random(script, 0, 5000, 5, (i, random) =>
            script.Reply(random.Ms, Source(random.Next(2)), Victim, 7, i, new byte[32])), Destination(Severity.Medium, 1200));
        yield return Case("flood in ICMPv6 from 5,000 sources", script => Random(script, 0, 4000, 6, (i, random) =>
            script.Request(random.Ms, $"2001:db8:{random.Next(5000):x}::1", "2001:db8:ffff::7", 7, i, new byte[32])),
            new Expected("flood.destination", "2001:db8:ffff::7", Severity.Medium, 1040));
    }

    private static IEnumerable<EvalCase> Networks()
    {
        yield return Case("carpet over a /16 from 2,000 sources", script => Random(script, 0, 5000, 6, (i, random) =>
            script.Request(random.Ms, Source(random.Next(2000)), $"198.51.{random.Next(256)}.{1 + random.Next(254)}", 7, i, new byte[32])),
            new Expected("flood.prefix", "198.51.0.0/16", Severity.Medium, 1040));
        yield return Case("carpet over an IPv6 /64 from 2,000 sources", script => Random(script, 0, 5000, 6, (i, random) =>
            script.Request(random.Ms, $"2001:db8:{random.Next(2000):x}::1", $"2001:db8:ffff:1::{random.Next(60_000):x}", 7, i, new byte[32])),
            new Expected("flood.prefix", "2001:db8:ffff:1::/64", Severity.Medium, 1040));
        yield return Case("neighbour tables filled from one source: a /64 at random", script => Random(script, 0, 5000, 5, (i, random) =>
            script.Request(random.Ms, "2001:db8:bad::1", $"2001:db8:ffff:1:{random.Next(65_536):x}:{random.Next(65_536):x}:{random.Next(65_536):x}:1", 7, i, new byte[8])),
            new Expected("flood.source", "2001:db8:bad::1", Severity.Medium, 1200));
        yield return Case("carpet over a /24 of replies that nobody asked for, each from another address", script => Random(script, 0, 6000, 2, (i, random) =>
            script.Reply(random.Ms, Source(i), $"198.51.100.{1 + random.Next(254)}", 7, i, new byte[32])),
            new Expected("flood.prefix", "198.51.100.0/24", Severity.Medium, 2700), new Expected("smurf", Expected.AnySubject, Severity.Medium));
    }

    private static IEnumerable<EvalCase> Reflected()
    {
        yield return Case("smurf of 3,000 reflectors all over, 6,000 a second", script => Random(script, 0, 5000, 6, (i, random) =>
            script.Reply(random.Ms, $"{20 + random.Next(50)}.7.{random.Next(60)}.{1 + random.Next(250)}", Victim, 7, i, new byte[32])),
            new Expected("smurf", Victim, Severity.High, 1200));
        yield return Case("smurf over a /24: 400 reflectors", script => Random(script, 0, 5000, 8, (i, random) =>
            script.Reply(random.Ms, Source(random.Next(400)), $"198.51.100.{1 + random.Next(254)}", 7, i, new byte[32])),
            new Expected("flood.prefix", "198.51.100.0/24", Severity.Medium, 900), new Expected("smurf", Expected.AnySubject, Severity.Medium));
        yield return Case("backscatter of a flooded server, 60 a second to a network that asked nothing", script =>
        {
            for (int i = 0; i < 1800; i++)
                script.Reply(i * 16.6, Outside, $"10.7.{i * 37 % 256}.{1 + (i * 11 % 254)}", i * 7919 % 65_536, i, new byte[32]);
        }, new Expected("inverse-mapping", Outside, Severity.Medium));
        yield return Case("backscatter of a flooded server, 3,000 a second", script => Random(script, 0, 6000, 3, (i, random) =>
            script.Reply(random.Ms, Outside, $"10.{random.Next(256)}.{random.Next(256)}.{1 + random.Next(254)}", 7, i, new byte[32])),
            new Expected("flood.source", Outside, Severity.Medium, 1900));
    }

    private static IEnumerable<EvalCase> Errors()
    {
        yield return Case("host unreachables from 500 sources, made up, 4,000 a second", script => Random(script, 0, 5000, 4, (i, random) =>
            script.Error(random.Ms, Source(random.Next(500)), "192.0.2.77", "192.0.2.78", 3, 1, 1, i, Victim)), Destination(Severity.Medium, 1450));
        yield return Case("blacknurse of 300 a second from one source", script => Random(script, 0, 12_000, 0.3, (i, random) =>
            script.Error(random.Ms, Outside, "192.0.2.77", "192.0.2.78", 3, 3, 1, i, Victim)), new Expected("blacknurse", Victim, Severity.Medium, 4600));
        yield return Case("blacknurse of 12,000 a second from 2,000 sources", script => Random(script, 0, 3000, 12, (i, random) =>
            script.Error(random.Ms, Source(random.Next(2000)), "192.0.2.77", "192.0.2.78", 3, 3, 1, i, Victim)), new Expected("blacknurse", Victim, Severity.Critical, 400));
        yield return Case("blacknurse in ICMPv6, 1,500 a second", script => Random(script, 0, 5000, 1.5, (i, random) =>
            script.Error(random.Ms, "2001:db8:bad::1", "2001:db8:1::77", "2001:db8:1::78", 1, 4, 1, i, "2001:db8:ffff::7")),
            new Expected("blacknurse", "2001:db8:ffff::7", Severity.Medium, 1100));
        yield return Case("redirects at 500 a second, the gateway's address made up", script => Random(script, 0, 5000, 0.5, (i, random) =>
            script.Error(random.Ms, "10.0.0.254", Inside, $"198.51.100.{i % 200}", 5, 1, 1, i)), new Expected("redirect", "10.0.0.254", Severity.High));
        yield return Case("redirects from 400 made-up gateways", script => Random(script, 0, 5000, 0.4, (i, random) =>
            script.Error(random.Ms, $"10.0.{random.Next(2)}.{1 + random.Next(200)}", Inside, $"198.51.100.{i % 200}", 5, 1, 1, i)), new Expected("redirect", Expected.AnySubject, Severity.High));
        yield return Case("source quenches from 1,000 sources", script => Random(script, 0, 5000, 0.4, (i, random) =>
            script.Error(random.Ms, Source(random.Next(1000)), Victim, "192.0.2.78", 4, 0, 1, i)), new Expected("source-quench", Expected.AnySubject, Severity.Informational));
    }

    private static IEnumerable<EvalCase> Discovery()
    {
        yield return Case("flood_router6: advertisements of random routers, 2,000 a second", script =>
        {
            script.Add(-5000, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
            byte[] message = new byte[40];
            Random(script, 0, 4000, 2, (i, random) =>
            {
                (message[8], message[9], message[10], message[11]) = (3, 4, 64, 0xC0);
                Ip($"2001:db8:{random.Next(65_536):x}:{random.Next(65_536):x}::").Write(message.AsSpan(24));
                script.Add(random.Ms, Ip($"fe80::{random.Next(65_536):x}:{1 + random.Next(65_535):x}"), Ip("ff02::1"), 134, 0, 0x4000_FFFF, message, 255);
            });
        }, new Expected("router-advert", Expected.AnySubject, Severity.High), new Expected("flood.destination", "ff02::1", Severity.Medium));
        yield return Case("flood_advertise6: neighbour advertisements to everybody, 4,000 a second", script =>
        {
            byte[] target = new byte[16];
            Random(script, 0, 4000, 4, (i, random) =>
            {
                Address own = Ip($"fe80::{random.Next(65_536):x}:{1 + random.Next(65_535):x}");
                own.Write(target);
                script.Add(random.Ms, own, Ip("ff02::1"), 136, 0, 0x2000_0000, target, 255);
            });
        }, new Expected("flood.destination", "ff02::1", Severity.Medium, 1450));
        yield return Case("flood_mld6: listener reports of random groups, 4,000 a second", script =>
        {
            byte[] report = new byte[20];
            Random(script, 0, 4000, 4, (i, random) =>
            {
                report[0] = 4;
                Ip($"ff02::{random.Next(65_536):x}:{random.Next(65_536):x}").Write(report.AsSpan(4));
                script.Add(random.Ms, Ip($"fe80::{random.Next(65_536):x}:{1 + random.Next(65_535):x}"), Ip("ff02::16"), 143, 0, 1, report, 1);
            });
        }, new Expected("flood.destination", "ff02::16", Severity.Medium, 1450));
    }

    private static IEnumerable<EvalCase> Fragments()
    {
        yield return Case("flood of datagrams in three fragments, 1,500 a second", script => Random(script, 0, 5000, 1.5, (i, random) =>
            Fragmented(script, random.Ms, Source(i % 20), Victim, i, 4000)), Destination(Severity.Medium, 3600));
    }

    // RFC 791: an echo request in fragments of 1,480 bytes.
    private static void Fragmented(Script script, double ms, string from, string to, int identification, int bytes)
    {
        const int EthernetBytes = 14, IpBytes = 20, Step = 1480;
        byte[] message = new byte[bytes + FrameBuilder.IcmpHeaderBytes];
        message[0] = 8;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), FrameBuilder.Checksum(message));
        byte[] scratch = new byte[ITraffic.MaxFrameBytes];
        for (int at = 0; at < message.Length; at += Step)
        {
            int part = Math.Min(Step, message.Length - at);
            int length = FrameBuilder.Finish(scratch, new PacketHeader(Ip(from), Ip(to), 64, (ushort)identification), 8, 0, 0, part - FrameBuilder.IcmpHeaderBytes);
            message.AsSpan(at, part).CopyTo(scratch.AsSpan(EthernetBytes + IpBytes));
            BinaryPrimitives.WriteUInt16BigEndian(scratch.AsSpan(EthernetBytes + 6), (ushort)((at / 8) | (at + part < message.Length ? 0x2000 : 0)));
            scratch.AsSpan(EthernetBytes + 10, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(scratch.AsSpan(EthernetBytes + 10), FrameBuilder.Checksum(scratch.AsSpan(EthernetBytes, IpBytes)));
            script.Add(ms + (at / 100_000.0), scratch[..length]);
        }
    }

    // So many packets a millisecond, their times as a Poisson process would not have them but without a beat either.
    private static void Random(Script script, double startMs, double lengthMs, double perMs, Action<int, Moment> packet)
    {
        var random = new Moment((int)(startMs + perMs));
        int packets = (int)(lengthMs * perMs);
        for (int i = 0; i < packets; i++)
        {
            random.Ms = startMs + (i / perMs);
            packet(i, random);
        }
    }

    private static string Source(int i) => $"20.{i / 50_000}.{i / 250 % 200}.{1 + (i % 250)}";

    private static Expected Destination(Severity severity, double withinMs) => new("flood.destination", Victim, severity, withinMs);

    private static EvalCase Case(string name, Action<Script> write, params Expected[] expected) => new(name, () =>
    {
        var script = new Script();
        write(script);
        return script;
    }, expected);

    private sealed class Moment(int seed) : Random(seed)
    {
        public double Ms { get; set; }
    }
}
