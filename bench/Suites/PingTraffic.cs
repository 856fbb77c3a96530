using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// Endless echo traffic as decoded events: every source asks in every lap, in an order that looks random to a table, and is answered
/// 1,024 requests later. One lap is kept in memory; times and sequence numbers move on each time it is used again.
/// </summary>
internal sealed class PingTraffic
{
    private const int ReplyBehind = 1024;
    private const int BatchEvents = EventBuffer.DefaultCapacity;
    private const long LatenessNs = 500_000_000;

    private readonly EventBuffer[] _lap;
    private readonly long _lapNs;
    private long _watermarkNs = BatchEnvelope.NoWatermark;
    private long _sequence;
    private int _next;
    private bool _firstLap = true;

    /// <summary>Makes the traffic.</summary>
    /// <param name="sources">Sources; half as many events as a lap has.</param>
    /// <param name="targets">Whom they ask, each always the same one.</param>
    /// <param name="eventsPerSecond">Events in a second of event time.</param>
    public PingTraffic(int sources, int targets, long eventsPerSecond)
    {
        long spacingNs = 1_000_000_000 / eventsPerSecond;
        _lapNs = 2L * sources * spacingNs;
        int[] order = [.. Enumerable.Range(0, sources)];
        new Random(1).Shuffle(order);
        _lap = new EventBuffer[((2 * sources) + BatchEvents - 1) / BatchEvents];
        for (int i = 0; i < _lap.Length; i++)
            _lap[i] = new EventBuffer(BatchEvents);
        for (int i = 0; i < 2 * sources; i++)
        {
            bool isReply = i % 2 == 1;
            int asked = (i / 2) - (isReply ? ReplyBehind : 0);
            int source = order[(asked + sources) % sources];
            Fill(ref _lap[i / BatchEvents].Add(), source, source % targets, isReply, (ushort)(asked < 0 ? 0 : 1));
            _lap[i / BatchEvents].Events[^1].FirstNs = StartNs + (i * spacingNs);
        }
    }

    /// <summary>When it begins, ns.</summary>
    public const long StartNs = 1_700_000_000_000_000_000;

    /// <summary>The next batch, in order of time, with the envelope that belongs to it.</summary>
    public EventBuffer Next(out BatchEnvelope envelope)
    {
        EventBuffer batch = _lap[_next];
        if (!_firstLap)
        {
            foreach (ref IcmpEvent e in batch.Events)
            {
                e.FirstNs += _lapNs;
                e.RestOfHeader = (e.RestOfHeader & 0xFFFF_0000) | ((e.RestOfHeader + 1) & 0xFFFF);
            }
        }

        _watermarkNs = batch.Events[^1].FirstNs - LatenessNs;
        envelope = new BatchEnvelope { Sensor = "bench", Domain = 1, FirstSequence = _sequence, WatermarkNs = _watermarkNs };
        _sequence += batch.Count;
        envelope.Seen = _sequence;
        if (++_next == _lap.Length)
            (_next, _firstLap) = (0, false);
        return batch;
    }

    /// <summary>Fills an event as the decoder does for an ordinary ping.</summary>
    private static void Fill(ref IcmpEvent e, int source, int target, bool isReply, ushort sequence)
    {
        var asker = Address.FromIpv4(0x0A00_0000u + (uint)source);
        var asked = Address.FromIpv4(0xC612_0000u + (uint)target);
        e.Source = isReply ? asked : asker;
        e.Destination = isReply ? asker : asked;
        e.IpVersion = 4;
        e.Type = isReply ? (byte)0 : (byte)8;
        e.Flags = EventFlags.HasIdentifier | EventFlags.HasRestOfHeader | EventFlags.HasChecksum;
        e.ChecksumStatus = ChecksumStatus.Good;
        e.RestOfHeader = ((uint)(ushort)source << 16) | sequence;
        e.PayloadHash = (ulong)source * 0x9E37_79B9_7F4A_7C15;
        e.MessageBytes = 64;
        e.PayloadCaptured = 56;
        e.Bytes = 84;
        e.FrameBytes = 98;
        e.Ttl = 64;
    }
}
