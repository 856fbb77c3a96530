using System.Runtime.CompilerServices;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What went one way between two addresses in one slot: 24 blittable bytes.</summary>
public struct Flow
{
    /// <summary>Packets of all types; 0 where there is no such flow.</summary>
    public long Packets;

    /// <summary>IP total length of all types, bytes.</summary>
    public long Bytes;

    /// <summary>The first family, type and code seen; what is not counted behind <see cref="More"/> is of it.</summary>
    public uint TypeKey;

    /// <summary>Place + 1 of the last other type of this flow; 0 for none.</summary>
    public int More;
}

/// <summary>A flow of the key group that is being closed: 32 blittable bytes.</summary>
public struct OpenFlow
{
    /// <summary>What is counted of it.</summary>
    public Flow Count;

    /// <summary>Place + 1 of what the rules know of its echo requests; 0 for nothing.</summary>
    public int Requests;

    /// <summary>Place + 1 of what the rules know of its echo replies; 0 for nothing.</summary>
    public int Replies;
}

/// <summary>The two addresses of a pair, or what each sent: the lower address has number 0, the upper one 1.</summary>
/// <typeparam name="T">What there are two of.</typeparam>
[InlineArray(2)]
public struct BothEnds<T>
{
    private T _lower;
}

/// <summary>What two addresses sent each other in one slot: 88 blittable bytes.</summary>
public struct PairFlows
{
    /// <summary>Both addresses; the lower one of an overflow means nothing.</summary>
    public BothEnds<Address> Ends;

    /// <summary>What each address sent to the other; of an overflow, the first is what all sent to the upper.</summary>
    public BothEnds<Flow> Sent;

    /// <summary>
    /// True where the packets' key is another pair, since an error travels with what it quotes: a flow's other packets are in one
    /// partition, these may be in any.
    /// </summary>
    public bool IsForeign;

    /// <summary>True where sources beyond the limit are counted together for their destination.</summary>
    public bool IsOverflow;
}

/// <summary>The key groups of a pair's addresses.</summary>
/// <param name="Lower">Of the lower one; -1 for an overflow, which has none.</param>
/// <param name="Upper">Of the upper one.</param>
public readonly record struct EndGroups(short Lower, short Upper);

/// <summary>Packets of one family, type and code within a flow.</summary>
public struct TypeEntry
{
    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>family, type and code: 0x00FFTTCC.</summary>
    public uint TypeKey;

    /// <summary>Place + 1 of the next entry of the flow; 0 at the end.</summary>
    public int Next;
}

/// <summary>
/// The flows of the slot that is being closed, both of a pair side by side, one key group behind the other. Beyond a group's limit sources are counted together
/// under their destination, so that a victim's rate stays exact under a flood of random sources.
/// </summary>
/// <remarks>
/// The flows of the group that is being closed are counted by the place of their pair, in memory that every group uses in turn; at its
/// end they are written behind those of the groups before.
/// </remarks>
public sealed class FlowList
{
    /// <summary>
    /// Flows of one slot and key group by default: 2^20 in all, 10 million new flows a second. A pair takes 92 bytes, so the list is
    /// 92 MiB at worst, and a quarter more for flows counted together; those that are open take 3 MiB at worst.
    /// </summary>
    public const int DefaultLimit = 4096;

    private readonly int _limit;
    private readonly HashIndex _overflow = new();
    private readonly HashIndex _typeIndex = new();
    private OpenFlow[] _open = new OpenFlow[64];
    private PairFlows[] _flows = new PairFlows[64];
    private EndGroups[] _groups = new EndGroups[64];
    private TypeEntry[] _types = new TypeEntry[16];
    private int[] _owners = new int[16];
    private int _typeCount;
    private int _ofGroup;
    private int _overflowOfGroup;
    private bool _isBounded;

    /// <summary>Makes a list for <paramref name="limit"/> flows of a group, and a quarter more for those that share a destination.</summary>
    public FlowList(int limit = DefaultLimit) => _limit = limit;

    /// <summary>Pairs in it.</summary>
    public int Count { get; private set; }

    /// <summary>All pairs.</summary>
    public ReadOnlySpan<PairFlows> Items => _flows.AsSpan(0, Count);

    /// <summary>The key groups of all pairs, in the same order.</summary>
    public ReadOnlySpan<EndGroups> Groups => _groups.AsSpan(0, Count);

    /// <summary>A flow of the group that is being closed: the place of its pair x 2, and 1 more where the upper address sent it.</summary>
    public ref OpenFlow this[int flow] => ref _open[flow];

    /// <summary>The types of a flow beyond its first, by <see cref="Flow.More"/> and <see cref="TypeEntry.Next"/>.</summary>
    public ref readonly TypeEntry TypeAt(int link) => ref _types[link - 1];

