using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The routers of one domain, which stands for a link: listed ones, and the first that advertises itself where none is listed. Whoever
/// comes later, or changes what it claimed, is an alert.
/// </summary>
public sealed class RouterBook(IReadOnlyList<Address> listed) : ICheckpointPart
{
    private readonly SortedDictionary<Address, (double High, double Low)> _claims = [];

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

    /// <summary>Writes down what was learnt.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_claims.Count);
        foreach ((Address router, (double high, double low)) in _claims)
        {
            writer.WriteAddress(router);
            writer.WriteInt64(BitConverter.DoubleToInt64Bits(high));
            writer.WriteInt64(BitConverter.DoubleToInt64Bits(low));
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int left = reader.ReadCount(Address.Size + (2 * sizeof(long))); left > 0; left--)
            _claims[reader.ReadAddress()] = (BitConverter.Int64BitsToDouble(reader.ReadInt64()), BitConverter.Int64BitsToDouble(reader.ReadInt64()));
    }

    private static double Feature(RuleFinding finding, string name) => finding.Features.Find(feature => feature.Name == name).Value;
}
