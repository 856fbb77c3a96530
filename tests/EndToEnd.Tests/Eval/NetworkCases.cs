using System.Buffers.Binary;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>What networks do by themselves, and what those who run them do: failures, probes of clouds and programs, health checks.</summary>
internal static class NetworkCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9";

    public static IEnumerable<EvalCase> All() =>
    [
        Of("Zabbix: fping -C 3 of 1,500 hosts at once each minute", script =>
        {
            byte[] payload = new byte[56];
            for (int round = 0; round < 4; round++)
            {
                for (int probe = 0; probe < 3; probe++)
                {
                    for (int host = 0; host < 1500; host++)
                    {
                        BinaryPrimitives.WriteInt32LittleEndian(payload, probe);
                        Exchange(script, (round * 60_000) + (probe * 1000) + (host / 2.0), "10.0.0.9", $"10.{30 + (host / 250)}.0.{1 + (host % 250)}", 0x1200 + round, probe, payload, answered: host % 70 != 0);
                    }
                }
            }
        }),
        Of("go-ping started anew for each probe: a clock and another UUID each time", script =>
        {
            var random = new Random(6);
            for (int i = 0; i < 200; i++)
            {
                byte[] payload = new byte[24];
                random.NextBytes(payload);
                BinaryPrimitives.WriteInt64BigEndian(payload, StartNs + (i * 3_000_000_000L) - 40_000);
                payload[14] = (byte)((payload[14] & 0x0F) | 0x40);
                payload[16] = (byte)((payload[16] & 0x3F) | 0x80);
                Exchange(script, i * 3000, Inside, Outside, random.Next(65_536), 0, payload);
            }
        }),
        Of("mtr at ten a second to fifty servers", script =>
        {
            for (int i = 0; i < 300; i++)
            {
                for (int server = 1; server <= 50; server++)
                {
                    int ttl = 1 + (i % 10);
                    double ms = (i * 100) + server;
                    script.Ping(ms, Inside, $"198.51.100.{server}", 900 + server, i, isAnswered: ttl == 10, ttl: (byte)ttl);
                    if (ttl < 10)
                        script.Error(ms + ttl, $"192.0.2.{ttl}", Inside, $"198.51.100.{server}", 11, 0, 900 + server, i);
                }
            }
        }),
        Of("paris traceroutes to thirty servers: one checksum, so identifiers that fall", script =>
        {
            for (int server = 1; server <= 30; server++)
            {
                for (int i = 0; i < 36; i++)
                {
                    int ttl = 1 + (i / 3);
                    double ms = (server * 900) + (i * 20);
                    script.Ping(ms, Inside, $"198.51.100.{server}", 0x8000 - i, i, isAnswered: ttl == 12, ttl: (byte)ttl);
                    if (ttl < 12)
                        script.Error(ms + ttl, $"192.0.2.{ttl}", Inside, $"198.51.100.{server}", 11, 0, 0x8000 - i, i);
                }
            }
        }),
        Of("a path MTU black hole: one size never answered, smaller ones are", script =>
        {
            for (int i = 0; i < 300; i++)
                script.Ping(i * 500, Inside, Outside, 77, i, isAnswered: i % 2 == 0, bytes: i % 2 == 0 ? 1372 : 1472);
        }),
        Of("a router starts anew: 5,000 unreachables about as many connections in ten seconds", script =>
        {
            for (int i = 0; i < 5000; i++)
                script.Error(i * 2, "10.0.0.254", $"10.0.{i % 4}.{1 + (i % 240)}", $"198.51.{i % 100}.{1 + (i % 200)}", 3, i % 3 == 0 ? (byte)0 : (byte)1, 1, i);
        }),
        Of("a link flaps: the monitor, known for three minutes, hears host unreachable of 300 hosts for two more", script =>
        {
            for (int i = 0; i < 30_000; i++)
            {
                double ms = i * 10;
                string host = $"10.40.{i % 300 / 250}.{1 + (i % 250)}";
                bool isDown = i >= 18_000;
                script.Ping(ms, "10.0.0.9", host, 0x55, i / 300, isAnswered: !isDown);
                if (isDown)
                    script.Error(ms + 3, "10.0.0.254", "10.0.0.9", host, 3, 1, 0x55, i / 300);
            }
        }),
        Of("IPv6: 1,000 hosts start, all by the book: reports, duplicate checks, solicitations, advertisements", script =>
        {
            script.Add(0, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
            byte[] target = new byte[16], report = new byte[20];
            for (int host = 1; host <= 1000; host++)
            {
                Address own = Ip($"fe80::{host + 0x100:x}"), node = Ip($"ff02::1:ff00:{host:x}");
                own.Write(target);
                report[0] = 4;
                node.Write(report.AsSpan(4));
                for (int again = 0; again < 2; again++)
                {
                    script.Add(100 + (host * 3) + (again * 700), Ip("::"), Ip("ff02::16"), 143, 0, 1, report, 1);
                    script.Add(1900 + (host * 3) + (again * 900), own, Ip("ff02::16"), 143, 0, 1, report, 1);
                }

                script.Add(200 + (host * 3), Ip("::"), node, 135, 0, 0, target, 255);
                script.Add(1300 + (host * 3), own, Ip("ff02::2"), 133, 0, 0, [], 255);
                script.Add(1310 + (host * 3), Ip("fe80::1"), own, 134, 0, 0x4000_0708, new byte[8], 255);
                script.Add(1500 + (host * 3), own, Ip("ff02::1:ff00:1"), 135, 0, 0, target, 255);
                script.Add(1501 + (host * 3), Ip("fe80::1"), own, 136, 0, 0xE000_0000, target, 255);
            }
        }),
        Of("a TTL loop: one packet's time exceeded from two routers in turn, fifty pairs", script =>
        {
            for (int i = 0; i < 2000; i++)
            {
                script.Ping(i * 20, Inside, $"198.51.100.{1 + (i % 50)}", 3, i / 50, isAnswered: false);
                script.Error((i * 20) + 2, i % 2 == 0 ? "192.0.2.1" : "192.0.2.2", Inside, $"198.51.100.{1 + (i % 50)}", 11, 0, 3, i / 50);
            }
        }),
        Of("two firewalls keep each other alive: ten a second, 16 constant bytes, for five minutes", script =>
        {
            for (int i = 0; i < 3000; i++)
            {
                Exchange(script, i * 100, "10.0.0.2", "10.0.0.3", 0x10, i, "HA-KEEPALIVE-01\0"u8);
                Exchange(script, (i * 100) + 50, "10.0.0.3", "10.0.0.2", 0x10, i, "HA-KEEPALIVE-02\0"u8);
            }
        }),
        Of("health checks of a load balancer: sixteen servers, two probers, each second", script =>
        {
            byte[] one = new byte[32];
            new Random(2).NextBytes(one);
            for (int i = 0; i < 300; i++)
            {
                for (int server = 0; server < 16; server++)
                {
                    Exchange(script, (i * 1000) + server, "10.0.0.2", $"10.0.8.{1 + server}", 0x77, (i * 16) + server, one);
                    Exchange(script, (i * 1000) + 400 + server, "10.0.0.3", $"10.0.8.{1 + server}", 0x78, (i * 16) + server, one);
                }
            }
        }),
        Of("a game's launcher pings 200 servers, four times each, at once", script =>
        {
            for (int client = 0; client < 5; client++)
            {
                for (int probe = 0; probe < 4; probe++)
                {
                    for (int server = 0; server < 200; server++)
                        Exchange(script, (client * 20_000) + (probe * 1000) + (server * 2), $"10.0.0.{50 + client}", $"{60 + (server % 40)}.9.{server}.17", 1, (probe * 200) + server, "abcdefghijklmnopqrstuvwabcdefghi"u8, 30, server % 12 != 0);
                }
            }
        }),
        Of("a video conference ends: port unreachables at 150 a second for three seconds, twenty times", script =>
        {
            for (int burst = 0; burst < 20; burst++)
            {
                for (int i = 0; i < 450; i++)
                    script.Error((burst * 20_000) + (i * 6.6), $"10.0.0.{20 + burst}", $"198.51.100.{1 + (burst % 3)}", $"10.0.0.{20 + burst}", 3, 3, 1, i);
            }
        }),
        Of("probes of three clouds: one address each, constant payloads, once in ten seconds to 40 hosts", script =>
        {
            string[] probers = ["169.254.169.1", "168.63.129.16", "35.191.0.9"];
            for (int i = 0; i < 60; i++)
            {
                for (int host = 0; host < 40; host++)
                {
                    for (int cloud = 0; cloud < probers.Length; cloud++)
                        Exchange(script, (i * 10_000) + (host * 9) + cloud, probers[cloud], $"10.0.5.{1 + host}", cloud, i, new byte[8 + (cloud * 8)]);
                }
            }
        }),
        Of("Google cuts replies to large pings to 64 bytes", script =>
        {
            for (int i = 0; i < 120; i++)
            {
                byte[] payload = Iputils(StartNs + (i * 1_000_000_000L), 1400);
                script.Request(i * 1000, Inside, "8.8.8.8", 12, i, payload);
                script.Reply((i * 1000) + 9, "8.8.8.8", Inside, 12, i, payload.AsSpan(0, 68));
            }
        }),
        Of("ping -f by an administrator: 900 a second, answered, for twenty seconds", script =>
        {
            for (int i = 0; i < 18_000; i++)
                script.Ping(i * 1.11, Inside, "10.0.0.254", 31, i, 0.4);
        }),
        Of("pings of all lengths from 64 to 1,400, eight more each time", script =>
        {
            for (int i = 0; i < 168; i++)
                script.Ping(i * 300, Inside, Outside, 31, i, bytes: 56 + (i * 8));
        }),
        Of("ping -g: lengths that rise, and begin anew", script =>
        {
            for (int i = 0; i < 300; i++)
                script.Ping(i * 1000, Inside, Outside, 31, i, bytes: 56 + (i % 50 * 20));
        }),
        Of("two probes of smokeping side by side, 56 and 1,000 bytes", script =>
        {
            for (int i = 0; i < 400; i++)
                script.Ping(i * 1000, Inside, Outside, i % 2 == 0 ? 31 : 32, i / 2, bytes: i % 2 == 0 ? 56 : 1000);
        }),
        Of("two constant fillings by one program in turn", script =>
        {
            byte[] one = new byte[56], other = new byte[56];
            Array.Fill(one, (byte)0x55);
            Array.Fill(other, (byte)0xAA);
            for (int i = 0; i < 400; i++)
                Exchange(script, i * 1000, Inside, Outside, i % 2 == 0 ? 31 : 32, i / 2, i % 2 == 0 ? one : other);
        }),
        Of("twenty hosts of one system behind one address ping a resolver", script => Translated(script, 20, 240, _ => (63, 56))),
        Of("forty hosts of one system behind one address ping a resolver", script => Translated(script, 40, 120, _ => (63, 56))),
        Of("a hundred hosts of three systems behind one address ping a resolver", script => Translated(script, 100, 60, host => (host % 3 == 0 ? 127 : 63, host % 3 == 1 ? 56 : 32))),
        Of("multicast DNS responders' unreachables, 30 hosts, plausible", script =>
        {
            for (int i = 0; i < 900; i++)
                script.Error(i * 66, $"10.0.0.{50 + (i % 30)}", "10.0.0.20", $"10.0.0.{50 + (i % 30)}", 3, 3, 1, i);
        }),
        Of("a ping of all nodes: sixty answer, six times", script =>
        {
            for (int i = 0; i < 6; i++)
            {
                script.Request(i * 1000, "fe80::9", "ff02::1", 7, i, Iputils(StartNs, 56));
                for (int host = 0; host < 60; host++)
                    script.Reply((i * 1000) + 1 + host, $"fe80::{0x100 + host:x}", "fe80::9", 7, i, Iputils(StartNs, 56));
            }
        }),
        Of("NTP's old hands: one host asks its server for a timestamp now and then", script =>
        {
            for (int i = 0; i < 10; i++)
            {
                script.Add(i * 30_000, Ip(Inside), Ip("10.0.0.1"), 13, 0, 0x0007_0000u | (uint)i, new byte[12]);
                script.Add((i * 30_000) + 1, Ip("10.0.0.1"), Ip(Inside), 14, 0, 0x0007_0000u | (uint)i, new byte[12]);
            }
        }),
    ];

    // Each counts by itself, and what the translator makes of its identifier stays.
    private static void Translated(Script script, int hosts, int seconds, Func<int, (int Ttl, int Bytes)> system)
    {
        var random = new Random(hosts);
        for (int host = 0; host < hosts; host++)
        {
            (int identifier, int sequence, double phaseMs) = (random.Next(65_536), random.Next(3000), random.Next(1000));
            (int ttl, int bytes) = system(host);
            for (int i = 0; i < seconds; i++)
                script.Ping(phaseMs + (i * (1000 + (host % 7))), Outside, "198.51.100.53", identifier, sequence + i, 9, bytes: bytes, ttl: (byte)ttl);
        }
    }

    private static void Exchange(Script script, double ms, string from, string to, int identifier, int sequence, ReadOnlySpan<byte> payload, double rttMs = 3, bool answered = true)
    {
        script.Request(ms, from, to, identifier, sequence, payload);
        if (answered)
            script.Reply(ms + rttMs, to, from, identifier, sequence, payload);
    }

    private static EvalCase Of(string name, Action<Script> write) => new(name, () =>
    {
        var script = new Script();
        write(script);
        return script;
    }, []);
}
