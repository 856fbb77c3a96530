using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What went one way between two addresses in one slot: 32 blittable bytes.</summary>
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

    /// <summary>Place + 1 of what the rules know of its echo requests; 0 for nothing.</summary>
    public int Requests;

    /// <summary>Place + 1 of what the rules know of its echo replies; 0 for nothing.</summary>
    public int Replies;
}

/// <summary>What two addresses sent each other in one slot: 104 blittable bytes.</summary>
public struct PairFlows
{
    /// <summary>The smaller address.</summary>
    public Address Lower;

    /// <summary>The larger one, or, of an overflow, the destination.</summary>
    public Address Upper;

    /// <summary>From lower to upper.</summary>
    public Flow Up;

    /// <summary>From upper to lower.</summary>
    public Flow Down;

    /// <summary>Key group of the lower address.</summary>
    public byte LowerGroup;

    /// <summary>Key group of the upper address.</summary>
    public byte UpperGroup;

    /// <summary>
    /// True where the packets' key is another pair, since an error travels with what it quotes: a flow's other packets are in one
    /// partition, these may be in any.
    /// </summary>
    public bool IsForeign;

    /// <summary>True where sources beyond the limit are counted together for their destination.</summary>
    public bool IsOverflow;
}

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
public sealed class FlowList
{
    /// <summary>
    /// Flows of one slot and key group by default: 2^20 in all, 10 million new flows a second. A pair takes 104 bytes, so the list is
    /// 104 MiB at worst, and a quarter more for flows counted together.
    /// </summary>
    public const int DefaultLimit = 4096;

    private readonly int _limit;
    private readonly HashIndex _overflow = new();
    private readonly HashIndex _typeIndex = new();
    private PairFlows[] _flows = new PairFlows[64];
    private TypeEntry[] _types = new TypeEntry[16];
    private int[] _owners = new int[16];
    private int _typeCount;
    private int _ofGroup;
    private int _overflowOfGroup;

    /// <summary>Makes a list for <paramref name="limit"/> flows of a group, and a quarter more for those that share a destination.</summary>
    public FlowList(int limit = DefaultLimit) => _limit = limit;

    /// <summary>Pairs in it.</summary>
    public int Count { get; private set; }

    /// <summary>All pairs.</summary>
    public ReadOnlySpan<PairFlows> Items => _flows.AsSpan(0, Count);

    /// <summary>A flow by the place of its pair and its direction.</summary>
    public ref Flow this[int place, bool up] => ref (up ? ref _flows[place].Up : ref _flows[place].Down);

    /// <summary>The types of a flow beyond its first, by <see cref="Flow.More"/> and <see cref="TypeEntry.Next"/>.</summary>
    public ref readonly TypeEntry TypeAt(int link) => ref _types[link - 1];

    /// <summary>Begins the flows of another key group.</summary>
    public void BeginGroup()
    {
        if (_overflowOfGroup > 0)
            _overflow.Clear();
        _ofGroup = 0;
        _overflowOfGroup = 0;
    }

    /// <summary>Adds a pair without packets; -1 where the group is at its limit.</summary>
    public int Add(in Pair pair)
    {
        if (_ofGroup == _limit)
            return -1;
        ref PairFlows added = ref Append(out int place);
        added.Lower = pair.Lower;
        added.Upper = pair.Upper;
        added.LowerGroup = pair.LowerGroup;
        added.UpperGroup = pair.UpperGroup;
        added.IsForeign = pair.IsForeign;
        return place;
    }

    /// <summary>Makes room for a flow that has no packets yet; false where the group is at its limit.</summary>
    public bool TryOpen()
    {
        if (_ofGroup == _limit)
            return false;
        _ofGroup++;
        return true;
    }

    /// <summary>The pair whose upward flow is that of all sources beyond the limit to a destination; -1 where even these are too many.</summary>
    public int Overflow(Address destination)
    {
        uint hash = Mix.Hash(1, destination);
        HashProbe probe = _overflow.Probe(hash);
        while (probe.Next(out int known))
        {
            if (_flows[known].Upper == destination)
                return known;
        }

        if (_overflowOfGroup >= Math.Max(1, _limit / 4))
            return -1;
        _overflowOfGroup++;
        ref PairFlows added = ref Append(out int place);
        added.Upper = destination;
        added.UpperGroup = KeyGroup.Of(destination);
        added.IsForeign = true;
        added.IsOverflow = true;
        _overflow.Add(hash, place);
        return place;
    }

    /// <summary>Counts packets of a flow.</summary>
    public void Tally(int place, bool up, uint typeKey, uint packets, uint bytes)
    {
        ref Flow flow = ref this[place, up];
        if (flow.Packets == 0)
            flow.TypeKey = typeKey;
        flow.Packets += packets;
        flow.Bytes += bytes;
        if (flow.TypeKey == typeKey)
            return;
        ref TypeEntry entry = ref MoreOf(ref flow, (2 * place) + (up ? 0 : 1), typeKey);
        entry.Packets += packets;
        entry.Bytes += bytes;
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        BeginGroup();
        if (_typeCount > 0)
            _typeIndex.Clear();
        (Count, _typeCount) = (0, 0);
    }

    private ref PairFlows Append(out int place)
    {
        if (Count == _flows.Length)
            Array.Resize(ref _flows, 2 * Count);
        place = Count++;
        _flows[place] = default;
        return ref _flows[place];
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
