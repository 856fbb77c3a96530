using System.Globalization;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Tests.Decode;
using IcmpStream.Ingest.Tests.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Tshark;

/// <summary>
/// Thousands of frames that nobody captured, held against what tshark says of them: every type, many layers, some of it damaged. What
/// differs by design is named here, with the reason.
/// </summary>
public sealed class TsharkTests(ITestOutputHelper output)
{
    /// <summary>
    /// Of our own samples those that tshark 4.0 has no dissector for, or whose header is shorter, or its lengths less true, than what
    /// tshark accepts. Captures of others stand for them where there are any.
    /// </summary>
    private static readonly HashSet<string> NotReadByTshark =
    [
        "SLIP", "ATM with nothing", "Cisco HDLC with a direction", "frame relay with a direction", "Prism", "Solaris IPNET", "netfilter log", "extensible record",
        "extensible record with an extension", "netANALYZER", "Darwin's tap", "Broadcom's tag", "Broadcom's tag in front", "Marvell's tag", "Marvell's tag with a type",
        "NSH", "PPP in Ethernet",
    ];

    private static readonly int MaxShown = Setting("ICMPSTREAM_TSHARK_SHOW", 40);

    [Theory]
    [InlineData(1), InlineData(2)]
    public void Generated_messages_in_tunnels_are_what_tshark_says_they_are(int seed)
    {
        int frames = Setting("ICMPSTREAM_TSHARK_FRAMES", 3000);
        var packets = new WirePackets(new Random(Setting("ICMPSTREAM_TSHARK_SEED", seed)));
        Compare([.. Enumerable.Range(0, frames).Select(i => WireFrame.Whole(1, packets.Link(packets.Make(tunnels: i % 3))))]);
    }

    [Fact]
    public void Messages_on_every_link_are_what_tshark_says_they_are()
    {
        var packets = new WirePackets(new Random(Setting("ICMPSTREAM_TSHARK_SEED", 3)));
        var frames = new List<WireFrame>();
        foreach (TheoryDataRow<string, ushort, string> link in LinkTests.Links)
        {
            byte[] header = Convert.FromHexString(link.Data.Item3.Replace(" ", "", StringComparison.Ordinal));
            for (int i = 0; i < 20 && !NotReadByTshark.Contains(link.Data.Item1); i++)
                frames.Add(WireFrame.Whole(link.Data.Item2, [.. header, .. packets.Make4()]));
        }

        foreach (TheoryDataRow<string, string> shim in LinkTests.Shims)
        {
            byte[] header = Convert.FromHexString(shim.Data.Item2.Replace(" ", "", StringComparison.Ordinal));
            for (int i = 0; i < 20 && !NotReadByTshark.Contains(shim.Data.Item1); i++)
                frames.Add(WireFrame.Whole(1, [.. Frames.Ethernet([])[..12], .. header, .. packets.Make4()]));
        }

        Compare(frames);
    }

    [Theory]
    [InlineData(4), InlineData(5)]
    public void Frames_that_the_capture_cut_are_what_tshark_says_they_are(int seed)
    {
        int frames = Setting("ICMPSTREAM_TSHARK_FRAMES", 3000);
        var chance = new Random(Setting("ICMPSTREAM_TSHARK_SEED", seed));
        var packets = new WirePackets(chance);
        Compare([.. Enumerable.Range(0, frames).Select(i => WireFrame.Whole(1, packets.Link(packets.Make(tunnels: i % 3))).Cut(chance))], ofTheirs: true);
    }

    [Theory]
    [InlineData(6), InlineData(7)]
    public void Damaged_frames_are_what_tshark_says_they_are(int seed)
    {
        int frames = Setting("ICMPSTREAM_TSHARK_FRAMES", 3000);
        var chance = new Random(Setting("ICMPSTREAM_TSHARK_SEED", seed));
        var packets = new WirePackets(chance);
        Compare([.. Enumerable.Range(0, frames).Select(i => WireFrame.Whole(1, packets.Link(packets.Make(tunnels: i % 3))).Damage(chance))], ofTheirs: true);
    }

