using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// A rule of the host stage over the addresses of one domain and one host partition. It sees each slot once, in order, and says
/// what it finds; the verdict stage decides what becomes of that.
/// </summary>
public interface IHostRule : ICheckpointPart
{
    /// <summary>Takes a mark of the slot; marks come by kind, role and address, before the slot ends.</summary>
    void Observe(long slot, MarkTable marks, in Mark mark)
    {
    }

    /// <summary>Ends a slot, also one without packets as long as the rule is not idle, and appends what was found.</summary>
    void EndSlot(long slot, IHostView view, List<RuleFinding> findings);

    /// <summary>The domain has ended, with a slot that is the same in every partition: appends what was not said yet of what is active.</summary>
    void Finish(long slot, IHostView view, List<RuleFinding> findings);

    /// <summary>True when slots without packets change nothing: time may skip them.</summary>
    bool IsIdle { get; }

    /// <summary>True while the rule needs the address kept.</summary>
    bool Holds(int place);

    /// <summary>The address is being removed; its place will be another's.</summary>
    void Forget(int place);

    /// <summary>True where all places that it has read back are those of its addresses.</summary>
    bool Fits(HostTable hosts) => true;
}

/// <summary>A rule that looks at every address, not only at marks: few do, and each costs at every address.</summary>
public interface IAddressRule : IHostRule
{
    /// <summary>Takes an address that sent or received in the slot; addresses come in ascending order.</summary>
    void Observe(in HostSlot host);
}

/// <summary>What rules may ask of the host stage when they have something to say.</summary>
public interface IHostView
{
    /// <summary>Distinct addresses at the other end in the current window: exact to 64, then estimated.</summary>
    long Peers(int place, Role role);

    /// <summary>Share of packets not dropped or shed in the current window, 0 to 1.</summary>
    double Completeness { get; }

    /// <summary>True for a source that is known to ask the same targets again and again, and to be answered.</summary>
    bool IsMonitor(Address address);

    /// <summary>Appends packets of the slot that an address sent or received.</summary>
    void AddSamples(Role role, Address address, List<Sample> samples) => AddMarkSamples(MarkKind.Sample, role, address, samples);

    /// <summary>Appends packets of the slot that a mark is about.</summary>
    void AddMarkSamples(MarkKind kind, Role role, Address address, List<Sample> samples);
}
