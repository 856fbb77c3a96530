using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>flood.destination</c> for the verdict stage.</summary>
public sealed class FloodDestinationDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.FloodDestination;

    /// <inheritdoc/>
    public override string Name => "ICMP flood to one address";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001"];

    /// <inheritdoc/>
    public override int Precedence => 20;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(
        0, AlertWords.Rate(alert, $"from {AlertWords.End(alert.Source, AlertWords.Feature(alert, RateUnits.PeersFeature), "sources")} to {alert.Subject}"));

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) => FloodPrecedence.OfVictim(finding.Subject, finding, book) ?? Precedent.Alone;
}

/// <summary><c>flood.source</c> for the verdict stage.</summary>
public sealed class FloodSourceDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.FloodSource;

    /// <inheritdoc/>
    public override string Name => "ICMP flood from one address";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001"];

    /// <inheritdoc/>
    public override int Precedence => 30;

    /// <inheritdoc/>
    public override void Word(Alert alert)
    {
        string to = AlertWords.End(alert.Destination, AlertWords.Feature(alert, RateUnits.PeersFeature), "destinations");
        alert.Evidence.Insert(0, AlertWords.Rate(alert, $"from {alert.Subject} to {to}"));
        if (AlertWords.Feature(alert, RateUnits.MonitorFeature) > 0)
            alert.Evidence.Add("a monitor: most of its probes are answered, and it returns to the same targets; list it under rules.flood.source.exempt");
    }

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        if (finding.Destination is { } victim)
        {
            string subject = victim.ToString();
            if (FloodPrecedence.OfVictim(subject, finding, book) is { } part)
                return part;
            if (book.IsOpen(RuleIds.FloodDestination, subject))
                return Precedent.PartOf(RuleIds.FloodDestination, subject);
        }

        // Errors travel with the pair they quote, so their loudest receiver is not known here: the alert about it knows who sends them.
        foreach (Heard blacknurse in book.All(RuleIds.Blacknurse))
        {
            if (blacknurse.IsOpen && blacknurse.Source == finding.Source && 2 * blacknurse.Observed >= finding.Observed)
                return Precedent.PartOf(RuleIds.Blacknurse, blacknurse.Subject);
        }

        // One of several that bombard a network: the network's alert names them.
        foreach (Heard prefix in book.All(RuleIds.FloodPrefix))
        {
            if (prefix.IsOpen && finding.Source is { } source && prefix.Related.Contains(source) && 2 * finding.Observed < prefix.Observed)
                return Precedent.PartOf(RuleIds.FloodPrefix, prefix.Subject);
        }

        return Precedent.Alone;
    }
}

/// <summary><c>flood.prefix</c> for the verdict stage.</summary>
public sealed class FloodPrefixDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.FloodPrefix;

    /// <inheritdoc/>
    public override string Name => "ICMP flood to one network";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001"];

    /// <inheritdoc/>
    public override int Precedence => 40;

    /// <inheritdoc/>
    public override int OrderOf(RuleFinding finding) => -LengthOf(finding.Subject);

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(
        0, AlertWords.Rate(alert, $"from {AlertWords.End(alert.Source, AlertWords.Feature(alert, RateUnits.PeersFeature), "sources")} to {alert.Subject}"));

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        if (!Prefix.TryParse(finding.Subject, out Prefix prefix))
            return Precedent.Alone;

        // Where single victims take most of it, it is theirs.
        foreach (string rule in (string[])[RuleIds.Blacknurse, RuleIds.Smurf, RuleIds.FloodDestination])
        {
            if (Most(book, book.All(rule).Where(heard => IsIn(prefix, heard.Subject)), finding, rule) is { } part)
                return part;
        }

        // Where one source of few sends most of it, it is the source's.
        if (finding.Related.Count > 0)
        {
            Heard? loudest = book.All(RuleIds.FloodSource).Where(heard => heard.Source is { } source && finding.Related.Contains(source)).MaxBy(heard => heard.Observed);
            if (loudest is not null && 2 * loudest.Observed >= finding.Observed)
                return loudest.IsOpen ? Precedent.PartOf(RuleIds.FloodSource, loudest.Subject) : Precedent.Silent;
        }

        // A smaller network in it that takes most speaks for it; where none does, it speaks for them.
        foreach (Heard other in book.All(RuleIds.FloodPrefix))
        {
            if (other.Subject == finding.Subject || !Prefix.TryParse(other.Subject, out Prefix network))
                continue;
            bool isInside = network.Length > prefix.Length && prefix.Contains(network.First);
            bool isAround = network.Length < prefix.Length && network.Contains(prefix.First);
            if (isInside && 2 * other.Observed >= finding.Observed)
                return other.IsOpen ? Precedent.PartOf(Id, other.Subject) : Precedent.Silent;
            if (isAround && 2 * finding.Observed < other.Observed)
                return other.IsOpen ? Precedent.PartOf(Id, other.Subject) : Precedent.Silent;
        }

        return Precedent.Alone;
    }

    private static Precedent? Most(IAlertBook book, IEnumerable<Heard> inside, RuleFinding finding, string rule)
    {
        double sum = 0;
        Heard? loudest = null;
        foreach (Heard heard in inside)
        {
            // A smurf's number is of hosts: its packets are those of the flood that its victim suffers, if that is near any threshold.
            sum += heard.Unit == finding.Unit ? heard.Observed : book.Find(RuleIds.FloodDestination, heard.Subject)?.Observed ?? 0;
            loudest = heard.IsOpen && (loudest is null || heard.Observed > loudest.Observed) ? heard : loudest;
        }

        if (2 * sum < finding.Observed)
            return null;
        return loudest is null ? Precedent.Silent : Precedent.PartOf(rule, loudest.Subject);
    }

    private static bool IsIn(Prefix prefix, string subject) => Address.TryParse(subject, out Address address) && prefix.Contains(address);

    private static int LengthOf(string subject) => Prefix.TryParse(subject, out Prefix prefix) ? prefix.Length : 0;
}

