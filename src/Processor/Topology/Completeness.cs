namespace IcmpStream.Processor.Topology;

/// <summary>The share of packets that were not lost, as records give it. State holds the counts; only outputs hold the share.</summary>
internal static class Completeness
{
    /// <summary>seen / (seen + lost), 0 to 1, and 1 of nothing.</summary>
    public static double Of(long seen, long lost) => lost <= 0 ? 1.0 : (double)seen / (seen + lost);
}
