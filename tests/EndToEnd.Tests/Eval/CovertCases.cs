using System.Text;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Data where nobody looks for it: in header fields, in the time between requests, behind messages that have no place for any.</summary>
internal static class CovertCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9", Inside6 = "2001:db8::5", Outside6 = "2001:db8:9::9";

    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("alice:Winter2024! bob:hunter2 carol:letmein dave:qwerty erin:correct-horse-battery-staple frank:123456 grace:opensesame heidi:swordfish ivan:iloveyou");

    public static IEnumerable<EvalCase> All() =>
    [
        .. Header("the identifier, random", (script, from, to, i, random) => script.Ping(i * 1000, from, to, random.Next(65_536), i)),
        .. Header("the identifier, text, empty requests", (script, from, to, i, random) => script.Request(i * 1000, from, to, Two(i), 0, [])),
        .. Header("the identifier, text, whole pings", (script, from, to, i, random) => script.Ping(i * 1000, from, to, Two(i), 1)),
        .. Header("the sequence number, random", (script, from, to, i, random) => script.Ping(i * 1000, from, to, 7, random.Next(65_536))),
        .. Header("the sequence number, text", (script, from, to, i, random) => script.Ping(i * 700, from, to, 7, Two(i))),
        .. Header("the TTL, twenty values", (script, from, to, i, random) => script.Ping(i * 1000, from, to, 7, i, ttl: (byte)(40 + random.Next(20)))),
        .. Header("the TTL, two values", (script, from, to, i, random) => script.Ping(i * 1000, from, to, 7, i, ttl: (byte)(random.Next(2) == 0 ? 64 : 128)), steps: 240),
        .. Header("the code", (script, from, to, i, random) => script.Add(i * 1000, Ip(from), Ip(to), Ip(from).IsIpv4 ? (byte)8 : (byte)128, (byte)(1 + random.Next(255)), (uint)(0x70000 | i), Iputils(StartNs, 56))),
        .. Timing("the time between requests, 1 or 2 s", 1000, 2000),
        .. Timing("the time between requests, 200 or 350 ms", 200, 350),
        Checksum(),
        .. Stowed("timestamp requests", 13, 100, Inside, Outside, new Expected("recon.types", Inside, Severity.Low)),
        .. Stowed("timestamp replies", 14, 60, Inside, Outside),
        .. Stowed("address mask requests", 17, 64, Inside, Outside, new Expected("recon.types", Inside, Severity.Low)),
        .. Stowed("information requests", 15, 48, Inside, Outside, new Expected("recon.types", Inside, Severity.Low)),
        .. Stowed("an unassigned type", 200, 48, Inside, Outside),
        .. Stowed("an unassigned ICMPv6 type", 80, 48, Inside6, Outside6),
        .. Stowed("a type reserved for experiments", 253, 120, Inside, Outside),
        BehindQuote("unreachables, 300 bytes behind the quote", 3, 1, 300),
        BehindQuote("unreachables, 48 bytes behind the quote", 3, 1, 48),
        BehindQuote("time exceeded, 64 bytes behind the quote", 11, 0, 64),
        BehindQuote("redirects, 200 bytes behind the quote", 5, 1, 200, new Expected("redirect", Outside, Severity.High)),
    ];

    private static IEnumerable<EvalCase> Header(string name, Action<Script, string, string, int, Random> packet, int steps = 120)
    {
        foreach ((string from, string to) in ((string, string)[])[(Inside, Outside), (Inside6, Outside6)])
        {
            Script Make()
            {
                var (script, random) = (new Script(), new Random(21));
                for (int i = 0; i < steps; i++)
                    packet(script, from, to, i, random);
                return script;
            }

            yield return Case($"data in {name}{(from == Inside ? "" : ", ICMPv6")}", Make, from, to);
        }
    }

    private static IEnumerable<EvalCase> Timing(string name, double shortMs, double longMs)
    {
        yield return Case("data in " + name, () =>
        {
            var (script, random, ms) = (new Script(), new Random(9), 0.0);
            for (int i = 0; i < 240; i++)
            {
                script.Ping(ms, Inside, Outside, 7, i);
                ms += (random.Next(2) == 0 ? shortMs : longMs) + random.Next(8);
            }

            return script;
        }, Inside, Outside);
    }

    private static EvalCase Checksum() => Case("data in the checksum of requests that nobody answers", () =>
    {
        var (script, random) = (new Script(), new Random(5));
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        for (int i = 0; i < 100; i++)
        {
            Iputils(StartNs, 56).CopyTo(frame.AsSpan(FrameBuilder.PayloadOffset(Ip(Inside))));
            int length = FrameBuilder.Finish(frame, new PacketHeader(Ip(Inside), Ip(Outside)), 8, 0, (uint)(0x70000 | i), 56);
            random.NextBytes(frame.AsSpan(36, 2));
            script.Add(i * 1000, frame[..length]);
        }

        return script;
    }, Inside, Outside);

    private static IEnumerable<EvalCase> Stowed(string name, byte type, int bytes, string from, string to, params Expected[] besides)
    {
        yield return Case($"data in {name}", () =>
        {
            var (script, random) = (new Script(), new Random(4));
            byte[] data = new byte[bytes];
            for (int i = 0; i < 30; i++)
            {
                random.NextBytes(data);
                script.Add(i * 500, Ip(from), Ip(to), type, 0, (uint)i, data);
            }

            return script;
        }, from, to, besides);
    }

    private static EvalCase BehindQuote(string name, byte type, byte code, int bytes, params Expected[] besides) => Case("data in " + name, () =>
    {
        var (script, random) = (new Script(), new Random(4));
        for (int i = 0; i < 30; i++)
        {
            byte[] quote = new byte[ITraffic.MaxFrameBytes];
            Iputils(StartNs, 56).CopyTo(quote.AsSpan(FrameBuilder.PayloadOffset(Ip(Inside))));
            int length = FrameBuilder.Finish(quote, new PacketHeader(Ip(Inside), Ip("192.0.2.55"), 60), 8, 0, (uint)(0x50000 | i), 56);
            byte[] message = new byte[length - 14 + bytes];
            quote.AsSpan(14, length - 14).CopyTo(message);
            random.NextBytes(message.AsSpan(length - 14));
            script.Add(i * 500, Ip(Outside), Ip(Inside), type, code, type == 5 ? Ip("10.0.0.66").Ipv4 : 0, message);
        }

        return script;
    }, Outside, Inside, besides);

    private static int Two(int i) => (Secret[2 * i % Secret.Length] << 8) | Secret[((2 * i) + 1) % Secret.Length];

    private static EvalCase Case(string name, Func<ITraffic> make, string from, string to, params Expected[] besides) =>
        new(name, make, [new Expected("tunnel.behaviour", $"{from}>{to}", Severity.Medium), .. besides]);
}
