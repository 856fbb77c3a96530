using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>A rate rule over marks: it keeps whom the packets are about.</summary>
public abstract class MarkRateRule(FloodOptions options) : RateRule(options)
{
    private protected AddressPool Pool { get; } = new();

    /// <summary>True for the marks that the rule is about.</summary>
    protected abstract bool IsMine(in Mark mark);

    /// <inheritdoc/>
    public override void Observe(long slot, MarkTable marks, in Mark mark)
    {
        ArgumentNullException.ThrowIfNull(marks);
        if (!IsMine(mark))
            return;
        ref RateMeter meter = ref Meter(mark.Address, (byte)mark.Kind, -1, slot, mark.Packets, mark.Bytes, out bool isMetered);
        if (!isMetered)
            return;
        meter.Value += mark.Value;
        meter.Mask |= mark.Mask;
        MarkPeers.Merge(marks, mark, Pool, ref meter.Peers);
    }

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        finding.Features.Add(new FindingFeature(RateUnits.PeersFeature, Pool.CountOf(meter.Peers)));
        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        peers = peers[..Pool.CopyExact(meter.Peers, peers)];
        peers.Sort();
        foreach (Address peer in peers)
            finding.Related.Add(peer);
    }

    private protected override void Release(ref RateMeter meter) => Pool.Clear(ref meter.Peers);

    private protected override void SaveRest(CheckpointWriter writer, in RateMeter meter) => Pool.Save(writer, meter.Peers);

    private protected override void LoadRest(CheckpointReader reader, ref RateMeter meter) => meter.Peers = Pool.Load(reader);
}

/// <summary>Peers of a mark, taken into a rule's own set.</summary>
internal static class MarkPeers
{
    public static void Merge(MarkTable marks, in Mark mark, AddressPool pool, ref AddressSet into)
    {
        ReadOnlySpan<byte> sketch = marks.SketchOf(mark);
        if (!sketch.IsEmpty)
        {
            pool.AddSketch(ref into, sketch);
            return;
        }

        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        foreach (Address peer in peers[..marks.CopyPeers(mark, peers)])
            pool.Add(ref into, peer);
    }
}

/// <summary>
/// <c>flood.prefix</c>: carpet bombing, where no address of a network is over the threshold and the network is (fastnetmon issue 688).
/// </summary>
public sealed class FloodPrefixRule(FloodOptions options) : MarkRateRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.FloodPrefix;

    /// <inheritdoc/>
    protected override bool IsMine(in Mark mark) => mark.Kind is MarkKind.PrefixSmall or MarkKind.PrefixLarge;

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        base.Complete(finding, ref meter, view);
        finding.Subject = PrefixSizes.Of((MarkKind)meter.Kind, meter.Address).ToString();
        if (finding.Related.Count == 1)
            finding.Source = finding.Related[0];
    }
}

/// <summary>
/// <c>blacknurse</c>: port unreachables to one host, which tie up firewalls that look each of them up. More so where the quotes are
/// implausible: nobody sent what they quote.
/// </summary>
public sealed class BlacknurseRule(FloodOptions options) : MarkRateRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.Blacknurse;

    /// <inheritdoc/>
    protected override bool IsMine(in Mark mark) => mark.Kind == MarkKind.PortUnreachable;

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        base.Complete(finding, ref meter, view);
        finding.Destination = meter.Address;
        finding.Source = finding.Related.Count == 1 ? finding.Related[0] : null;
        finding.Related.Clear();
        bool isImplausible = 2 * meter.Value > meter.AllPackets;
        finding.Confidence = isImplausible ? 0.95 : 0.7;
        finding.Features.Add(new FindingFeature("implausible_quotes", meter.Value));
        view.AddMarkSamples(MarkKind.PortUnreachable, Role.Destination, meter.Address, finding.Samples);
    }
}

/// <summary><c>icmp.malformed</c>: messages of one source that the decoder has a name for, at a rate.</summary>
public sealed class MalformedRule(FloodOptions options) : MarkRateRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.Malformed;

    /// <inheritdoc/>
    protected override bool IsMine(in Mark mark) => mark.Kind == MarkKind.Malformed;

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        base.Complete(finding, ref meter, view);
        finding.Source = meter.Address;
        finding.Destination = finding.Related.Count == 1 ? finding.Related[0] : null;
        finding.Related.Clear();
        finding.Evidence.Add("outcomes: " + string.Join(", ", OutcomeNames.Of(meter.Mask)));
        view.AddMarkSamples(MarkKind.Malformed, Role.Source, meter.Address, finding.Samples);
    }
}
