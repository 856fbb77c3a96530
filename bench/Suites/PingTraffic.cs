using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// Endless echo traffic as decoded events: every source asks in every lap, in an order that looks random to a table, and is answered
/// 1,024 requests later. One batch is filled again and again, so that it is as warm as one that the decoder has just left.
/// </summary>
internal sealed class PingTraffic
{
    private const int ReplyBehind = 1024;
    private const int BatchEvents = EventBuffer.DefaultCapacity;
    private const long LatenessNs = 500_000_000;

    /// <summary>One of that many sources pings with a payload that nobody knows; the others are iputils.</summary>
    private const int UnfamiliarOneOf = 64;

    private readonly EventBuffer _batch = new(BatchEvents);
    private readonly (Address Asker, Address Asked)[] _pairs;
    private readonly long _spacingNs;
    private readonly long _firstSpacingNs;
    private long _nowNs = StartNs;
    private (int Place, ushort Lap) _asking;
    private (int Place, ushort Lap) _answering;
    private long _sent;

    /// <summary>Makes the traffic.</summary>
    /// <param name="sources">Sources.</param>
    /// <param name="targets">Whom they ask, each always the same one.</param>
    /// <param name="eventsPerSecond">Events in a second of event time.</param>
    /// <param name="firstEventsPerSecond">
    /// The same for the first lap, in which all pairs are new: rules that follow each pair take in no more than a few at once.
    /// </param>
    public PingTraffic(int sources, int targets, long eventsPerSecond, long? firstEventsPerSecond = null)
    {
        _spacingNs = 1_000_000_000 / eventsPerSecond;
        _firstSpacingNs = 1_000_000_000 / (firstEventsPerSecond ?? eventsPerSecond);
        _pairs = [.. Enumerable.Range(0, sources).Select(i =>
            (Address.FromIpv4(0x0A00_0000u + (uint)i), Target((uint)(i % targets))))];
        new Random(1).Shuffle(_pairs);
        for (int i = 0; i < BatchEvents; i++)
        {
            ref IcmpEvent e = ref _batch.Add();
            e.IpVersion = 4;
            e.Type = i % 2 == 0 ? (byte)8 : (byte)0;
            e.Flags = EventFlags.HasIdentifier | EventFlags.HasRestOfHeader | EventFlags.HasChecksum;
            e.ChecksumStatus = ChecksumStatus.Good;
            e.MessageBytes = 64;
            e.PayloadCaptured = 56;
            e.Bytes = 84;
            e.FrameBytes = 98;
            e.Ttl = 64;
        }
    }

    // No last and no first address of a /24: those are taken for broadcasts, which ordinary traffic has none of.
    private static Address Target(uint number) => Address.FromIpv4(0xC612_0000u + ((number / 254) << 8) + 1 + (number % 254));

    /// <summary>When it begins, ns.</summary>
    public const long StartNs = 1_700_000_000_000_000_000;

    /// <summary>The next batch, in order of time, with the envelope that belongs to it.</summary>
    public EventBuffer Next(out BatchEnvelope envelope)
    {
        envelope = new BatchEnvelope { Sensor = "bench", Domain = 1, FirstSequence = _sent };
        Span<IcmpEvent> events = _batch.Events;
        for (int i = 0; i < events.Length; i += 2)
        {
            Fill(ref events[i], _asking, isReply: false);
            Fill(ref events[i + 1], _answering, isReply: true);
            Advance(ref _asking);
            if (_sent > 2 * ReplyBehind)
                Advance(ref _answering);
        }

        envelope.WatermarkNs = events[^1].FirstNs - LatenessNs;
        envelope.Seen = _sent;
        return _batch;
    }

    private void Fill(ref IcmpEvent e, (int Place, ushort Lap) asked, bool isReply)
    {
        (Address asker, Address target) = _pairs[asked.Place];
        e.FirstNs = _nowNs;
        e.Frame = ++_sent;
        _nowNs += _asking.Lap == 0 ? _firstSpacingNs : _spacingNs;
        e.Source = isReply ? target : asker;
        e.Destination = isReply ? asker : target;
        e.RestOfHeader = (asker.Ipv4 << 16) | asked.Lap;
        e.PayloadHash = asker.Low * 0x9E37_79B9_7F4A_7C15;
        e.PayloadFamily = asker.Ipv4 % UnfamiliarOneOf == 0 ? PayloadFamily.None : PayloadFamily.Iputils;
    }

    private void Advance(ref (int Place, ushort Lap) at) =>
        at = at.Place + 1 < _pairs.Length ? (at.Place + 1, at.Lap) : (0, (ushort)(at.Lap + 1));
}
