using System.Buffers.Binary;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Publish;

/// <summary>Captures of plain echo requests, one per host, for tests that look at what is around the frames.</summary>
internal static class EchoFrames
{
    /// <summary>A frame that is not ICMP: an ARP request, cut short.</summary>
    public static byte[] Arp() => [.. Enumerable.Repeat((byte)0xFF, 12), 0x08, 0x06, .. new byte[28]];

    /// <summary>An echo request from 10.0.x.y to 192.0.2.1 with 8 bytes of payload, its checksums left zero.</summary>
    public static byte[] Echo(ushort host)
    {
        byte[] frame = new byte[14 + 20 + 16];
        frame[12] = 0x08;
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], 36);
        ip[8] = 64;
        ip[9] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A000000u | host);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0xC0000201u);
        ip[20] = 8;
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], host);
        return frame;
    }

    /// <summary>Opens a capture of these frames in memory.</summary>
    public static IPacketSource Capture(IEnumerable<(long TimeNs, byte[] Frame)> frames)
    {
        string path = Path.Combine(Path.GetTempPath(), $"icmpstream-{Guid.NewGuid():n}.pcap");
        using (FileStream file = File.Create(path))
        using (var writer = new PcapWriter(file))
        {
            foreach ((long timeNs, byte[] frame) in frames)
                writer.Write(timeNs, frame);
        }

        return new TemporaryCapture(path);
    }

    private sealed class TemporaryCapture(string path) : IPacketSource
    {
        private readonly IPacketSource _inner = PacketSource.Open(new SourceAddress(SourceKind.Pcap, path));

        public string Name => _inner.Name;

        public System.IO.Pipelines.PipeReader Reader => _inner.Reader;

        public SourceStatistics Statistics => _inner.Statistics;

        public long? LengthBytes => _inner.LengthBytes;

        public long PositionBytes => _inner.PositionBytes;

        public void Start() => _inner.Start();

        public FrameCursor OpenCursor(in System.IO.Pipelines.ReadResult read) => _inner.OpenCursor(read);

        public void AdvanceTo(scoped in FrameCursor cursor) => _inner.AdvanceTo(cursor);

        public void Dispose()
        {
            _inner.Dispose();
            File.Delete(path);
        }
    }
}