    /// <summary>Begins the flows of another key group, of at most so many messages between the pairs of a table.</summary>
    public void BeginGroup(PairTable pairs, int messages)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (_overflowOfGroup > 0)
            _overflow.Clear();
        _typeIndex.Clear();
        _ofGroup = 0;
        _overflowOfGroup = 0;

        // Each message opens one flow at most, and adds one pair at most.
        _isBounded = messages > _limit;
        int most = 2 * (pairs.PlaceEnd + messages);
        if (_open.Length < most)
            _open = new OpenFlow[Math.Max(most, 2 * _open.Length)];
    }

    /// <summary>Counts packets of a flow of the group; false where it is new and the group is at its limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTally(int flow, uint typeKey, uint packets, uint bytes)
    {
        ref Flow counted = ref _open[flow].Count;
        if (_isBounded && counted.Packets == 0 && _ofGroup++ >= _limit)
            return false;
        Tally(ref counted, flow, typeKey, packets, bytes);
        return true;
    }

    /// <summary>
    /// Counts packets of a source beyond the limit under their destination, with those of all others; false where even these are too many.
    /// </summary>
    public bool TryTallyOverflow(Address destination, uint typeKey, uint packets, uint bytes)
    {
        int place = OverflowTo(destination);
        if (place < 0)
            return false;
        Tally(ref _flows[place].Sent[0], ~place, typeKey, packets, bytes);
        return true;
    }

    /// <summary>Ends the group: what was counted of the pairs that were met is written down.</summary>
    public void EndGroup(PairTable pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        foreach (int place in pairs.Met)
        {
            ref OpenFlow up = ref _open[2 * place], down = ref _open[(2 * place) + 1];
            if ((up.Count.Packets | down.Count.Packets) != 0)
            {
                ref readonly Pair pair = ref pairs[place];
                ref PairFlows added = ref Append(pair.LowerGroup, pair.UpperGroup);
                added.Ends[0] = pair.Lower;
                added.Ends[1] = pair.Upper;
                added.Sent[0] = up.Count;
                added.Sent[1] = down.Count;
                added.IsForeign = pair.IsForeign;
                added.IsOverflow = false;
            }

            up = default;
            down = default;
        }
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear() => (Count, _typeCount) = (0, 0);

    // The pair whose first flow is that of all sources beyond the limit to a destination; -1 where even these are too many.
    private int OverflowTo(Address destination)
    {
        uint hash = Mix.Hash(1, destination);
        HashProbe probe = _overflow.Probe(hash);
        while (probe.Next(out int known))
        {
            if (_flows[known].Ends[1] == destination)
                return known;
        }

        if (_overflowOfGroup >= Math.Max(1, _limit / 4))
            return -1;
        _overflowOfGroup++;
        _overflow.Add(hash, Count);
        ref PairFlows added = ref Append(-1, KeyGroup.Of(destination));
        added = default;
        added.Ends[1] = destination;
        added.IsForeign = true;
        added.IsOverflow = true;
        return Count - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tally(ref Flow flow, int owner, uint typeKey, uint packets, uint bytes)
    {
        // The first type, which is never 0, without a jump: nothing foresees where a flow begins.
        uint known = flow.TypeKey;
        uint isKnown = (known | (0u - known)) >> 31;
        uint first = known | (typeKey & (isKnown - 1));
        flow.TypeKey = first;
        flow.Packets += packets;
        flow.Bytes += bytes;
        if (first == typeKey)
            return;
        TallyMore(ref flow, owner, typeKey, packets, bytes);
    }

    private void TallyMore(ref Flow flow, int owner, uint typeKey, uint packets, uint bytes)
    {
        ref TypeEntry entry = ref MoreOf(ref flow, owner, typeKey);
        entry.Packets += packets;
        entry.Bytes += bytes;
    }

    private ref PairFlows Append(short lowerGroup, short upperGroup)
    {
        if (Count == _flows.Length)
        {
            Array.Resize(ref _flows, 2 * Count);
            Array.Resize(ref _groups, 2 * Count);
        }

        _groups[Count] = new EndGroups(lowerGroup, upperGroup);
        return ref _flows[Count++];
    }

    // Hashed, not walked: a fuzzer sends all 65,536 types and codes between two hosts.
    private ref TypeEntry MoreOf(ref Flow flow, int owner, uint typeKey)
    {
        uint hash = Mix.Hash((uint)owner, typeKey);
        HashProbe probe = _typeIndex.Probe(hash);
        while (probe.Next(out int place))
        {
            if (_types[place].TypeKey == typeKey && _owners[place] == owner)
                return ref _types[place];
        }

        if (_typeCount == _types.Length)
        {
            Array.Resize(ref _types, 2 * _typeCount);
            Array.Resize(ref _owners, 2 * _typeCount);
        }

        _owners[_typeCount] = owner;
        _types[_typeCount] = new TypeEntry { TypeKey = typeKey, Next = flow.More };
        _typeIndex.Add(hash, _typeCount);
        flow.More = ++_typeCount;
        return ref _types[_typeCount - 1];
    }
}
