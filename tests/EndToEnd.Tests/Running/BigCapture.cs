using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Running;

/// <summary>Generated captures for tests that need many frames.</summary>
public static class BigCapture
{
    /// <summary>Writes a flood of so many packets, 1 ms apart.</summary>
    public static string Write(TemporaryFolder folder, int packets)
    {
        Assert.True(Address.TryParse("192.0.2.1", out Address source) & Address.TryParse("192.0.2.99", out Address victim));
        var flood = new EchoFlood(new EchoFloodOptions(1_000_000_000_000, packets, 1_000, source, 8, victim), seed: 1);
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        string path = folder.PathOf("big.pcap");
        using var writer = new PcapWriter(File.Create(path));
        for (long timeNs = flood.NextNs; timeNs != ITraffic.Ended; timeNs = flood.NextNs)
            writer.Write(timeNs, frame.AsSpan(0, flood.Write(frame)));
        return path;
    }
}
