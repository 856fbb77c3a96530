using System.Buffers.Binary;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Ordinary traffic that looks odd in one way or another, larger and longer than <see cref="BenignCases"/>.</summary>
internal static class OrdinaryCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9";

    public static IEnumerable<EvalCase> All() =>
    [
        Of("nagios: 10,000 hosts a minute for three minutes", script =>
        {
            for (int round = 0; round < 3; round++)
            {
                for (int host = 0; host < 10_000; host++)
                    script.Ping((round * 60_000) + (host * 6), "10.0.0.9", $"10.{20 + (host / 2500)}.{host / 250 % 10}.{1 + (host % 250)}", 5, round, 1 + (host % 7), host % 50 != 0);
            }
        }),
        Of("smokeping: 500 hosts, twenty probes each, every five minutes", script =>
        {
            // fping: one identifier a run, a probe every 10 ms, and quiet until the next run.
            for (int round = 0; round < 3; round++)
            {
                for (int probe = 0; probe < 20; probe++)
                {
                    for (int host = 0; host < 500; host++)
                        script.Ping((round * 300_000) + (probe * 5000) + (host * 10), "10.0.0.9", $"10.{20 + (host / 250)}.0.{1 + (host % 250)}", 0x4321 + (round * 90), probe, 2, host % 40 != 0);
                }
            }
        }),
        Of("a monitor outside asks 600 of our hosts every two minutes", script =>
        {
            for (int round = 0; round < 5; round++)
            {
                for (int host = 0; host < 600; host++)
                    script.Ping((round * 120_000) + (host * 150), "198.51.100.200", $"10.0.{1 + (host / 250)}.{1 + (host % 250)}", 77, round, 20);
            }
        }),
        Of("path MTU discovery to 400 servers at once", script =>
        {
            for (int i = 0; i < 2000; i++)
                script.Error(i * 15, "192.0.2.1", $"10.0.{i % 3}.{1 + (i % 200)}", $"198.51.{100 + (i % 4)}.{1 + (i % 100)}", 3, 4, 1, i);
        }),
        Of("IPv6 packet too big, to 200 hosts", script =>
        {
            for (int i = 0; i < 1000; i++)
                script.Error(i * 20, "2001:db8:ff::1", $"2001:db8::{1 + (i % 200):x}", "2001:db8:9::9", 2, 0, 1, i);
        }),
        Of("mtr of thirty hops that do not answer, four times a second", script =>
        {
            for (int i = 0; i < 1500; i++)
                script.Ping(i * 33, Inside, "198.51.100.9", 900, i, isAnswered: i % 30 == 29, ttl: (byte)(1 + (i % 30)));
        }),
        Of("mtr in IPv6 for three minutes", script =>
        {
            for (int i = 0; i < 1440; i++)
            {
                int ttl = 1 + (i % 8);
                script.Ping(i * 125, "2001:db8::5", "2001:db8:9::9", 900, i, isAnswered: ttl == 8, ttl: (byte)ttl);
                if (ttl < 8)
                    script.Error((i * 125) + 4, $"2001:db8:ff::{ttl}", "2001:db8::5", "2001:db8:9::9", 3, 0, 900, i);
            }
        }),
        Of("traceroutes of 40 hosts to one server", script =>
        {
            for (int host = 1; host <= 40; host++)
            {
                for (int i = 0; i < 45; i++)
                {
                    int ttl = 1 + (i / 3);
                    double ms = (host * 700) + (i * 50);
                    script.Ping(ms, $"10.0.0.{host}", "198.51.100.9", 0x3000 + host, i, isAnswered: ttl > 12, ttl: (byte)ttl);
                    if (ttl <= 12)
                        script.Error(ms + (3 * ttl), $"192.0.2.{ttl}", $"10.0.0.{host}", "198.51.100.9", 11, 0, 0x3000 + host, i);
                }
            }
        }),
        Of("two programs ping one target side by side", script =>
        {
            for (int i = 0; i < 600; i++)
            {
                script.Ping(i * 1000, Inside, Outside, 0x1111, i);
                script.Ping((i * 1000) + 370, Inside, Outside, 0x8F00, 30_000 + i, ttl: 128);
            }
        }),
        Of("three hosts behind one address ping a resolver, at paces of their own", script =>
        {
            for (int i = 0; i < 300; i++)
            {
                script.Ping(i * 1000, Outside, "198.51.100.53", 0x1111, i, ttl: 57);
                script.Ping(i * 1310, Outside, "198.51.100.53", 1, 9000 + i, bytes: 56, ttl: 121);
                script.Ping(i * 2030, Outside, "198.51.100.53", 0x7A7A, 500 + i, ttl: 249);
            }
        }),
        Of("ping -c 1 in a loop, a random identifier each time", script =>
        {
            var random = new Random(3);
            for (int i = 0; i < 400; i++)
                script.Ping(i * 1100, Inside, "10.0.0.254", random.Next(65_536), 1);
        }),
        Of("ping -c 1 in a loop, ascending process ids, for an hour", script =>
        {
            for (int i = 0; i < 360; i++)
                script.Ping(i * 10_000, Inside, "10.0.0.254", 4000 + (i * 37), 1);
        }),
        Of("a keepalive every ten seconds for an hour, Windows", script =>
        {
            for (int i = 0; i < 360; i++)
                Exchange(script, i * 10_000, Inside, Outside, 1, i, "abcdefghijklmnopqrstuvwabcdefghi"u8, 128);
        }),
        Of("a keepalive each second for an hour, IPv6", script =>
        {
            for (int i = 0; i < 3600; i++)
                script.Ping(i * 1000, "2001:db8::5", "2001:db8:9::9", 77, i);
        }),
        Of("a link that loses four in ten, seen behind it", script =>
        {
            var random = new Random(17);
            for (int i = 0; i < 900; i++)
            {
                if (random.Next(10) >= 4)
                    script.Ping(i * 1000, Outside, Inside, 12, i, 1, random.Next(10) >= 3);
            }
        }),
        Of("a path that alternates between two lengths", script =>
        {
            for (int i = 0; i < 300; i++)
                script.Ping(i * 1000, Outside, Inside, 12, i, 20, ttl: (byte)(i / 20 % 2 == 0 ? 52 : 55));
        }),
        Of("large MTU probes: Windows and Linux, 1,472 to 8,972 bytes", script =>
        {
            foreach (int bytes in (int[])[1472, 1464, 1400, 1300])
            {
                for (int i = 0; i < 40; i++)
                    script.Ping((bytes * 100) + (i * 500), Inside, Outside, bytes, i, bytes: bytes);
            }
        }),
        Of("go-ping: a clock, a random name of the run, ones", script =>
        {
            byte[] name = new byte[16];
            new Random(8).NextBytes(name);
            for (int i = 0; i < 600; i++)
            {
                byte[] payload = new byte[56];
                Array.Fill(payload, (byte)1);
                BinaryPrimitives.WriteInt64BigEndian(payload, StartNs + (i * 1_000_000_000L));
                name.CopyTo(payload, 8);
                Exchange(script, i * 1000, Inside, Outside, 0x3131, i, payload);
            }
        }),
        Of("check_icmp: a timeval, an identifier, zeros", script =>
        {
            for (int i = 0; i < 500; i++)
            {
                byte[] payload = new byte[68 - 8];
                BinaryPrimitives.WriteInt64LittleEndian(payload, (StartNs / 1_000_000_000) + i);
                BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), i * 7919 % 1_000_000);
                BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(16), 4242);
                Exchange(script, i * 1000, Inside, Outside, 4242, i, payload);
            }
        }),
        Of("RIPE Atlas: a clock, then its greeting", script =>
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] payload = new byte[64];
                BinaryPrimitives.WriteInt64LittleEndian(payload, StartNs + (i * 1_000_137L));
                "http://atlas.ripe.net Atlas says Hi!"u8.CopyTo(payload.AsSpan(20));
                Exchange(script, i * 1000, Outside, Inside, 0x5150, i, payload);
            }
        }),
        Of("ping3: the time as a double, then Q", script =>
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] payload = new byte[56];
                Array.Fill(payload, (byte)'Q');
                BinaryPrimitives.WriteDoubleBigEndian(payload, 1_700_000_000.123 + (i * 1.0007));
                Exchange(script, i * 1000, Inside, Outside, 0x0707, i, payload);
            }
        }),
        Of("a blackbox exporter: constant text", script =>
        {
            for (int i = 0; i < 300; i++)
                Exchange(script, i * 1000, Inside, Outside, 99, i, "Prometheus Blackbox Exporter"u8);
        }),
        Of("nping with constant random data", script =>
        {
            byte[] data = new byte[400];
            new Random(4).NextBytes(data);
            for (int i = 0; i < 200; i++)
                Exchange(script, i * 500, Inside, Outside, 0x6666, i + 1, data);
        }),
        Of("ping -p ff00, for two minutes", script =>
        {
            byte[] payload = Iputils(StartNs, 56);
            for (int k = 16; k < 56; k++)
                payload[k] = (byte)(k % 2 == 0 ? 0xFF : 0);
            for (int i = 0; i < 120; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), i * 7919 % 1_000_000);
                Exchange(script, i * 1000, Inside, Outside, 0x2222, i, payload);
            }
        }),
        Of("two load balancers with a constant payload each behind one address", script =>
        {
            byte[] one = new byte[48], other = new byte[48];
            new Random(1).NextBytes(one);
            new Random(2).NextBytes(other);
            for (int i = 0; i < 400; i++)
                Exchange(script, i * 500, Inside, Outside, i % 2 == 0 ? 11 : 12, i / 2, i % 2 == 0 ? one : other);
        }),
        Of("unreachables from forty servers, whole quotes", script =>
        {
            for (int i = 0; i < 400; i++)
            {
                byte[] quote = new byte[ITraffic.MaxFrameBytes];
                Iputils(StartNs, 400).CopyTo(quote.AsSpan(FrameBuilder.PayloadOffset(Ip(Inside))));
                int length = FrameBuilder.Finish(quote, new PacketHeader(Ip(Inside), Ip($"198.51.100.{1 + (i % 20)}"), 60), 8, 0, (uint)(0x50000 | i), 400);
                script.Add(i * 200, Ip($"198.51.100.{1 + (i % 20)}"), Ip(Inside), 3, 1, 0, quote.AsSpan(14, length - 14));
            }
        }),
        Of("neighbour discovery of 1,000 hosts through four routers' solicitations, for a minute", script =>
        {
            byte[] target = new byte[16];
            script.Add(0, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
            for (int i = 0; i < 20_000; i++)
            {
                Address own = Ip($"fe80::{(i % 1000) + 0x100:x}");
                own.Write(target);
                script.Add(10 + (i * 3), Ip($"fe80::{1 + (i % 4)}"), own, 135, 0, 0, target, 255);
                script.Add(11 + (i * 3), own, Ip($"fe80::{1 + (i % 4)}"), 136, 0, 0x6000_0000, target, 255);
            }
        }),
        Of("an office of 200 for ten minutes, errors and losses included",
            new OrdinaryTrafficOptions(StartNs, 600_000, 100, Ip("10.0.0.1"), 200, Ip("198.51.100.1"), 60)),
        Of("an office of 200 in IPv6 for five minutes",
            new OrdinaryTrafficOptions(StartNs, 300_000, 100, Ip("2001:db8::1"), 200, Ip("2001:db8:1::1"), 60)),
    ];

    private static void Exchange(Script script, double ms, string from, string to, int identifier, int sequence, ReadOnlySpan<byte> payload, byte ttl = 64)
    {
        script.Request(ms, from, to, identifier, sequence, payload, ttl);
        script.Reply(ms + 12, to, from, identifier, sequence, payload);
    }

    private static EvalCase Of(string name, OrdinaryTrafficOptions options) => new(name, () => new OrdinaryTraffic(options, 5), []);

    private static EvalCase Of(string name, Action<Script> write) => new(name, () =>
    {
        var script = new Script();
        write(script);
        return script;
    }, []);
}
