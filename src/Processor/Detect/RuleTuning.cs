using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>A threshold for the addresses of a network.</summary>
/// <param name="Prefix">The network.</param>
/// <param name="Threshold">The threshold, in the rule's own unit.</param>
public readonly record struct PrefixThreshold(Prefix Prefix, long Threshold);

/// <summary>What every rule can be told.</summary>
public abstract record RuleTuning
{
    /// <summary>True where the rule speaks.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Networks that the rule leaves alone, be they its subject, the source or the destination.</summary>
    public IReadOnlyList<Prefix> Exempt { get; init; } = [];

    /// <summary>Thresholds for networks in place of the rule's own: of several that hold an address the longest prefix counts.</summary>
    public IReadOnlyList<PrefixThreshold> Thresholds { get; init; } = [];

    /// <summary>The threshold where no network has its own.</summary>
    public abstract long DefaultThreshold { get; }

    /// <summary>True where the rule leaves an address alone.</summary>
    public bool IsExempt(Address address)
    {
        // By index: the enumerator of a list that is known by its interface is an object, and this is asked about every address.
        for (int i = 0; i < Exempt.Count; i++)
        {
            if (Exempt[i].Contains(address))
                return true;
        }

        return false;
    }

    /// <summary>The threshold for an address.</summary>
    public long ThresholdOf(Address address)
    {
        if (Thresholds.Count == 0)
            return DefaultThreshold;
        int longest = -1;
        long threshold = DefaultThreshold;
        for (int i = 0; i < Thresholds.Count; i++)
        {
            PrefixThreshold own = Thresholds[i];
            if (own.Prefix.Length > longest && own.Prefix.Contains(address))
                (longest, threshold) = (own.Prefix.Length, own.Threshold);
        }

        return threshold;
    }

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public virtual void Validate()
    {
        if (DefaultThreshold < 1 || Thresholds.Any(own => own.Threshold < 1))
            throw new ArgumentException("a rule's threshold must be at least 1");
    }
}

/// <summary>A rule that speaks from a number of distinct addresses within a time.</summary>
public sealed record DistinctOptions : RuleTuning
{
    /// <summary>The most addresses that a threshold can ask for: as many are kept for each subject.</summary>
    public const int MaxAddresses = 64;

    /// <summary>Addresses to enter at.</summary>
    public required long Addresses { get; init; }

    /// <summary>The time they come in, s.</summary>
    public required long Seconds { get; init; }

    /// <inheritdoc/>
    public override long DefaultThreshold => Addresses;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Addresses > MaxAddresses || Thresholds.Any(own => own.Threshold > MaxAddresses))
            throw new ArgumentException($"a number of distinct addresses can be at most {MaxAddresses}");
        if (Seconds is < 1 or > 3600)
            throw new ArgumentException("the time for distinct addresses must be 1 to 3,600 s");
    }
}

/// <summary>A rule that speaks from a number of packets on.</summary>
public sealed record CountOptions : RuleTuning
{
    /// <summary>Packets to enter at.</summary>
    public required long Packets { get; init; }

    /// <summary>Time after which the count begins anew, s.</summary>
    public long Seconds { get; init; } = 60;

    /// <inheritdoc/>
    public override long DefaultThreshold => Packets;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Seconds is < 1 or > 3600)
            throw new ArgumentException("the time for a count must be 1 to 3,600 s");
    }
}

/// <summary>The tunnel rules: what a score is held against.</summary>
public sealed record ScoreOptions : RuleTuning
{
    /// <summary>Points to enter at.</summary>
    public required long Points { get; init; }

    /// <summary>Points from which it is high.</summary>
    public required long HighPoints { get; init; }

    /// <inheritdoc/>
    public override long DefaultThreshold => Points;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (HighPoints < Points)
            throw new ArgumentException("the points for high must not be below those to enter at");
    }
}
