using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Tests.Fuzz;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Live;

public class IcmpFilterTests
{
    private static readonly byte[] Addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(1, 185, true)]
    [InlineData(6, 0, false)]
    [InlineData(17, 0, false)]
    [InlineData(47, 0, false)]
    public void ICMP_passes_with_all_its_fragments_and_no_other_protocol(byte protocol, ushort fragmentOffset, bool passes)
    {
        for (int tags = 0; tags <= IcmpFilter.MaxTags; tags++)
            Assert.Equal(passes, Passes(Frame(tags, 0x0800, Ipv4(protocol, fragmentOffset))));
    }

    [Theory]
    [InlineData(58, true)]
    [InlineData(0, true)]
    [InlineData(43, true)]
    [InlineData(44, true)]
    [InlineData(60, true)]
    [InlineData(6, false)]
    [InlineData(17, false)]
    [InlineData(59, false)]
    public void ICMPv6_passes_and_whatever_may_have_it_behind_an_extension_header(byte next, bool passes)
    {
        for (int tags = 0; tags <= IcmpFilter.MaxTags; tags++)
            Assert.Equal(passes, Passes(Frame(tags, 0x86dd, Ipv6(next))));
    }

    [Fact]
    public void A_frame_with_more_tags_than_the_filter_reads_is_left_to_user_space() =>
        Assert.True(Passes(Frame(IcmpFilter.MaxTags + 1, 0x0800, Ipv4(6))));

    [Fact]
    public void Other_traffic_and_frames_cut_before_the_protocol_do_not_pass()
    {
        Assert.False(Passes(Frame(0, 0x0806, new byte[28])));
        Assert.False(Passes(Frame(0, 0x0800, Ipv4(1)[..9])));
        Assert.False(Passes([]));
        Assert.False(Passes(Frame(3, 0x0806, new byte[28])));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(41)]
    [InlineData(47)]
    public void Tunnels_pass_only_when_they_are_asked_for(byte protocol)
    {
        Assert.False(Passes(Frame(1, 0x0800, Ipv4(protocol))));
        Assert.True(Passes(Frame(1, 0x0800, Ipv4(protocol)), tunnels: true));
        Assert.True(Passes(Frame(1, 0x86dd, Ipv6(protocol)), tunnels: true));
    }

    [Theory]
    [InlineData(0x8847)]
    [InlineData(0x8848)]
    [InlineData(0x8864)]
    public void Tunnels_by_EtherType_pass_only_when_they_are_asked_for(int type)
    {
        Assert.False(Passes(Frame(0, (ushort)type, new byte[40])));
        Assert.True(Passes(Frame(2, (ushort)type, new byte[40]), tunnels: true));
    }

    [Theory]
    [InlineData(4789, 50_000, true)]
    [InlineData(50_000, 8472, true)]
    [InlineData(50_000, 6081, true)]
    [InlineData(50_000, 53, false)]
    public void Tunnels_in_UDP_pass_by_their_port_behind_IPv4_options_too(int source, int destination, bool passes)
    {
        byte[] ports = [(byte)(source >> 8), (byte)source, (byte)(destination >> 8), (byte)destination];
        Assert.Equal(passes, Passes(Frame(1, 0x0800, [.. Ipv4(17), .. ports]), tunnels: true));
        byte[] withOptions = [.. Ipv4(17), 1, 1, 1, 1, .. ports];
        withOptions[0] = 0x46;
        Assert.Equal(passes, Passes(Frame(0, 0x0800, withOptions), tunnels: true));
        Assert.Equal(passes, Passes(Frame(1, 0x86dd, [.. Ipv6(17), .. ports]), tunnels: true));
        Assert.False(Passes(Frame(0, 0x0800, [.. Ipv4(17, fragmentOffset: 100), .. ports]), tunnels: true));
    }

    [Fact]
    public void Raw_IP_is_told_by_its_version()
    {
        var filter = new BpfFilter(IcmpFilter.Program(LinkTypeNumbers.RawIp, withTunnels: false));
        Assert.True(filter.Accepts(Ipv4(1), 20));
        Assert.False(filter.Accepts(Ipv4(6), 20));
        Assert.True(filter.Accepts(Ipv6(58), 40));
        Assert.False(filter.Accepts([0x50, .. new byte[40]], 41));
    }

    [Fact]
    public void No_frame_of_the_corpus_that_carries_ICMP_itself_is_lost()
    {
        var filter = new BpfFilter(IcmpFilter.Program(LinkTypeNumbers.Ethernet, withTunnels: false));
        int seen = 0;
        foreach (string path in Directory.EnumerateFiles(Corpus.Folder, "*.pcap*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".tsv", StringComparison.Ordinal)))
            seen += CountPassed(path, filter);
        Assert.True(seen > 100, $"only {seen} frames of the corpus are plain ICMP over Ethernet");
    }

    private static int CountPassed(string path, BpfFilter filter)
    {
        using var source = new CaptureSource(path);
        source.Start();
        var decoder = new FrameDecoder(new DecodeOptions { FollowTunnels = false });
        var events = new EventBuffer();
        int seen = 0;
        bool more = true;
        while (more && source.Reader.TryRead(out System.IO.Pipelines.ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                events.Clear();
                bool isPlain = info.LinkType == LinkTypeNumbers.Ethernet && IsPlain(frame);
                if (decoder.Decode(info, frame, events) >= DecodeOutcome.NotIcmp || !isPlain)
                    continue;
                Assert.True(filter.Accepts(frame, info.OriginalBytes), $"{path}: frame {info.FrameNumber}");
                seen++;
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return seen;
    }

    // The filter's own ground: IP right behind Ethernet and tags, with no tunnel in it.
    private static bool IsPlain(ReadOnlySpan<byte> frame)
    {
        byte[] tunnels = [4, 17, 41, 47, 55, 94, 97, 98, 115, 137];
        int at = 12;
        while (at + 2 <= frame.Length && ((frame[at] << 8) | frame[at + 1]) is 0x8100 or 0x88a8 or 0x9100 or 0x9200)
            at += 4;
        if (at + 12 > frame.Length)
            return false;
        return ((frame[at] << 8) | frame[at + 1]) switch
        {
            0x0800 => !tunnels.Contains(frame[at + 2 + 9]),
            0x86dd => !tunnels.Contains(frame[at + 2 + 6]),
            _ => false,
        };
    }

    private static bool Passes(byte[] frame, bool tunnels = false) =>
        new BpfFilter(IcmpFilter.Program(LinkTypeNumbers.Ethernet, tunnels)).Accepts(frame, (uint)frame.Length);

    private static byte[] Frame(int tags, ushort type, byte[] payload)
    {
        byte[][] kinds = [[0x81, 0x00], [0x88, 0xa8], [0x91, 0x00], [0x92, 0x00]];
        byte[] tag = [.. Enumerable.Range(0, tags).SelectMany(i => (byte[])[.. kinds[i % 4], 0, 5])];
        return [.. Addresses, .. tag, (byte)(type >> 8), (byte)type, .. payload];
    }

    private static byte[] Ipv4(byte protocol, ushort fragmentOffset = 0) =>
        [0x45, 0, 0, 28, 0, 1, (byte)(fragmentOffset >> 8), (byte)fragmentOffset, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];

    private static byte[] Ipv6(byte next) => [0x60, 0, 0, 0, 0, 8, next, 64, .. new byte[32]];
}
