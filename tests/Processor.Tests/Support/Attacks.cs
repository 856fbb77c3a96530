using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>Something for every rule to remember, in few packets: what is loud is folded.</summary>
internal static class Attacks
{
    private const EventFlags Headers = EventFlags.HasRestOfHeader | EventFlags.HasChecksum;

    /// <summary>One attack for each rule or pair of rules.</summary>
    private static readonly Func<Random, double, IEnumerable<Packet>>[] All =
    [
        Flood, CarpetBombing, Blacknurse, Smurf, Fragments, Sweep, Recon, InverseMapping, Backscatter, Trace, Redirects, Advertisements, SourceQuench, Deprecated,
        Malformed, Tunnel, Covert, Baseline, Scatter,
    ];

    /// <summary>Every one of them, at random times within 20 s.</summary>
    public static List<Packet> Each(int seed) => Make(seed, static _ => true);

    /// <summary>About one in four.</summary>
    public static List<Packet> Some(int seed) => Make(seed, static random => random.Next(4) == 0);

    private static List<Packet> Make(int seed, Func<Random, bool> isWanted)
    {
        var random = new Random(seed ^ 0xA77AC);
        var packets = new List<Packet>();
        foreach (Func<Random, double, IEnumerable<Packet>> attack in All)
        {
            bool wanted = isWanted(random);
            double fromMs = random.Next(20_000_000) / 1000.0;
            if (wanted)
                packets.AddRange(attack(random, fromMs));
        }

        return packets;
    }

    private static IEnumerable<Packet> Flood(Random random, double fromMs) =>
        Slots(fromMs, 90).Select((ms, i) => Request(ms, $"203.0.113.{i % 3}", "10.0.0.1", i, 77) with { Count = 400, SpanNs = 90_000_000 });

    private static IEnumerable<Packet> CarpetBombing(Random random, double fromMs) =>
        Slots(fromMs, 80).SelectMany((ms, i) => Enumerable.Range(0, 2).Select(j => Request(ms, $"203.0.113.{10 + j}", $"10.7.7.{((2 * i) + j) % 200}", i) with { Count = 90, SpanNs = 90_000_000 }));

    private static IEnumerable<Packet> Blacknurse(Random random, double fromMs) =>
        Slots(fromMs, 70).Select(ms => Error(ms, "203.0.113.20", "10.0.0.2", "198.51.100.9", type: 3, code: 3) with { Count = 40, SpanNs = 90_000_000 });

    private static IEnumerable<Packet> Smurf(Random random, double fromMs) =>
        Enumerable.Range(0, 20).Select(i => Request(fromMs + (40 * i), "10.0.0.3", "10.8.8.255", i))
            .Concat(Enumerable.Range(0, 60).Select(i => Reply(fromMs + (30 * i) + 5, $"10.8.8.{i + 1}", "10.0.0.3", i)));

    private static IEnumerable<Packet> Fragments(Random random, double fromMs) =>
        Enumerable.Range(0, 3).Select(i => Request(fromMs + (700 * i), "203.0.113.30", "10.0.0.4", i) with { Outcome = i == 1 ? DecodeOutcome.FragmentOverlap : DecodeOutcome.FragmentOverlong });

    private static IEnumerable<Packet> Sweep(Random random, double fromMs) =>
        Enumerable.Range(0, 90).Select(i => Request(fromMs + (150 * i), "203.0.113.40", $"10.9.{i / 40}.{i % 40}", i));

    private static IEnumerable<Packet> Recon(Random random, double fromMs) =>
        Enumerable.Range(0, 8).Select(i => Old(fromMs + (900 * i), "203.0.113.50", $"10.0.1.{i % 7}", (byte)(13 + (2 * (i % 3)))));

    private static IEnumerable<Packet> InverseMapping(Random random, double fromMs) =>
        Enumerable.Range(0, 40).Select(i => Reply(fromMs + (200 * i), "203.0.113.60", $"10.0.2.{i + 1}", i));

