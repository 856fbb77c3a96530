using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Generate;

public class GeneratedTrafficTests
{
    private const ushort Ethernet = 1;
    private const long StartNs = 1_700_000_000_000_000_000;

    public static TheoryData<string> Kinds => ["flood", "flood6", "sweep", "tunnel", "mix"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_seed_gives_the_same_frames_and_another_seed_others(string kind)
    {
        List<(long TimeNs, byte[] Frame)> once = Frames(Make(kind, 7));
        List<(long TimeNs, byte[] Frame)> again = Frames(Make(kind, 7));
        List<(long TimeNs, byte[] Frame)> other = Frames(Make(kind, 8));
        Assert.Equal(once.Select(f => (f.TimeNs, Convert.ToHexString(f.Frame))), again.Select(f => (f.TimeNs, Convert.ToHexString(f.Frame))));
        Assert.NotEqual(once.Select(f => (f.TimeNs, Convert.ToHexString(f.Frame))), other.Select(f => (f.TimeNs, Convert.ToHexString(f.Frame))));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_frame_is_in_order_of_time_and_right_down_to_its_checksums(string kind)
    {
        var decoder = new FrameDecoder();
        var events = new EventBuffer();
        long lastNs = long.MinValue;
        foreach ((long timeNs, byte[] frame) in Frames(Make(kind, 3)))
        {
            Assert.True(timeNs >= lastNs);
            lastNs = timeNs;
            events.Clear();
            Assert.Equal(DecodeOutcome.Ok, Decode(decoder, timeNs, frame, events));
            IcmpEvent e = events.Events[0];
            Assert.Equal(ChecksumStatus.Good, e.ChecksumStatus);
            Assert.Equal(e.IpVersion == 4 ? ChecksumStatus.Good : ChecksumStatus.Unverified, e.IpChecksumStatus);
            Assert.Equal((uint)frame.Length, e.FrameBytes);
        }
    }

    [Fact]
    public void A_flood_has_its_rate_its_sources_and_one_victim()
    {
        List<IcmpEvent> events = Events(Make("flood", 1));
        Assert.Equal(2_000, events.Count);
        Assert.Equal(10, events.Select(e => e.Source).Distinct().Count());
        Assert.Equal("198.51.100.7", Assert.Single(events.Select(e => e.Destination).Distinct()).ToString());
        Assert.InRange(events[^1].FirstNs - events[0].FirstNs, 1_990_000_000, 2_000_000_000);
    }

    [Fact]
    public void A_sweep_asks_every_address_once_and_some_answer()
    {
        List<IcmpEvent> events = Events(Make("sweep", 1));
        Address[] asked = [.. events.Where(e => e.Type == 8).Select(e => e.Destination)];
        Assert.Equal(100, asked.Distinct().Count());
        Assert.Equal(100, asked.Length);
        Assert.InRange(events.Count(e => e.Type == 0), 10, 50);
    }

    [Fact]
    public void A_tunnel_has_the_header_of_its_tool()
    {
        foreach ((_, byte[] frame) in Frames(Make("tunnel", 1)))
        {
            ReadOnlySpan<byte> payload = frame.AsSpan(14 + 20 + 8);
            Assert.Equal(EchoTunnel.Magic, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload));
            Assert.Equal((uint)payload.Length - 28, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload[20..]));
        }
    }

    [Fact]
    public void A_capture_comes_out_of_a_mix_as_it_went_in()
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, CorpusFolder.Message("5-pings.pcap")));
        var real = new CapturedTraffic(source);
        var mixed = Frames(new TrafficMix(real, Make("sweep", 1)));
        var alone = Frames(new CapturedTraffic(Reopen()));
        Assert.Equal(10, alone.Count);
        Assert.Equal(10 + Frames(Make("sweep", 1)).Count, mixed.Count);
        var left = new HashSet<string>(mixed.Select(f => $"{f.TimeNs} {Convert.ToHexString(f.Frame)}"));
        Assert.All(alone, f => Assert.Contains($"{f.TimeNs} {Convert.ToHexString(f.Frame)}", left));

        static IPacketSource Reopen() => PacketSource.Open(new SourceAddress(SourceKind.Pcap, CorpusFolder.Message("5-pings.pcap")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Traffic_that_has_ended_says_so(string kind)
    {
        ITraffic traffic = Make(kind, 1);
        Frames(traffic);
        Assert.Equal(ITraffic.Ended, traffic.NextNs);
        Assert.Throws<InvalidOperationException>(() => traffic.Write(new byte[ITraffic.MaxFrameBytes]));
    }

    private static ITraffic Make(string kind, ulong seed) => kind switch
    {
        "flood" => new EchoFlood(new EchoFloodOptions(StartNs, 2_000, 1_000, Parse("203.0.113.1"), 10, Parse("198.51.100.7")), seed),
        "flood6" => new EchoFlood(new EchoFloodOptions(StartNs, 200, 1_000, Parse("2001:db8::1"), 10, Parse("2001:db8:1::7")), seed),
        "sweep" => new EchoSweep(new EchoSweepOptions(StartNs, 10_000_000, Parse("203.0.113.5"), Parse("198.51.100.1"), 100, 4), seed),
        "tunnel" => new EchoTunnel(
            new EchoTunnelOptions(StartNs, 100_000_000, 50, Parse("192.0.2.1"), Parse("192.0.2.2"), Parse("192.0.2.3"), 77, 800), seed),
        _ => new TrafficMix(Make("flood", seed), Make("sweep", seed + 1), Make("tunnel", seed + 2)),
    };

    private static List<(long TimeNs, byte[] Frame)> Frames(ITraffic traffic)
    {
        var frames = new List<(long, byte[])>();
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        for (long timeNs = traffic.NextNs; timeNs != ITraffic.Ended; timeNs = traffic.NextNs)
            frames.Add((timeNs, frame[..traffic.Write(frame)]));
        return frames;
    }

    private static List<IcmpEvent> Events(ITraffic traffic)
    {
        var decoder = new FrameDecoder();
        var events = new EventBuffer();
        var all = new List<IcmpEvent>();
        foreach ((long timeNs, byte[] frame) in Frames(traffic))
        {
            events.Clear();
            Decode(decoder, timeNs, frame, events);
            all.Add(events.Events[0]);
        }

        return all;
    }

    private static DecodeOutcome Decode(FrameDecoder decoder, long timeNs, byte[] frame, EventBuffer into) =>
        decoder.Decode(new FrameInfo(timeNs, 1, (uint)frame.Length, (uint)frame.Length, 1, 0, Ethernet), frame, into);

    private static Address Parse(string text)
    {
        Assert.True(Address.TryParse(text, out Address address), text);
        return address;
    }
}
