namespace IcmpStream.Cli.Output;

/// <summary>Where <c>decode</c> stops before the end.</summary>
/// <param name="Count">Messages at most; null for all.</param>
/// <param name="Duration">How much time at most; null for all.</param>
internal sealed record DecodeLimits(long? Count, TimeSpan? Duration)
{
    /// <summary>The duration, ns of a capture's clock.</summary>
    public long? DurationNs => Duration is { } duration ? duration.Ticks * TimeSpan.NanosecondsPerTick : null;
}
