using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Points by feature, with words: a score that says what contributed how much.</summary>
internal sealed class TunnelScore
{
    private readonly List<(string Name, int Points)> _features = [];

    /// <summary>Points that a feature must have to count as one of the two that are needed.</summary>
    private const int IndependentPoints = 10;

    public int Points { get; private set; }

    /// <summary>Features that say something by themselves.</summary>
    public int Independent { get; private set; }

    public void Clear()
    {
        _features.Clear();
        (Points, Independent) = (0, 0);
    }

    public void Add(bool holds, string name, int points)
    {
        if (!holds)
            return;
        _features.Add((name, points));
        Points += points;
        if (points >= IndependentPoints)
            Independent++;
    }

    public void WriteTo(RuleFinding finding, in PairTrack pair, in TunnelTrack tunnel)
    {
        foreach ((string name, int points) in _features.OrderByDescending(feature => feature.Points).ThenBy(feature => feature.Name, StringComparer.Ordinal))
        {
            finding.Features.Add(new FindingFeature("points." + name, points));
            finding.Evidence.Add($"{PayloadFeatures.Explain(name, pair, tunnel) ?? HeaderFeatures.Explain(name, pair)} (+{points})");
        }
    }
}
