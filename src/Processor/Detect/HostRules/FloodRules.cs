using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Floods by one address in one role. Replies that answer requests do not count: a flood of requests is the requester's.
/// </summary>
public abstract class FloodRule(FloodOptions options) : RateRule(options), IAddressRule
{
    /// <summary>The role that the rule is about.</summary>
    protected abstract Role Role { get; }

    /// <inheritdoc/>
    protected override bool SpeaksNear => true;

    /// <inheritdoc/>
    public void Observe(in HostSlot host)
    {
        ref readonly RoleSlot role = ref (Role == Role.Source ? ref host.Source : ref host.Destination);
        long packets = role.UnaskedPackets;
        if (packets == 0)
            return;
        ref RateMeter meter = ref Meter(host.Address, 0, host.Place, host.Slot, packets, role.UnaskedBytes, out bool isMetered);
        if (isMetered)
            meter.MainPeer = role.MainPeer;
    }

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        finding.Features.Add(new FindingFeature(RateUnits.PeersFeature, view.Peers(meter.Place, Role)));
        view.AddSamples(Role, meter.Address, finding.Samples);
        (finding.Source, finding.Destination) = Role == Role.Source
            ? (meter.Address, meter.MainPeer)
            : (meter.MainPeer, (Address?)meter.Address);
    }
}

/// <summary><c>flood.destination</c>: one victim receives more than it can use, from any number of sources.</summary>
public sealed class FloodDestinationRule(FloodOptions options) : FloodRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.FloodDestination;

    /// <inheritdoc/>
    protected override Role Role => Role.Destination;
}

/// <summary>
/// <c>flood.source</c>: one address sends more than anybody should, to whomever. A monitor, most of whose probes are answered and who
/// comes back to the same targets, is informational.
/// </summary>
public sealed class FloodSourceRule(FloodOptions options) : FloodRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.FloodSource;

    /// <inheritdoc/>
    protected override Role Role => Role.Source;

    private protected override Severity SeverityOf(in RateMeter meter, IHostView view) =>
        view.IsMonitor(meter.Address) ? Severity.Informational : base.SeverityOf(meter, view);

    private protected override void Complete(RuleFinding finding, ref RateMeter meter, IHostView view)
    {
        base.Complete(finding, ref meter, view);
        if (view.IsMonitor(meter.Address))
            finding.Features.Add(new FindingFeature(RateUnits.MonitorFeature, 1));
    }
}
