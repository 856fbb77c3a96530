using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Demo;

/// <summary>
/// The demo's capture: a real one with a flood, a sweep and a tunnel mixed into it, the same each time. The addresses of the
/// attacks are those of RFC 5737, which nobody has.
/// </summary>
internal static class DemoTraffic
{
    /// <summary>Where the flood goes: its alert must name this address.</summary>
    public static readonly Address Victim = Parse("198.51.100.7");

    private const ulong Seed = 2026;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Writes the mixed capture to a file.</summary>
    /// <param name="capture">The real capture; null for the one that comes with the command.</param>
    /// <param name="path">The file to write.</param>
    public static void Write(string? capture, string path)
    {
        CapturedTraffic real = Read(capture, path);
        var mix = new TrafficMix(real, Flood(real), Sweep(real), Tunnel(real));
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        using var writer = new PcapWriter(File.Create(path));
        for (long timeNs = mix.NextNs; timeNs != ITraffic.Ended; timeNs = mix.NextNs)
            writer.Write(Math.Clamp(timeNs, 0, PcapWriter.MaxTimeNs), frame.AsSpan(0, mix.Write(frame)));
    }

    private static CapturedTraffic Read(string? capture, string path)
    {
        if (capture is null)
        {
            using Stream bundled = typeof(DemoTraffic).Assembly.GetManifestResourceStream("demo.pcap")
                ?? throw new InvalidOperationException("the demo's capture is missing from the executable");
            using FileStream file = File.Create(path);
            bundled.CopyTo(file);
        }

        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture ?? path));
        return new CapturedTraffic(source);
    }

    /// <summary>Twelve thousand packets a second from forty hosts for three seconds, a third into the capture.</summary>
    private static EchoFlood Flood(CapturedTraffic real) => new(
        new EchoFloodOptions(At(real, 1, 3), DurationMs: 3_000, PacketsPerSecond: 12_000, Parse("203.0.113.10"), Sources: 40, Victim),
        Seed);

    /// <summary>One host asks a /24 in thirteen seconds; one of eight answers.</summary>
    private static EchoSweep Sweep(CapturedTraffic real) => new(
        new EchoSweepOptions(At(real, 1, 2), GapNs: NsPerSecond / 20, Parse("203.0.113.200"), Parse("198.51.100.1"), Targets: 254, OneAnswersOf: 8),
        Seed + 1);

    /// <summary>A session through ptunnel for thirty seconds.</summary>
    private static EchoTunnel Tunnel(CapturedTraffic real) => new(
        new EchoTunnelOptions(
            At(real, 2, 3), GapNs: NsPerSecond / 10, Exchanges: 300, Parse("192.0.2.23"), Parse("203.0.113.99"), Parse("192.0.2.80"), Identifier: 0x2A17, MaxDataBytes: 1000),
        Seed + 2);

    private static long At(CapturedTraffic real, int part, int of) => real.FirstNs + ((real.LastNs - real.FirstNs) / of * part);

    private static Address Parse(string text) =>
        Address.TryParse(text, out Address address) ? address : throw new FormatException($"'{text}' is no address");
}