    private static int Setting(string name, int fallback) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    // Of theirs: a row that only we have is no difference, where frames are cut or damaged and tshark gives up sooner.
    private void Compare(IReadOnlyList<WireFrame> frames, bool ofTheirs = false)
    {
        if (Tshark.Version is null)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "tshark is missing");
            Assert.Skip("tshark is not installed");
        }

        string path = Path.Combine(Path.GetTempPath(), $"icmpstream-{Guid.NewGuid():n}.pcapng");
        try
        {
            ushort[] links = [.. frames.Select(frame => frame.LinkType).Distinct()];
            var capture = new PcapngBytes().Section();
            foreach (ushort link in links)
                capture.Interface(link);
            for (int i = 0; i < frames.Count; i++)
                capture.Packet((uint)Array.IndexOf(links, frames[i].LinkType), 1_700_000_000_000_000UL + (ulong)i, frames[i].Bytes, (uint)frames[i].OriginalBytes);
            File.WriteAllBytes(path, capture.ToArray());
            Compare(frames, Tshark.Rows(path), Ours(path), ofTheirs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Compare(IReadOnlyList<WireFrame> frames, Dictionary<long, string[]> theirs, Dictionary<long, string[]> ours, bool ofTheirs)
    {
        int differing = 0, compared = 0;
        foreach (long frame in (ofTheirs ? theirs.Keys : theirs.Keys.Union(ours.Keys)).Order())
        {
            compared++;
            string[] differences = [.. Differences(theirs.GetValueOrDefault(frame), ours.GetValueOrDefault(frame))];
            if (differences.Length == 0)
                continue;
            (ushort link, byte[] bytes, _) = frames[(int)frame - 1];
            if (differing++ < MaxShown)
                output.WriteLine($"frame {frame}, link type {link}: {string.Join("; ", differences)}\n  {Convert.ToHexStringLower(bytes)}");
        }

        output.WriteLine($"{compared} rows of {frames.Count} frames compared with {Tshark.Version}, {differing} differ");
        Assert.True(compared > frames.Count / 3, $"only {compared} rows of {frames.Count} frames");
        Assert.Equal(0, differing);
    }

    private static IEnumerable<string> Differences(string[]? theirs, string[]? ours)
    {
        // A frame with more tags or labels than are followed is counted as such.
        if (ours is null && theirs![Array.IndexOf(Tshark.Columns, "vlan_ids")].Count(c => c == ',') >= VlanStack.Capacity)
            yield break;

        if (ours is null && theirs![Array.IndexOf(Tshark.Columns, "mpls_labels")].Count(c => c == ',') >= MplsStack.Capacity)
            yield break;

        // One byte of a message is a type without a code: tshark shows it, here it is counted as icmp_missing.
        if (ours is null && theirs![Array.IndexOf(Tshark.Columns, "code")].Length == 0)
            yield break;

        // tshark shows nothing of a message that ends inside its first eight bytes; type and code are a row here.
        if (theirs is null && ours is [.., "short"])
            yield break;
        if (theirs is null || ours is null)
        {
            yield return theirs is null ? $"no row in tshark, ours {string.Join('|', ours!)}" : $"no row in ours, tshark {string.Join('|', theirs)}";
            yield break;
        }

        for (int column = 0; column < Tshark.Columns.Length; column++)
        {
            string name = Tshark.Columns[column];
            if (theirs[column] != ours[column] && !IsByDesign(name, theirs))
                yield return $"{name} tshark '{theirs[column]}' ours '{ours[column]}'";
        }
    }

    private static bool IsByDesign(string column, string[] theirs) => column switch
    {
        // Whether a cut message can be judged is a matter of opinion.
        "checksum_status" => theirs[Array.IndexOf(Tshark.Columns, "checksum_status")] == "unverified",

        // The 8-bit sequence number of RFC 8335 section 2 is another field there.
        "seq" => theirs[Array.IndexOf(Tshark.Columns, "type")] is "42" or "43" or "160" or "161",
        _ => false,
    };

    private static Dictionary<long, string[]> Ours(string path)
    {
        using var source = new CaptureSource(path, new SourceOptions());
        source.Start();
        var decoder = new FrameDecoder();
        var buffer = new EventBuffer(1);
        var rows = new Dictionary<long, string[]>();
        foreach (ReadFrame frame in Captures.Drain(source).Frames)
        {
            buffer.Clear();
            if (decoder.Decode(frame.Info, frame.Bytes, buffer) < DecodeOutcome.NotIcmp)
                rows[frame.Info.FrameNumber] = Row(buffer);
        }

        return rows;
    }

    private static string[] Row(EventBuffer buffer)
    {
        ref readonly IcmpEvent e = ref buffer.Events[0];
        IcmpEventDetail detail = e.Detail != 0 ? buffer.DetailOf(e) : default;
        VlanStack vlans = e.Vlans;
        object?[] values =
        [
            e.Source, e.Destination, e.Ttl, string.Join(',', Enumerable.Range(0, e.VlanCount).Select(i => vlans[i])),
            string.Join(',', Enumerable.Range(0, detail.MplsCount).Select(i => detail.MplsLabels[i])), e.Type, e.Code,
            e.Flags.HasFlag(EventFlags.HasChecksum) ? $"0x{e.Checksum:x4}" : "",
            e.Flags.HasFlag(EventFlags.HasChecksum) ? e.ChecksumStatus.ToString().ToLowerInvariant() : "",
            e.HasIdentifier ? e.Identifier : "", e.HasSequence ? e.Sequence : "", e.HasMtu ? e.Mtu : "",
            e.IpVersion == 4 && e.Type == 5 && e.HasRestOfHeader ? Address.FromIpv4(e.RestOfHeader) : "", e.HasRestOfHeader ? "" : "short",
        ];
        return [.. values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }
}
