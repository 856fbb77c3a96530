namespace IcmpStream.Schemas;

/// <summary>How many round-trip times fell into one of <see cref="RttBuckets"/>.</summary>
/// <param name="Bucket">The bucket, below <see cref="RttBuckets.Count"/>.</param>
/// <param name="Count">Round-trip times in it.</param>
public readonly record struct RttCell(ushort Bucket, long Count);

/// <summary>
/// How long the answers of one address to another took in one window. Avro <c>icmpstream.v1.PairRtt</c>, value of <c>icmp.rtt.v1</c>; the key
/// is the pair, as that of its exchanges.
/// </summary>
public sealed class PairRtt
{
    /// <summary>Start of the window in which the replies came, ns since the epoch.</summary>
    public long WindowStartNs { get; set; }

    /// <summary>Length of the window, ns.</summary>
    public long WindowNs { get; set; }

    /// <summary>4 or 6.</summary>
    public byte Family { get; set; }

    /// <summary>Who asked.</summary>
    public Address Requester { get; set; }

    /// <summary>Who answered.</summary>
    public Address Responder { get; set; }

    /// <summary>Round-trip times: the sum of all cells.</summary>
    public long Count { get; set; }

    /// <summary>The shortest, ns, exact.</summary>
    public long MinNs { get; set; }

    /// <summary>The longest, ns, exact.</summary>
    public long MaxNs { get; set; }

    /// <summary>All of them together, ns, exact.</summary>
    public long SumNs { get; set; }

    /// <summary>The median, ns, as exact as <see cref="RttBuckets"/> are; so the other percentiles.</summary>
    public long P50Ns { get; set; }

    /// <summary>What 90 of 100 do not exceed, ns.</summary>
    public long P90Ns { get; set; }

    /// <summary>What 95 of 100 do not exceed, ns.</summary>
    public long P95Ns { get; set; }

    /// <summary>What 99 of 100 do not exceed, ns.</summary>
    public long P99Ns { get; set; }

    /// <summary>Round-trip times of the pair for which there was no room: in none of the other numbers.</summary>
    public long Dropped { get; set; }

    /// <summary>Share of packets not dropped or shed in the window, 0 to 1. A new record says 0: whoever fills it sets this too.</summary>
    public double Completeness { get; set; }

    /// <summary>Observation domain.</summary>
    public uint Domain { get; set; }

    /// <summary>The sketch: buckets that are not empty, ascending.</summary>
    public List<RttCell> Cells { get; private init; } = [];

    /// <summary>Makes the percentiles from the cells and the two ends.</summary>
    public void SetPercentiles()
    {
        P50Ns = RttBuckets.PercentileNs(Cells, 50, MinNs, MaxNs);
        P90Ns = RttBuckets.PercentileNs(Cells, 90, MinNs, MaxNs);
        P95Ns = RttBuckets.PercentileNs(Cells, 95, MinNs, MaxNs);
        P99Ns = RttBuckets.PercentileNs(Cells, 99, MinNs, MaxNs);
    }

    /// <summary>A copy of its own, for whoever keeps a record that ends with the call.</summary>
    public PairRtt Copy() => new()
    {
        WindowStartNs = WindowStartNs,
        WindowNs = WindowNs,
        Family = Family,
        Requester = Requester,
        Responder = Responder,
        Count = Count,
        MinNs = MinNs,
        MaxNs = MaxNs,
        SumNs = SumNs,
        P50Ns = P50Ns,
        P90Ns = P90Ns,
        P95Ns = P95Ns,
        P99Ns = P99Ns,
        Dropped = Dropped,
        Completeness = Completeness,
        Domain = Domain,
        Cells = [.. Cells],
    };
}
