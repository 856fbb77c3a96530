using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What went from one address to another in one slot: 64 blittable bytes.</summary>
public struct Flow
{
    /// <summary>Source.</summary>
    public Address Source;

    /// <summary>Destination.</summary>
    public Address Destination;

    /// <summary>Packets of all types.</summary>
    public long Packets;

    /// <summary>IP total length of all types, bytes.</summary>
    public long Bytes;

    /// <summary>The first family, type and code seen; what is not counted behind <see cref="More"/> is of it.</summary>
    public uint TypeKey;

    /// <summary>Place + 1 of the last other type of this flow; 0 for none.</summary>
    public int More;

    /// <summary>Key group of the source.</summary>
    public byte SourceGroup;

    /// <summary>Key group of the destination.</summary>
    public byte DestinationGroup;

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
/// The flows of the slot that is being closed, one key group behind the other. Beyond a group's limit sources are counted together
/// under their destination, so that a victim's rate stays exact under a flood of random sources.
/// </summary>
public sealed class FlowList
{
    /// <summary>
    /// Flows of one slot and key group by default: 2^20 in all, 10 million new pairs a second. A flow takes 64 bytes, so the list is
    /// 64 MiB at worst, and a quarter more for flows counted together.
    /// </summary>
    public const int DefaultLimit = 4096;

    private readonly int _limit;
    private readonly HashIndex _overflow = new();
    private readonly HashIndex _typeIndex = new();
    private Flow[] _flows = new Flow[64];
    private TypeEntry[] _types = new TypeEntry[16];
    private int[] _owners = new int[16];
    private int _typeCount;
    private int _ofGroup;
    private int _overflowOfGroup;

    /// <summary>Makes a list for <paramref name="limit"/> flows of a group, and a quarter more for those that share a destination.</summary>
    public FlowList(int limit = DefaultLimit) => _limit = limit;

    /// <summary>Flows in it.</summary>
    public int Count { get; private set; }

    /// <summary>All flows.</summary>
    public ReadOnlySpan<Flow> Items => _flows.AsSpan(0, Count);

    /// <summary>A flow by its place.</summary>
    public ref Flow this[int place] => ref _flows[place];

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

    /// <summary>Adds a flow without packets; -1 where the group is at its limit.</summary>
    public int Add(Address source, Address destination, byte sourceGroup, byte destinationGroup, bool isForeign)
    {
        if (_ofGroup == _limit)
            return -1;
        _ofGroup++;
        ref Flow added = ref Append(out int place);
        added.Source = source;
        added.Destination = destination;
        added.SourceGroup = sourceGroup;
        added.DestinationGroup = destinationGroup;
        added.IsForeign = isForeign;
        return place;
    }

    /// <summary>The flow of all sources beyond the limit to a destination; -1 where even these are too many.</summary>
    public int Overflow(Address destination)
    {
        uint hash = Mix.Hash(1, destination);
        HashProbe probe = _overflow.Probe(hash);
        while (probe.Next(out int known))
        {
            if (_flows[known].Destination == destination)
                return known;
        }

        if (_overflowOfGroup >= Math.Max(1, _limit / 4))
            return -1;
        _overflowOfGroup++;
        ref Flow added = ref Append(out int place);
        added.Destination = destination;
        added.DestinationGroup = KeyGroup.Of(destination);
        added.IsForeign = true;
        added.IsOverflow = true;
        _overflow.Add(hash, place);
        return place;
    }

    /// <summary>Counts packets of a flow.</summary>
    public void Tally(int place, uint typeKey, uint packets, uint bytes)
    {
        ref Flow flow = ref _flows[place];
        if (flow.Packets == 0)
            flow.TypeKey = typeKey;
        flow.Packets += packets;
        flow.Bytes += bytes;
        if (flow.TypeKey == typeKey)
            return;
        ref TypeEntry entry = ref MoreOf(place, typeKey);
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

    private ref Flow Append(out int place)
    {
        if (Count == _flows.Length)
            Array.Resize(ref _flows, 2 * Count);
        place = Count++;
        _flows[place] = default;
        return ref _flows[place];
    }

    // Hashed, not walked: a fuzzer sends all 65,536 types and codes between two hosts.
    private ref TypeEntry MoreOf(int flow, uint typeKey)
    {
        uint hash = Mix.Hash((uint)flow, typeKey);
        HashProbe probe = _typeIndex.Probe(hash);
        while (probe.Next(out int place))
        {
            if (_types[place].TypeKey == typeKey && _owners[place] == flow)
                return ref _types[place];
        }

        if (_typeCount == _types.Length)
        {
            Array.Resize(ref _types, 2 * _typeCount);
            Array.Resize(ref _owners, 2 * _typeCount);
        }

        _owners[_typeCount] = flow;
        _types[_typeCount] = new TypeEntry { TypeKey = typeKey, Next = _flows[flow].More };
        _typeIndex.Add(hash, _typeCount);
        _flows[flow].More = ++_typeCount;
        return ref _types[_typeCount - 1];
    }
}
