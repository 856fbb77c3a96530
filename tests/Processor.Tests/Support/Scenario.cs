using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>Random traffic with a bit of everything, the same for the same seed.</summary>
internal static class Scenario
{
    /// <summary>In order of time, each with its frame number.</summary>
    public static List<Packet> Make(int seed, int exchanges = 400, bool flood = true, IEnumerable<Packet>? attacks = null)
    {
        var random = new Random(seed);
        var packets = new List<Packet>();
        for (int i = 0; i < exchanges; i++)
        {
            bool v6 = random.Next(5) == 0;
            string from = v6 ? $"2001:db8::{random.Next(1, 40):x}" : $"10.0.{random.Next(3)}.{random.Next(1, 30)}";
            string to = v6 ? $"2001:db8:1::{random.Next(1, 40):x}" : $"172.16.{random.Next(3)}.{random.Next(1, 30)}";
            double ms = random.Next(30_000_000) / 1000.0;
            int sequence = random.Next(4);
            int identifier = random.Next(2);
            ulong payload = (ulong)random.Next(3);
            Packet request = Request(ms, from, to, sequence, identifier, payload);
            Packet reply = Reply(ms + (random.Next(200_000) / 1000.0), to, from, sequence, identifier, payload);
            packets.Add(request);
            switch (random.Next(10))
            {
                case 0:
                    break;
                case 1:
                    packets.Add(reply);
                    packets.Add(reply with { TimeNs = reply.TimeNs + 1_000_000 });
                    break;
                case 2:
                    packets.Add(reply with { Payload = 99 });
                    break;
                case 3:
                    packets.Add(Error(ms + 5, v6 ? "2001:db8:ff::1" : "192.0.2.1", from, to, sequence, identifier, v6 ? (byte)3 : (byte)11));
                    break;
                case 4:
                    packets.Add(reply with { TimeNs = reply.TimeNs + 11_000_000_000 });
                    break;
                case 5:
                    packets.Add(request with { Count = 20, SpanNs = 1000 });
                    packets.Add(reply with { Sequence = 77 });
                    break;
                case 7:
                    packets.Add(reply with { Identifier = 999 });
                    break;
                case 6:
                    packets.Add(reply with { Type = 5, Flags = EventFlags.None });
                    break;
                default:
                    packets.Add(reply);
                    break;
            }
        }

        packets.AddRange(Pings(new Random(seed ^ 0x9176)));
        packets.Add(Request(45_000, "10.0.0.1", "172.16.0.1", 9, 9));
        packets.AddRange(Casts.Some(seed));
        packets.AddRange(attacks ?? []);
        if (flood)
        {
            for (int i = 0; i < 7000; i++)
                packets.Add(Request(8000 + (i / 2.0), $"203.0.113.{i % 3}", "10.0.0.1", i & 0xFFFF, 77));
            for (int i = 0; i < 2000; i++)
                packets.Add(Request(9000 + i, $"198.18.{i / 200}.{i % 200}", "10.0.0.7", i & 0xFFFF, 78));
        }

        return [.. packets.OrderBy(p => p.TimeNs).Select((p, i) => p with { Frame = i + 1 })];
    }

    /// <summary>Pairs that ping steadily, two of them each other, so that windows have enough round-trip times for a record.</summary>
    private static IEnumerable<Packet> Pings(Random random)
    {
        (string From, string To)[] pairs = [("10.0.9.1", "172.16.9.1"), ("172.16.9.1", "10.0.9.1"), ("2001:db8:9::1", "2001:db8:9::2")];
        foreach ((string from, string to) in pairs)
        {
            double startMs = random.Next(12_000);
            double usualMs = 0.1 * (1 << random.Next(10));
            for (int i = 0; i < 15; i++)
            {
                double requestMs = startMs + (620 * i);
                double rttMs = i == 3 ? 10_500 : usualMs * (1 + (random.Next(300) / 1000.0));
                yield return Request(requestMs, from, to, i, 21);
                yield return Reply(requestMs + rttMs, to, from, i, 21);
            }
        }
    }

    /// <summary>Moves packets out of order by less than the given time, as a capture with the same timestamps would have them.</summary>
    public static List<Packet> Shuffle(IEnumerable<Packet> packets, int seed, long byNs)
    {
        var random = new Random(seed);
        return [.. packets.Select(p => (Key: p.TimeNs + random.NextInt64(byNs), Packet: p)).OrderBy(x => x.Key).Select(x => x.Packet)];
    }
}
