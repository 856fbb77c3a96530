using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// A rule of the pair stage about one requester and one responder. It judges at the end of each slot in which the pair was heard, and
/// once more when its first few seconds are over; what became of the events by then is in the tracks.
/// </summary>
internal interface IPairRule
{
    /// <summary>Judges a pair, and appends what it finds.</summary>
    void Judge(in PairTrack pair, ref TunnelTrack tunnel, in PairView view, List<RuleFinding> findings);
}

/// <summary>What pair rules may ask about the slot.</summary>
/// <param name="Evidence">The slot's evidence.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Completeness">Share of packets not dropped or shed lately.</param>
/// <param name="IsLast">True at the end of the traffic: what is not said now is never said.</param>
/// <param name="Group">The key group that remembers the pair.</param>
internal readonly record struct PairView(SlotEvidence Evidence, long Slot, double Completeness, bool IsLast = false, byte Group = 0)
{
    /// <summary>Slots between two findings of one rule about one pair, while nothing rises: one second.</summary>
    public const int SlotsBetween = 10;

    /// <summary>The packets of the slot that may be shown: the first of each direction; of a silent slot, the pair's first.</summary>
    public void AddSamples(in PairTrack pair, in TunnelTrack tunnel, List<Sample> samples)
    {
        Add(pair.Requester, pair.Responder, FlowPart.Request, samples);
        Add(pair.Responder, pair.Requester, FlowPart.Reply, samples);
        Add(pair.Requester, pair.Responder, FlowPart.Stowaway, samples);
        if (samples.Count == 0 && tunnel.Packets > 0)
            samples.Add(tunnel.First.ToSample());
    }

    private void Add(Address source, Address destination, FlowPart part, List<Sample> samples)
    {
        if (!Evidence.TryFindRow(source, destination, part, part == FlowPart.Stowaway ? Group : (byte)0, out int place))
            return;
        ref FlowEvidence row = ref Evidence.RowAt(place);
        if (row.Echo.Whole == 0)
            return;
        Sample sample = row.Echo.Sample(source, destination).ToSample();
        if (row.Echo.Payload != 0)
        {
            ref PayloadEvidence payload = ref Evidence.PayloadAt(row.Echo.Payload);
            ReadOnlySpan<byte> start = payload.Start;
            if (payload.StartNs == row.Echo.FirstNs)
                sample.PayloadPrefix = start[..payload.StartLength].ToArray();
        }

        samples.Add(sample);
    }
}
