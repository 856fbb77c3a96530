namespace IcmpStream.Schemas;

/// <summary>
/// A reusable <c>icmpstream.v1.Partial</c>, value of <c>icmp.partial.v1</c>: what one pair partition saw of one host partition's
/// addresses in one slot. One thread fills it, hands it on, and fills it again after <see cref="Clear"/>.
/// </summary>
/// <remarks>
/// The arrays start small and double, up to the limits below, and never shrink: in steady state nothing is allocated. The limits
/// add up to 5.5 MiB of counts, 4 MiB of peers, 2 MiB of loudest peers, 3 MiB of types, 2 MiB of sketches, 11 MiB of
/// marks, 4 MiB of their samples and 0.5 MiB of candidates for each buffer that ever met the worst. Where a slot needs more, it goes into several records: ship at <see cref="IsFull"/>, or sooner, when
/// <see cref="MaxEncodedBytes"/> nears the topic's message limit.
/// </remarks>
public sealed partial class PartialBuffer
{
    /// <summary>The most counts in a record: as many addresses as a flood of random sources brings in a slot at 650,000 packets/s.</summary>
    public const int MaxCounts = 65_536;

    /// <summary>The most peers listed for one address; beyond it a sketch takes over.</summary>
    public const int MaxPeersPerCount = 64;

    /// <summary>The most loudest peers of one address.</summary>
    public const int MaxTopPeersPerCount = 16;

    /// <summary>The most type counts of one address.</summary>
    public const int MaxTypesPerCount = 8;

    /// <summary>Size of a sketch: 2^11 registers of one byte.</summary>
    public const int SketchBytes = 2048;

    /// <summary>The most peers in a record: four for each of the most counts, since hardly any has many in 100 ms.</summary>
    public const int MaxPeers = 4 * MaxCounts;

    /// <summary>The most loudest peers in a record.</summary>
    public const int MaxTopPeers = MaxCounts;

    /// <summary>The most type counts in a record: two for each of the most counts.</summary>
    public const int MaxTypes = 2 * MaxCounts;

    /// <summary>The most sketches in a record: an address needs more than 64 peers within the slot to have one.</summary>
    public const int MaxSketches = 1024;

    private const int InitialCounts = 256;

    private PartialCount[] _counts = new PartialCount[InitialCounts];
    private Address[] _peers = new Address[InitialCounts];
    private TopPeer[] _topPeers = new TopPeer[MaxTopPeersPerCount];
    private TypeCount[] _types = new TypeCount[InitialCounts];
    private byte[] _sketches = new byte[SketchBytes];
    private int _peersUsed;
    private int _topPeersUsed;
    private int _typesUsed;
    private int _sketchesUsed;

    /// <summary>Observation domain.</summary>
    public uint Domain { get; set; }

    /// <summary>Partition of <c>icmp.event.v1</c> it was made from.</summary>
    public int PairPartition { get; set; }

    /// <summary>Partition of <c>icmp.partial.v1</c> it goes to.</summary>
    public int HostPartition { get; set; }

    /// <summary>Rises with each record of the pair partition and host partition; a lower one has been sent before.</summary>
    public long Sequence { get; set; }

    /// <summary>Start of the slot, ns since the epoch.</summary>
    public long SlotStartNs { get; set; }

    /// <summary>Length of the slot, ns.</summary>
    public long SlotNs { get; set; }

    /// <summary>No later record of this pair partition and domain has a slot that starts before this, ns since the epoch.</summary>
    public long WatermarkNs { get; set; }

    /// <summary>Packets seen in the slot by the domain's streams.</summary>
    public long Seen { get; set; }

    /// <summary>Packets dropped or shed in the slot.</summary>
    public long Lost { get; set; }

    /// <summary>True when the domain has ended in this pair partition.</summary>
    public bool Final { get; set; }

    /// <summary>Counts in the buffer.</summary>
    public int Count { get; private set; }

    /// <summary>The counts.</summary>
    public Span<PartialCount> Counts => _counts.AsSpan(0, Count);

