namespace IcmpStream.Ingest.Generate;

/// <summary>Several kinds of traffic as one, in order of time; at equal times in the order given.</summary>
public sealed class TrafficMix : ITraffic
{
    private readonly IReadOnlyList<ITraffic> _parts;

    /// <summary>Mixes <paramref name="parts"/>.</summary>
    public TrafficMix(params IReadOnlyList<ITraffic> parts) => _parts = parts;

    /// <inheritdoc/>
    public long NextNs => Next() is { } part ? part.NextNs : ITraffic.Ended;

    /// <inheritdoc/>
    public int Write(Span<byte> frame) =>
        (Next() ?? throw new InvalidOperationException("the traffic has ended")).Write(frame);

    private ITraffic? Next()
    {
        ITraffic? next = null;
        foreach (ITraffic part in _parts)
        {
            if (part.NextNs != ITraffic.Ended && (next is null || part.NextNs < next.NextNs))
                next = part;
        }

        return next;
    }
}