    private static IEnumerable<Packet> Backscatter(Random random, double fromMs) =>
        Enumerable.Range(0, 60).Select(i => Reply(fromMs + (180 * i), $"198.51.{i % 9}.{i + 1}", "10.0.0.5", i));

    private static IEnumerable<Packet> Trace(Random random, double fromMs) =>
        Enumerable.Range(0, 12).SelectMany(i => new[]
        {
            Request(fromMs + (400 * i), "10.0.0.6", "198.51.100.60", i, 5),
            Error(fromMs + (400 * i) + 8, $"192.0.2.{(i % 8) + 1}", "10.0.0.6", "198.51.100.60", i, 5),
        });

    private static IEnumerable<Packet> Redirects(Random random, double fromMs) =>
        Enumerable.Range(0, 4).Select(i => Error(fromMs + (1500 * i), "10.0.0.250", "10.0.0.7", "198.51.100.70", i, 6, type: 5, code: 1) with { Identifier = 0x0A00, Sequence = (ushort)(200 + (i % 2)) });

    private static IEnumerable<Packet> Advertisements(Random random, double fromMs) =>
        Enumerable.Range(0, 8).Select(i => Old(fromMs + (800 * i), i < 3 ? "10.0.0.251" : $"10.0.0.{251 + (i % 3)}", "224.0.0.1", 9));

    private static IEnumerable<Packet> SourceQuench(Random random, double fromMs) =>
        Enumerable.Range(0, 4).Select(i => Error(fromMs + (1200 * i), "10.0.0.252", $"10.0.0.{8 + (i % 2)}", "198.51.100.80", i, 6, type: 4));

    private static IEnumerable<Packet> Deprecated(Random random, double fromMs) =>
        Enumerable.Range(0, 4).Select(i => Old(fromMs + (1100 * i), "10.0.0.9", $"10.0.3.{i % 3}", (byte)(30 + i)));

    private static IEnumerable<Packet> Malformed(Random random, double fromMs) =>
        Slots(fromMs, 70).Select((ms, i) => Request(ms, "203.0.113.90", "10.0.0.10", i) with { Outcome = i % 2 == 0 ? DecodeOutcome.BadChecksum : DecodeOutcome.OptionMalformed, Count = 3, SpanNs = 1000 });

    private static IEnumerable<Packet> Tunnel(Random random, double fromMs) =>
        Enumerable.Range(0, 60).SelectMany(i => new[]
        {
            Request(fromMs + (180 * i), "10.0.0.11", "198.51.100.11", 7, 9, (ulong)random.NextInt64()) with { MessageBytes = (ushort)(500 + (i * 7)), Signatures = i % 9 == 4 ? 1u << (i % 5) : 0 },
            Reply(fromMs + (180 * i) + 4, "198.51.100.11", "10.0.0.11", 7, 9, (ulong)random.NextInt64()) with { MessageBytes = (ushort)(300 + (i * 5)) },
        });

    private static IEnumerable<Packet> Covert(Random random, double fromMs) =>
        Enumerable.Range(0, 80).Select(i => Request(fromMs + (130 * i), "10.0.0.12", "198.51.100.12", random.Next(65_536), 0x4141 + (i % 20)) with { Code = (byte)(i % 3) });

    // One that floods many, none of them with more than half.
    private static IEnumerable<Packet> Scatter(Random random, double fromMs) =>
        Slots(fromMs, 70).Select((ms, i) => Request(ms, "203.0.113.100", $"192.0.{i % 23}.{i}", i) with { Count = 150, SpanNs = 90_000_000 });

    // Loud enough for a meter, and too quiet for an alert: what is usual is learnt.
    private static IEnumerable<Packet> Baseline(Random random, double fromMs) =>
        Slots(0, 250).Select((ms, i) => Request(ms, "10.0.0.13", "198.51.100.13", i) with { Count = 30, SpanNs = 50_000_000 });

    private static Packet Old(double ms, string from, string to, byte type) =>
        Request(ms, from, to) with { Type = type, Flags = Headers, MessageBytes = 20 };

    private static IEnumerable<double> Slots(double fromMs, int count) => Enumerable.Range(0, count).Select(i => fromMs + (100 * i));
}
