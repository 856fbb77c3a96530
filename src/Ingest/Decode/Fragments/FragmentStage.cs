using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Behind a decoder, in a stream: watches the fragments of datagrams that carry ICMP and tells of those that no honest sender
/// makes. It takes only fragments, so frames that are none cost a comparison. Deterministic: what it tells depends on the frames
/// and their order alone. One thread.
/// </summary>
/// <remarks>
/// A first fragment is an event anyway, and keeps being one. A later fragment is counted as <see cref="DecodeOutcome.FragmentLater"/>,
/// unless it is found to overlap, to reach beyond the longest datagram, or to be the last that came of a datagram that stays
/// incomplete: then it is an event with that outcome, of type <see cref="NoType"/>, since it has no ICMP header to show. So each frame is one
/// event or one count, as without this stage.
/// </remarks>
public sealed class FragmentStage
{
    /// <summary>
    /// The type of an event that is of a fragment without an ICMP header: 255, which is reserved in both registries, so that no
    /// message has it.
    /// </summary>
    public const byte NoType = 255;

    private readonly DecodeCounters _outcomes;
    private readonly bool _followTunnels;
    private DatagramTable? _table;

    /// <summary>Makes a stage behind a decoder, whose counters it sets right.</summary>
    public FragmentStage(FrameDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _outcomes = decoder.Counters;
        _followTunnels = decoder.FollowsTunnels;
    }

    /// <summary>The books.</summary>
    public DatagramCounters Counters { get; } = new();

    /// <summary>Event time from which <see cref="TryReport"/> has something to tell, ns since the epoch.</summary>
    public long DeadlineNs { get; private set; } = long.MaxValue;

    /// <summary>True for a frame that must go through <see cref="Take"/>: it was no event, or is the last one of <paramref name="events"/>.</summary>
    public static bool Concerns(DecodeOutcome outcome, EventBuffer events) => outcome == DecodeOutcome.FragmentLater
        || (outcome < DecodeOutcome.NotIcmp && (events.Events[^1].Flags & EventFlags.MoreFragments) != EventFlags.None);

    /// <summary>
    /// Takes a fragment. The event of a first one is the last of <paramref name="events"/> and may get another outcome; of a later
    /// one an event may be added there, for which there must be room.
    /// </summary>
    /// <returns>The frame's outcome from here on.</returns>
    public DecodeOutcome Take(in FrameInfo info, ReadOnlySpan<byte> frame, DecodeOutcome outcome, EventBuffer events)
    {
        ArgumentNullException.ThrowIfNull(events);
        PacketWalk walk = FrameDecoder.WalkTo(info, frame, _followTunnels);
        if (!Fragment.TryRead(walk, info, out Fragment fragment))
            return outcome;
        _table ??= new DatagramTable(Counters);
        Counters.CountFragment();
        FragmentVerdict verdict = _table.Add(fragment, info.TimeNs, out int place);
        DeadlineNs = _table.DeadlineNs;
        ref Datagram datagram = ref _table.At(place);
        DecodeOutcome found = verdict switch
        {
            FragmentVerdict.Overlapping => DecodeOutcome.FragmentOverlap,
            FragmentVerdict.Overlong => DecodeOutcome.FragmentOverlong,
            _ => outcome,
        };
        if (found == outcome || !datagram.IsIcmp)
        {
            if (outcome == DecodeOutcome.FragmentLater && !datagram.IsDecided)
            {
                Fill(out datagram.Last, walk, info);
                datagram.HasLast = true;
            }

            return outcome;
        }

        _outcomes.Recount(outcome, found);
        if (outcome == DecodeOutcome.FragmentLater)
        {
            Fill(out events.Add(), walk, info);
            if (walk.TunnelCount + walk.MplsCount != 0)
                PathDetail.Fill(ref events.AddDetail(), walk);
        }

        events.Events[^1].Outcome = found;
        return found;
    }

    /// <summary>
    /// Tells of a datagram that is incomplete at <paramref name="nowNs"/>, in order of age: adds an event to <paramref name="events"/>, in which
    /// there must be room, for the last fragment that came, with that time. False where there is none, or none any more; of one
    /// whose first fragment came alone, which is an event already, nothing is added and only the books tell.
    /// </summary>
    public bool TryReport(long nowNs, EventBuffer events)
    {
        ArgumentNullException.ThrowIfNull(events);
        while (_table is not null && _table.TryExpire(nowNs, out Datagram expired))
        {
            DeadlineNs = _table.DeadlineNs;
            if (!expired.HasLast || !expired.IsIcmp)
                continue;
            _outcomes.Recount(DecodeOutcome.FragmentLater, DecodeOutcome.FragmentIncomplete);
            ref IcmpEvent added = ref events.Add();
            added = expired.Last;
            added.FirstNs = nowNs;
            added.Outcome = DecodeOutcome.FragmentIncomplete;
            return true;
        }

        return false;
    }

    // No message: neither length nor payload, so that nobody takes the fragment's bytes for one.
    private static void Fill(out IcmpEvent e, in PacketWalk walk, in FrameInfo info)
    {
        ref readonly IpHeader ip = ref walk.Ip;
        e = new IcmpEvent
        {
            FirstNs = info.TimeNs,
            Frame = info.FrameNumber,
            Count = 1,
            FrameBytes = info.OriginalBytes,
            InterfaceId = info.InterfaceId,
            LinkType = info.LinkType,
            Source = ip.Source,
            Destination = ip.Destination,
            Bytes = ip.Bytes,
            IpId = ip.Id,
            FragmentOffset = ip.FragmentOffset,
            Ttl = ip.Ttl,
            TrafficClass = ip.TrafficClass,
            IpChecksumStatus = ip.ChecksumStatus,
            IpVersion = ip.Version,
            Vlans = walk.Vlans,
            VlanCount = walk.VlanCount,
            Type = NoType,
            ChecksumStatus = ChecksumStatus.Unverified,
            Flags = (ip.MoreFragments ? EventFlags.MoreFragments : EventFlags.None) | (ip.DontFragment ? EventFlags.DontFragment : EventFlags.None),
        };
    }
}