    /// <summary>True when another count, with all that it can bring, might not fit.</summary>
    public bool IsFull =>
        Count == MaxCounts
        || _peersUsed > MaxPeers - MaxPeersPerCount
        || _topPeersUsed > MaxTopPeers - MaxTopPeersPerCount
        || _typesUsed > MaxTypes - MaxTypesPerCount
        || _sketchesUsed > (MaxSketches - 1) * SketchBytes
        || AreMarksFull
        || AreCandidatesFull;

    /// <summary>Adds a count, all zero, to be filled in place. Throws <see cref="InvalidOperationException"/> when full.</summary>
    public ref PartialCount Add()
    {
        if (Count == MaxCounts)
            throw new InvalidOperationException("the partial buffer is full");
        Grow(ref _counts, Count + 1, MaxCounts);
        ref PartialCount added = ref _counts[Count++];
        added = default;
        return ref added;
    }

    /// <summary>
    /// Adds a count of one peer and one type, as most are, in one go; all but these lists is to be filled in place. Throws
    /// <see cref="InvalidOperationException"/> when full.
    /// </summary>
    public ref PartialCount Add(Address peer, in TypeCount type)
    {
        ref PartialCount added = ref Add();
        (added.PeersOffset, added.PeersLength) = (_peersUsed, 1);
        (added.TypesOffset, added.TypesLength) = (_typesUsed, 1);
        Grow(ref _peers, _peersUsed + 1, MaxPeers);
        Grow(ref _types, _typesUsed + 1, MaxTypes);
        _peers[_peersUsed++] = peer;
        _types[_typesUsed++] = type;
        return ref added;
    }

    /// <summary>
    /// Room for the peers of the last count added, to be filled ascending. Like the three below: at most once for a count, within
    /// the limits, else <see cref="InvalidOperationException"/>; a growing buffer moves, so take references to counts anew.
    /// </summary>
    public Span<Address> AddPeers(int length)
    {
        ref PartialCount last = ref Last(length, MaxPeersPerCount, _peersUsed, MaxPeers);
        (last.PeersOffset, last.PeersLength) = (_peersUsed, (byte)length);
        return Take(ref _peers, ref _peersUsed, length, MaxPeers);
    }

    /// <summary>Room for the loudest peers of the last count added, by packets, then address.</summary>
    public Span<TopPeer> AddTopPeers(int length)
    {
        ref PartialCount last = ref Last(length, MaxTopPeersPerCount, _topPeersUsed, MaxTopPeers);
        (last.TopPeersOffset, last.TopPeersLength) = (_topPeersUsed, (byte)length);
        return Take(ref _topPeers, ref _topPeersUsed, length, MaxTopPeers);
    }

    /// <summary>Room for the most frequent types of the last count added, by packets, then number.</summary>
    public Span<TypeCount> AddTypes(int length)
    {
        ref PartialCount last = ref Last(length, MaxTypesPerCount, _typesUsed, MaxTypes);
        (last.TypesOffset, last.TypesLength) = (_typesUsed, (byte)length);
        return Take(ref _types, ref _typesUsed, length, MaxTypes);
    }

    /// <summary>Room for the <see cref="SketchBytes"/> of the last count added; not cleared.</summary>
    public Span<byte> AddSketch()
    {
        ref PartialCount last = ref Last(1, 1, _sketchesUsed / SketchBytes, MaxSketches);
        (last.SketchOffset, last.HasSketch) = (_sketchesUsed, true);
        return Take(ref _sketches, ref _sketchesUsed, SketchBytes, MaxSketches * SketchBytes);
    }

    /// <summary>The peers of a count.</summary>
    public ReadOnlySpan<Address> Peers(in PartialCount count) => _peers.AsSpan(count.PeersOffset, count.PeersLength);

    /// <summary>The loudest peers of a count.</summary>
    public ReadOnlySpan<TopPeer> TopPeers(in PartialCount count) => _topPeers.AsSpan(count.TopPeersOffset, count.TopPeersLength);

