namespace IcmpStream.Schemas;

/// <content>The candidates of a partial: halves of exchanges that the host stage matches.</content>
public sealed partial class PartialBuffer
{
    /// <summary>The most candidates in a record: a sixteenth of the most counts, since only strays and broadcasts are any.</summary>
    public const int MaxCandidates = MaxCounts / 16;

    private PartialCandidate[] _candidates = [];

    /// <summary>All candidates that were due before this have been sent, ns since the epoch.</summary>
    public long CandidatesUntilNs { get; set; } = BatchEnvelope.NoWatermark;

    /// <summary>Candidates in the buffer.</summary>
    public int CandidateCount { get; private set; }

    /// <summary>The candidates.</summary>
    public Span<PartialCandidate> Candidates => _candidates.AsSpan(0, CandidateCount);

    /// <summary>Adds a candidate, all zero, to be filled in place. Throws <see cref="InvalidOperationException"/> when full.</summary>
    public ref PartialCandidate AddCandidate()
    {
        if (CandidateCount == MaxCandidates)
            throw new InvalidOperationException("the partial buffer is full");
        Grow(ref _candidates, CandidateCount + 1, MaxCandidates);
        ref PartialCandidate added = ref _candidates[CandidateCount++];
        added = default;
        return ref added;
    }

    private bool AreCandidatesFull => CandidateCount == MaxCandidates;

    private int MaxEncodedCandidateBytes => CandidateCount * EncodedCandidate;

    private void ClearCandidates() => (CandidateCount, CandidatesUntilNs) = (0, BatchEnvelope.NoWatermark);

    private const int EncodedCandidate = (3 * Address.Size) + (6 * 10) + (8 * 5) + sizeof(ulong);
}
