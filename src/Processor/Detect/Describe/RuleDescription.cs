using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What a finding is beside other alerts.</summary>
/// <param name="Speaks">True where it may open an alert of its own.</param>
/// <param name="Whole">Else: the rule and subject of the alert that it is part of, if that is open.</param>
public readonly record struct Precedent(bool Speaks, (string Rule, string Subject)? Whole)
{
    /// <summary>It stands alone.</summary>
    public static Precedent Alone { get; } = new(true, null);

    /// <summary>It says nothing that another rule does not say better.</summary>
    public static Precedent Silent { get; } = new(false, null);

    /// <summary>It is part of an alert.</summary>
    public static Precedent PartOf(string rule, string subject) => new(false, (rule, subject));
}

/// <summary>One subject of a rule, as the verdict stage last heard of it.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Observed">What was measured last.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Source">The source, where there is one.</param>
/// <param name="Related">Related addresses.</param>
/// <param name="IsOpen">True where an alert is open about it.</param>
public sealed record Heard(string Subject, double Observed, string Unit, Address? Source, IReadOnlyList<Address> Related, bool IsOpen);

/// <summary>What rules may ask of the verdict stage: who else speaks.</summary>
public interface IAlertBook
{
    /// <summary>True while an alert of a rule about a subject is open.</summary>
    bool IsOpen(string rule, string subject);

    /// <summary>What was heard of a rule and a subject in the last second, be it above the threshold or near it.</summary>
    Heard? Find(string rule, string subject);

    /// <summary>All that was heard of a rule in the last second, by subject.</summary>
    IEnumerable<Heard> All(string rule);

    /// <summary>Which routers there are.</summary>
    RouterBook Routers { get; }
}

/// <summary>What the verdict stage knows of a rule.</summary>
public abstract class RuleDescription
{
    /// <summary>The rule's id.</summary>
    public abstract string Id { get; }

    /// <summary>Version of the rule: raised when its arithmetic changes.</summary>
    public virtual int Version => 1;

    /// <summary>What it is called.</summary>
    public abstract string Name { get; }

    /// <summary>ATT&amp;CK ids.</summary>
    public abstract IReadOnlyList<string> Techniques { get; }

    /// <summary>The order in which findings of a slot are judged: of two rules about one attack the one with the lower number speaks.</summary>
    public abstract int Precedence { get; }

    /// <summary>Order among findings of one rule: the lower number first.</summary>
    public virtual int OrderOf(RuleFinding finding) => 0;

    /// <summary>Puts the evidence in words in front of what the finding says, from the numbers of the alert.</summary>
    public abstract void Word(Alert alert);

    /// <summary>
    /// Time without anything active after which an alert of this rule closes, ns, where that is longer than the stage's own.
    /// </summary>
    public virtual long QuietNs => 0;

    /// <summary>
    /// What findings of made-up subjects have in common: when many of one crowd come in one slot, they are one attack, and the first
    /// speaks for all. Null for a finding that is of no crowd.
    /// </summary>
    public virtual string? CrowdOf(RuleFinding finding) => null;

    /// <summary>New subjects of a crowd in one slot from which they are one attack.</summary>
    public virtual int CrowdSize => 4;

    /// <summary>Open alerts of a crowd beyond which a new subject is part of the first, however slowly they come.</summary>
    public virtual int MaxOpenOfCrowd => 4;

    /// <summary>Whether a finding that is active stands alone.</summary>
    public virtual Precedent Judge(RuleFinding finding, IAlertBook book) => Precedent.Alone;
}
