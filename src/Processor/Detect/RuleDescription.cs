using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

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

    /// <summary>Of two rules about one attack the one with the lower number speaks; also the order in which findings of a slot are judged.</summary>
    public abstract int Precedence { get; }

    /// <summary>Writes the evidence in words, from the numbers of the alert.</summary>
    public abstract void Word(Alert alert);

    /// <summary>
    /// The rule and the subject whose alert a finding of this rule is part of, if that alert is open; null where it stands alone.
    /// </summary>
    public virtual (string Rule, string Subject)? PartOf(RuleFinding finding) => null;
}
