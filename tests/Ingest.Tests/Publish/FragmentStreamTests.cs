using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Tests.Decode;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

public sealed class FragmentStreamTests
{
    private const long Second = 1_000_000_000;
    private const ushort More = 0x2000;

    [Fact]
    public async Task Findings_reach_the_log_and_the_books_balance()
    {
        var capture = new Capture();
        capture.Add(0, Frames.Ping4());
        capture.Add(1, Frames.Ipv4(Frames.Icmpv4(8, 0, 0, new byte[392]), fragment: More, id: 1));
        capture.Add(1, Frames.Ipv4(new byte[8], fragment: 100, id: 1));
        capture.Add(2, Frames.Ipv4(new byte[1480], fragment: 8189, id: 2));
        capture.Add(40, Frames.Ping4());
        capture.Add(41, Frames.Ping4());
        (List<PublishedRecord> records, EventStream stream, _) = await PublishedLog.RunAsync(capture.Open(), partitions: 4);
        IcmpEvent[] events = [.. records.SelectMany(record => record.Events).Select(e => e.Event).OrderBy(e => e.Frame).ThenBy(e => e.FirstNs)];
        Assert.Equal(
            [DecodeOutcome.Ok, DecodeOutcome.Ok, DecodeOutcome.FragmentIncomplete, DecodeOutcome.FragmentOverlong, DecodeOutcome.Ok, DecodeOutcome.Ok],
            events.Select(e => e.Outcome));
        Assert.Equal(Capture.Ns(40) - StreamClock.DefaultAllowedLatenessNs, events[2].FirstNs);
        Assert.DoesNotContain(events, e => e.Flags.HasFlag(EventFlags.Late));
        Assert.Equal((6, 6, 6), (stream.FramesRead, stream.EventsHandedOn, stream.Outcomes.Events));
        Assert.Equal((1, 1, 0), (stream.Datagrams.Incomplete, stream.Datagrams.Overlong, stream.Datagrams.Open));
    }

    [Fact]
    public async Task Batch_sizes_change_nothing()
    {
        var chance = new Random(3);
        var capture = new Capture();
        for (int second = 0; second < 200; second++)
        {
            for (int fragment = 0; fragment < 5; fragment++)
            {
                ushort offset = (ushort)chance.Next(4);
                byte[] part = offset == 0 ? Frames.Icmpv4(8, 0, 0) : new byte[8];
                capture.Add(second, Frames.Ipv4(part, fragment: (ushort)(offset | (chance.Next(3) == 0 ? 0 : More)), id: (ushort)chance.Next(200)));
            }
        }

        string? first = null;
        foreach (int batch in (int[])[1, 3, 64, 1024])
        {
            (List<PublishedRecord> records, EventStream stream, _) = await PublishedLog.RunAsync(capture.Open(), partitions: 1, batchEvents: batch);
            string all = EventLines(records);
            Assert.Equal(first ??= all, all);
            Assert.Equal(stream.EventsHandedOn, stream.Outcomes.Events);
            Assert.True(stream.Datagrams.Incomplete > 20 && stream.Datagrams.Overlapping > 20 && stream.Datagrams.Whole > 2);
        }
    }

    // A thousand frames a second, so that batches are full, and long enough for datagrams to be given up between the frames of one.
    [Fact]
    public async Task Full_batches_change_nothing_while_datagrams_are_open()
    {
        var chance = new Random(4);
        var capture = new Capture();
        for (int ms = 0; ms < 45_000; ms++)
        {
            bool isFragment = ms < 10_000 && chance.Next(100) == 0;
            capture.AddAt(ms, isFragment ? Frames.Ipv4(new byte[8], fragment: (ushort)(chance.Next(4) | More), id: (ushort)chance.Next(1000)) : Frames.Ping4());
        }

        (List<PublishedRecord> oneByOne, EventStream single, _) = await PublishedLog.RunAsync(capture.Open(), partitions: 1, batchEvents: 1);
        (List<PublishedRecord> together, EventStream stream, _) = await PublishedLog.RunAsync(capture.Open(), partitions: 1, batchEvents: 1024);
        Assert.Equal(EventLines(oneByOne), EventLines(together));
        Assert.Equal(single.Datagrams.Incomplete, stream.Datagrams.Incomplete);
        Assert.True(stream.Datagrams.Incomplete > 20 && stream.Datagrams.Open == 0);
    }

    private static string EventLines(IEnumerable<PublishedRecord> records) => string.Join(
        '\n', records.SelectMany(record => record.Events).Select(e => $"{e.Event.FirstNs} {e.Event.Frame} {e.Event.Outcome} {e.Event.Type} {e.Event.IpId} {e.Event.Flags}"));

    private sealed class Capture
    {
        private readonly List<(long TimeNs, byte[] Frame)> _frames = [];

        public static long Ns(int second) => (1_700_000_000L + second) * Second;

        public void Add(int second, byte[] packet) => _frames.Add((Ns(second), Frames.Ethernet(packet)));

        public void AddAt(int ms, byte[] packet) => _frames.Add((Ns(0) + (ms * (Second / 1000)), Frames.Ethernet(packet)));

        public CaptureSource Open()
        {
            var bytes = new MemoryStream();
            using (var writer = new PcapWriter(bytes, leaveOpen: true))
            {
                foreach ((long timeNs, byte[] frame) in _frames)
                    writer.Write(timeNs, frame);
            }

            bytes.Position = 0;
            var source = new CaptureSource(bytes, "capture");
            source.Start();
            return source;
        }
    }
}
