using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The routers of one domain, which stands for a link: listed ones, and the first that advertises itself where none is listed. Whoever
/// comes later, or changes what it claimed, is an alert.
/// </summary>
public sealed class RouterBook(IReadOnlyList<Address> listed)
{
    private readonly SortedDictionary<Address, (double High, double Low)> _claims = [];

    /// <summary>What routers have claimed first, by address.</summary>
    public IReadOnlyDictionary<Address, (double High, double Low)> Claims => _claims;

    /// <summary>True for a router that is listed or learnt.</summary>
    public bool IsKnown(Address? address) => address is { } router && (listed.Contains(router) || _claims.ContainsKey(router));

    /// <summary>Takes an advertisement; true where it is what is known, or the first.</summary>
    public bool Accepts(RuleFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        if (finding.Source is not { } router)
            return true;
        (double High, double Low) claim = (Feature(finding, ClaimReports.ClaimHigh), Feature(finding, ClaimReports.ClaimLow));
        if (_claims.TryGetValue(router, out (double High, double Low) known))
            return known == claim;
        if (!listed.Contains(router) && (listed.Count > 0 || _claims.Count > 0))
            return false;
        _claims.Add(router, claim);
        return true;
    }

    /// <summary>Puts back what was learnt.</summary>
    internal void Restore(Address router, (double High, double Low) claim) => _claims[router] = claim;

    private static double Feature(RuleFinding finding, string name) => finding.Features.Find(feature => feature.Name == name).Value;
}