/// <summary>What comes before a flood of one victim.</summary>
internal static class FloodPrecedence
{
    public static Precedent? OfVictim(string victim, RuleFinding finding, IAlertBook book)
    {
        if (book.Find(RuleIds.Blacknurse, victim) is { IsOpen: true } blacknurse && 2 * blacknurse.Observed >= finding.Observed)
            return Precedent.PartOf(RuleIds.Blacknurse, victim);
        return book.IsOpen(RuleIds.Smurf, victim) ? Precedent.PartOf(RuleIds.Smurf, victim) : null;
    }

    /// <summary>The flood of the network that an address is in, unless the address takes most of it.</summary>
    public static Precedent? AroundNetwork(string subject, IAlertBook book)
    {
        if (!Address.TryParse(subject, out Address address))
            return null;
        double own = book.Find(RuleIds.FloodDestination, subject)?.Observed ?? 0;
        foreach (Heard flood in book.All(RuleIds.FloodPrefix))
        {
            if (flood.IsOpen && 2 * own < flood.Observed && Prefix.TryParse(flood.Subject, out Prefix prefix) && prefix.Contains(address))
                return Precedent.PartOf(RuleIds.FloodPrefix, flood.Subject);
        }

        return null;
    }

    /// <summary>
    /// The flood or smurf of a network of which a finding would be part that says which one its source deals with: one of many
    /// sources of a carpet asks many addresses of it, and one of many reflectors answers many.
    /// </summary>
    public static Precedent? OfNetwork(RuleFinding finding, IAlertBook book)
    {
        if (finding.Related.Count != 1)
            return null;
        Address network = finding.Related[0];
        foreach (Heard flood in book.All(RuleIds.FloodPrefix))
        {
            if (flood.IsOpen && Prefix.TryParse(flood.Subject, out Prefix prefix) && PrefixSizes.Large(prefix.First) == network)
                return Precedent.PartOf(RuleIds.FloodPrefix, flood.Subject);
        }

        foreach (Heard smurf in book.All(RuleIds.Smurf))
        {
            if (smurf.IsOpen && Address.TryParse(smurf.Subject, out Address victim) && PrefixSizes.Large(victim) == network)
                return Precedent.PartOf(RuleIds.Smurf, smurf.Subject);
        }

        return null;
    }

    /// <summary>Any flood alert of which a finding between two addresses would be part.</summary>
    public static Precedent? Around(RuleFinding finding, IAlertBook book)
    {
        if (finding.Destination is { } victim)
        {
            string subject = victim.ToString();
            foreach (string rule in (string[])[RuleIds.Blacknurse, RuleIds.Smurf, RuleIds.FloodDestination])
            {
                if (book.IsOpen(rule, subject))
                    return Precedent.PartOf(rule, subject);
            }
        }

        return finding.Source is { } source && book.IsOpen(RuleIds.FloodSource, source.ToString())
            ? Precedent.PartOf(RuleIds.FloodSource, source.ToString())
            : null;
    }
}
