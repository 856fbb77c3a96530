using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Generate;

/// <summary>What <c>--traffic</c> can name.</summary>
internal enum TrafficKind
{
    /// <summary>Pings with answers, losses and errors.</summary>
    Ordinary,

    /// <summary>Echo requests from many sources to one victim.</summary>
    Flood,

    /// <summary>A session inside echo messages, as ptunnel makes it.</summary>
    Tunnel,

    /// <summary>One source that asks address after address.</summary>
    Sweep,
}

/// <summary>One part of a mix, as <c>--traffic KIND[:key=value,...]</c> says it: <c>flood:rate=50000,from=198.51.100.1,sources=1000,to=203.0.113.9</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Rate">Packets a second; for a tunnel exchanges, for ordinary traffic and sweeps questions.</param>
/// <param name="From">The first source.</param>
/// <param name="To">The first destination.</param>
/// <param name="Sources">How many sources, one behind the other.</param>
/// <param name="Targets">How many destinations.</param>
/// <param name="StartMs">From the start of the capture to its first packet, ms.</param>
/// <param name="DurationMs">How long it lasts, ms; null for as long as the capture.</param>
internal sealed record TrafficPart(TrafficKind Kind, long Rate, Address From, Address To, uint Sources, uint Targets, long StartMs, long? DurationMs)
{
    /// <summary>More than any link carries, and few enough that no product overflows.</summary>
    private const long MostPackets = 100_000_000;

    /// <summary>A day: what lasts longer is made of several captures.</summary>
    public const long MostMs = 86_400_000;

    /// <summary>Reads one.</summary>
    public static ValueKind<TrafficPart> Values { get; } = new(
        "ordinary, flood, tunnel or sweep, with :rate=N,from=ADDR,to=ADDR,sources=N,targets=N,start=S,duration=S behind it as needed, both addresses of one family",
        TryParse)
    {
        Problem = text => TryRead(text, out _),
    };

    /// <summary>The part as frames.</summary>
    /// <param name="startNs">Start of the capture, ns since the epoch.</param>
    /// <param name="durationMs">Length of the capture, ms.</param>
    /// <param name="seed">Decides all that is left to chance.</param>
    public ITraffic Frames(long startNs, long durationMs, ulong seed)
    {
        long firstNs = startNs + (StartMs * 1_000_000);
        long lastsMs = Math.Max(0, Math.Min(DurationMs ?? durationMs, durationMs - StartMs));
        long count = Rate * lastsMs / 1000;
        return Kind switch
        {
            TrafficKind.Flood => new EchoFlood(new EchoFloodOptions(firstNs, lastsMs, Rate, From, Sources, To), seed),
            TrafficKind.Tunnel => new EchoTunnel(new EchoTunnelOptions(firstNs, 1_000_000_000 / Rate, count, From, To, InnerTarget, TunnelIdentifier, TunnelDataBytes), seed),
            TrafficKind.Sweep => new EchoSweep(new EchoSweepOptions(firstNs, Math.Max(2, 1_000_000_000 / Rate), From, To, (uint)Math.Min(count, Targets), OneAnswersOf: 10), seed),
            _ => new OrdinaryTraffic(new OrdinaryTrafficOptions(firstNs, lastsMs, Rate, From, Sources, To, Targets), seed),
        };
    }

    private const ushort TunnelIdentifier = 0x2B67;

    /// <summary>ptunnel's default (kDefault_buf_size).</summary>
    private const int TunnelDataBytes = 1024;

    private static readonly Address InnerTarget = Known("192.0.2.22");

    // Documentation addresses (RFC 5737) and RFC 2544's range for benchmarks: none belongs to anybody.
    private static TrafficPart Default(TrafficKind kind) => kind switch
    {
        TrafficKind.Flood => new(kind, 20_000, Known("198.18.0.1"), Known("203.0.113.9"), 100, 1, 10_000, 10_000),
        TrafficKind.Tunnel => new(kind, 20, Known("10.0.0.77"), Known("203.0.113.77"), 1, 1, 5_000, null),
        TrafficKind.Sweep => new(kind, 50, Known("198.51.100.7"), Known("10.0.1.1"), 1, 250, 15_000, null),
        _ => new(kind, 500, Known("10.0.0.1"), Known("192.0.2.1"), 50, 20, 0, null),
    };

    private static bool TryParse(string text, [MaybeNullWhen(false)] out TrafficPart part) => TryRead(text, out part) is null && part is not null;

    /// <summary>What is wrong with the text; null where nothing is, and where its kind is none, so that what is allowed says more.</summary>
    private static string? TryRead(string text, out TrafficPart? part)
    {
        part = null;
        string[] halves = text.Split(':', 2);
        if (!Enum.TryParse(halves[0], ignoreCase: true, out TrafficKind kind) || !Enum.IsDefined(kind) || char.IsAsciiDigit(halves[0][0]))
            return null;
        TrafficPart read = Default(kind);
        foreach (string pair in halves.Length == 1 ? [] : halves[1].Split(','))
        {
            string[] words = pair.Split('=', 2);
            if (Allowed(words[0]) is not { } allowed)
                return $"'{words[0]}' is none of {string.Join(", ", Keys)}";
            if (words.Length < 2 || With(read, words[0], words[1]) is not { } more)
                return $"{words[0]} must be {allowed}";
            read = more;
        }

        if (read.From.IsIpv4 != read.To.IsIpv4)
            return $"{read.From} and {read.To} are of two families: say both from and to";
        part = read;
        return null;
    }

    private static readonly string[] Keys = ["rate", "from", "to", "sources", "targets", "start", "duration"];

    private static string? Allowed(string key) => key switch
    {
        "rate" or "sources" or "targets" => $"a whole number from 1 to {MostPackets}",
        "from" or "to" => "an address",
        "start" or "duration" => $"seconds, from 0 to {MostMs / 1000}",
        _ => null,
    };

    private static TrafficPart? With(TrafficPart part, string key, string value) => key switch
    {
        "rate" when Whole(value, MostPackets) is { } rate => part with { Rate = rate },
        "sources" when Whole(value, MostPackets) is { } sources => part with { Sources = (uint)sources },
        "targets" when Whole(value, MostPackets) is { } targets => part with { Targets = (uint)targets },
        "from" when Address.TryParse(value, out Address from) => part with { From = from },
        "to" when Address.TryParse(value, out Address to) => part with { To = to },
        "start" when Milliseconds(value) is { } start => part with { StartMs = start },
        "duration" when Milliseconds(value) is { } duration => part with { DurationMs = duration },
        _ => null,
    };

    private static long? Whole(string text, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= 1 && value <= most ? value : null;

    private static long? Milliseconds(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds) && seconds * 1000 <= MostMs ? (long)(seconds * 1000) : null;

    private static Address Known(string text) => Address.TryParse(text, out Address address) ? address : throw new InvalidOperationException($"{text} is an address");
}
