using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>What is written is read: generated captures through PcapWriter and through the test's own pcapng writer.</summary>
public sealed class GeneratedCaptureTests
{
    private sealed record Given(long TimeNs, byte[] Bytes, uint Extra, int Interface);

    private static readonly Gen<Given> Frames =
        from seconds in Gen.Choose(0, int.MaxValue)
        from high in Gen.Choose(0, 1)
        from nanos in Gen.Choose(0, 999_999_999)
        from length in Gen.OneOf(Gen.Choose(0, 120), Gen.Choose(0, 3000))
        from seed in Gen.Choose(0, 255)
        from extra in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 60_000))
        from number in Gen.Choose(0, 2)
        select new Given((seconds + high * (long)int.MaxValue) * 1_000_000_000 + nanos, Captures.Frame(length, (byte)seed), (uint)extra, number);

    private static readonly Arbitrary<Given[]> Lists = Frames.ArrayOf().ToArbitrary();

    [Fact]
    public void Every_classic_capture_reads_back()
    {
        Prop.ForAll(Lists, given =>
        {
            foreach (PcapResolution resolution in Enum.GetValues<PcapResolution>())
            {
                using var stream = new MemoryStream();
                using (var writer = new PcapWriter(stream, linkType: 113, resolution))
                {
                    foreach (Given frame in given)
                        writer.Write(frame.TimeNs, frame.Bytes, (uint)frame.Bytes.Length + frame.Extra);
                    Assert.Equal(given.Length, writer.Frames);
                }
                ReadCapture read = Captures.Read(stream.ToArray());
                Assert.Null(read.Statistics.Damage);
                Assert.Equal(given.Select((f, i) => Row(f, i, resolution == PcapResolution.Nanoseconds ? 1 : 1000, 113, 0)), read.Frames.Select(f => f.Row));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_pcapng_capture_reads_back()
    {
        Prop.ForAll(Lists, Gen.Choose(0, 1).ToArbitrary(), (given, order) =>
        {
            bool bigEndian = order == 1;
            var capture = new PcapngBytes();
            byte[] nano = capture.Clock(9, bigEndian: bigEndian);
            byte[] milli = capture.Clock(3, bigEndian: bigEndian);
            capture.Section(bigEndian).Interface(1).Interface(113, options: nano).Interface(101, options: milli);
            long[] nsPerTick = [1000, 1, 1_000_000];
            ushort[] links = [1, 113, 101];
            foreach (Given frame in given)
                capture.Packet((uint)frame.Interface, (ulong)(frame.TimeNs / nsPerTick[frame.Interface]), frame.Bytes, (uint)frame.Bytes.Length + frame.Extra);
            ReadCapture read = Captures.Read(capture.ToArray());
            Assert.Null(read.Statistics.Damage);
            Assert.Equal(given.Select((f, i) => Row(f, i, nsPerTick[f.Interface], links[f.Interface], f.Interface)), read.Frames.Select(f => f.Row));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_flipped_byte_throws_or_loses_a_frame_before_it()
    {
        // Captures.Read also holds the four ways of reading against each other: damage may not depend on windows.
        var classic = new PcapBytes();
        var blocks = new PcapngBytes();
        byte[] clock = blocks.Clock(9, 1);
        blocks.Section().Interface(options: clock).Statistics(0, (5, 1));
        var classicEnds = new List<int>();
        var blockEnds = new List<int>();
        for (int i = 0; i < 6; i++)
        {
            classicEnds.Add(classic.Record(1, 1, Captures.Frame(20 + i)).Length);
            blockEnds.Add(blocks.Packet(0, 1_700_000_000_123_456_789, Captures.Frame(20 + i)).Length);
        }
        (byte[] Bytes, List<int> Ends, int From)[] captures = [(classic.ToArray(), classicEnds, 24), (blocks.ToArray(), blockEnds, 16)];
        foreach ((byte[] bytes, List<int> ends, int from) in captures)
        {
            Prop.ForAll(
                Gen.Choose(from, bytes.Length - 1).SelectMany(at => Gen.Choose(1, 255).Select(flip => (At: at, Flip: (byte)flip))).ToArbitrary(),
                change =>
                {
                    byte[] changed = [.. bytes];
                    changed[change.At] ^= change.Flip;
                    ReadCapture read = Captures.Read(changed);
                    Assert.True(read.Frames.Count >= ends.Count(e => e <= change.At));
                }).QuickCheckThrowOnFailure();
        }
    }

    private static string Row(Given frame, int index, long nsPerTick, int link, int number) =>
        $"{index + 1} {frame.TimeNs / nsPerTick * nsPerTick} {frame.Bytes.Length} {frame.Bytes.Length + frame.Extra} 1 {number} {link} {Convert.ToHexString(frame.Bytes)}";
}