    /// <summary>The most frequent types of a count.</summary>
    public ReadOnlySpan<TypeCount> Types(in PartialCount count) => _types.AsSpan(count.TypesOffset, count.TypesLength);

    /// <summary>The sketch of a count; empty where it has none.</summary>
    public ReadOnlySpan<byte> Sketch(in PartialCount count) =>
        _sketches.AsSpan(count.SketchOffset, count.HasSketch ? SketchBytes : 0);

    /// <summary>Fills the buffer with the counts of another and their lists; its envelope stays.</summary>
    public void CopyCountsFrom(PartialBuffer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Count = Copy(other._counts, other.Count, ref _counts);
        _peersUsed = Copy(other._peers, other._peersUsed, ref _peers);
        _topPeersUsed = Copy(other._topPeers, other._topPeersUsed, ref _topPeers);
        _typesUsed = Copy(other._types, other._typesUsed, ref _types);
        _sketchesUsed = Copy(other._sketches, other._sketchesUsed, ref _sketches);
        MarkCount = Copy(other._marks, other.MarkCount, ref _marks);
        _samplesUsed = Copy(other._samples, other._samplesUsed, ref _samples);
    }

    /// <summary>
    /// Sorts the counts by role, then address, for comparisons: the stages write them by key group, then address. Offsets go along, so the
    /// arenas stay as they are.
    /// </summary>
    public void Sort() => Counts.Sort(static (a, b) => a.Role != b.Role ? (int)a.Role - (int)b.Role : a.Address.CompareTo(b.Address));

    /// <summary>An upper bound on the size of the record's Avro encoding, bytes; cheap, and within a factor of about two.</summary>
    public int MaxEncodedBytes => Encoded.Envelope
        + (Count * Encoded.Count)
        + (_peersUsed * Address.Size)
        + (_topPeersUsed * Encoded.TopPeer)
        + (_typesUsed * Encoded.Type)
        + _sketchesUsed
        + MaxEncodedMarkBytes
        + MaxEncodedCandidateBytes;

    /// <summary>Empties the buffer and zeroes the envelope; spans and references handed out before are no longer valid.</summary>
    public void Clear()
    {
        (Domain, PairPartition, HostPartition, Sequence, SlotStartNs, SlotNs) = (0, 0, 0, 0, 0, 0);
        (WatermarkNs, Seen, Lost, Final) = (0, 0, 0, false);
        (Count, _peersUsed, _topPeersUsed, _typesUsed, _sketchesUsed) = (0, 0, 0, 0, 0);
        ClearMarks();
        ClearCandidates();
    }

    private ref PartialCount Last(int length, int most, int used, int limit)
    {
        if ((uint)length > (uint)most || used + length > limit)
            throw new InvalidOperationException($"a count takes at most {most} of these, a record {limit}");
        return ref _counts[Count - 1];
    }

    private static Span<T> Take<T>(ref T[] arena, ref int used, int length, int limit)
    {
        Grow(ref arena, used + length, limit);
        Span<T> taken = arena.AsSpan(used, length);
        used += length;
        return taken;
    }

    private static int Copy<T>(T[] source, int count, ref T[] destination)
    {
        if (destination.Length < count)
            destination = new T[source.Length];
        source.AsSpan(0, count).CopyTo(destination);
        return count;
    }

    private static void Grow<T>(ref T[] array, int needed, int limit)
    {
        if (needed > array.Length)
            Array.Resize(ref array, Math.Min(limit, Math.Max(needed, 2 * array.Length)));
    }

    /// <summary>The most bytes of each part in Avro: ten for a long, five for an int, one for an enum, a boolean or a block end.</summary>
    private static class Encoded
    {
        public const int Envelope = (2 * 5) + (8 * 10) + 1 + (3 * (10 + 1));
        public const int Count = Address.Size + 1 + (6 * 10) + (3 * (10 + 1)) + 10;
        public const int TopPeer = Address.Size + (2 * 10);
        public const int Type = (3 * 5) + (2 * 10);
    }
}
