using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Frames one after another through a decoder and the fragment stage behind it.</summary>
internal sealed class FragmentRun
{
    public long StartNs { get; } = 1_700_000_000_000_000_000;

    public FrameDecoder Decoder { get; } = new();

    public FragmentStage Stage { get; }

    public EventBuffer Events { get; } = new(capacity: 65_536, arenaBytes: 64 << 20);

    public List<DecodeOutcome> Outcomes { get; } = [];

    public DatagramCounters Datagrams => Stage.Counters;

    /// <summary>The time of the frames to come.</summary>
    public long NowNs { get; set; }

    private long _frames;

    public FragmentRun()
    {
        Stage = new FragmentStage(Decoder);
        NowNs = StartNs;
    }

    /// <summary>IP packets in Ethernet.</summary>
    public void Take(params byte[][] packets) => TakeFrames([.. packets.Select(packet => Frames.Ethernet(packet))]);

    public void TakeFrames(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            Outcomes.Add(Take(frame));
            Assert.Equal(_frames, Decoder.Counters.Frames);
            Assert.Equal(Decoder.Counters.Events, Events.Count);
        }

        DatagramCounters books = Datagrams;
        Assert.True(books.Open >= 0);
        Assert.True(books.Fragments >= books.Opened + books.Repeated);
    }

    /// <summary>The same, many times over, with nothing kept of them.</summary>
    public void TakeQuietly(byte[][] frames, int times)
    {
        for (int time = 0; time < times; time++)
        {
            NowNs += FragmentLimits.DecidedNs + 1;
            foreach (byte[] frame in frames)
                Take(frame);
            Events.Clear();
        }
    }

    /// <summary>Moves event time to so long behind the start; returns how many datagrams are told of.</summary>
    public int Expire(long afterNs)
    {
        int told = 0;
        while (Stage.TryReport(StartNs + afterNs, Events))
            told++;
        Assert.Equal(Decoder.Counters.Events, Events.Count);
        return told;
    }

    private DecodeOutcome Take(byte[] frame)
    {
        var info = new FrameInfo(NowNs, ++_frames, (uint)frame.Length, (uint)frame.Length, 1, 0, 1);
        DecodeOutcome outcome = Decoder.Decode(info, frame, Events);
        return FragmentStage.Concerns(outcome, Events) ? Stage.Take(info, frame, outcome, Events) : outcome;
    }
}
