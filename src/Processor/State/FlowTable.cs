using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// What went from one address to another in one slot. Counting by flow costs one look-up an event; sums by address, distinct peers
/// and the loudest are made from the flows when the slot closes.
/// </summary>
public struct Flow
{
    /// <summary>Source.</summary>
    public Address Source;

    /// <summary>Destination.</summary>
    public Address Destination;

    /// <summary>The first family, type and code seen, and its counts; more of them are behind <see cref="More"/>.</summary>
    public TypeEntry First;

    /// <summary>
    /// Packets among all whose key is another pair, since an error travels with what it quotes: a flow's other packets are in one
    /// partition, these may be in any.
    /// </summary>
    public long ForeignPackets;

    /// <summary>IP bytes of the foreign packets.</summary>
    public long ForeignBytes;

    /// <summary>Place + 1 of the last other type of this flow; 0 for none.</summary>
    public int More;

    /// <summary>True where sources beyond the table's limit are counted together for their destination.</summary>
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
/// The flows of one slot: an append-only table that is emptied when the slot has closed. Beyond its limit sources are counted
/// together under their destination, so that a victim's rate stays exact under a flood of random sources.
/// </summary>
public sealed class FlowTable
{
    /// <summary>
    /// Flows of one slot by default: 2.6 million new pairs a second. A flow takes 88 bytes and up to 16 of index, so a full table is
    /// 27 MB.
    /// </summary>
    public const int DefaultLimit = 1 << 18;

    private readonly int _limit;
    private readonly HashIndex _index = new();
    private readonly HashIndex _typeIndex = new();
    private Flow[] _flows = new Flow[64];
    private TypeEntry[] _types = new TypeEntry[16];
    private int _count;
    private int _typeCount;

    /// <summary>Makes a table for <paramref name="limit"/> flows, and a quarter more for those that share a destination.</summary>
    public FlowTable(int limit = DefaultLimit) => _limit = limit;

    /// <summary>The flows.</summary>
    public ReadOnlySpan<Flow> Flows => _flows.AsSpan(0, _count);

    /// <summary>The types of a flow beyond its first, by <see cref="Flow.More"/> and <see cref="TypeEntry.Next"/>.</summary>
    public ref readonly TypeEntry TypeAt(int link) => ref _types[link - 1];

    /// <summary>Packets that found no room even together.</summary>
    public long Evicted { get; private set; }

    /// <summary>Packets counted without their source.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Counts packets of one event.</summary>
    public void Add(Address source, Address destination, uint typeKey, uint packets, uint bytes, bool foreign)
    {
        uint hash = Mix.Hash(0, source, destination);
        HashProbe probe = _index.Probe(hash);
        while (probe.Next(out int place))
        {
            ref Flow flow = ref _flows[place];
            if (flow.Source == source && flow.Destination == destination && !flow.IsOverflow)
            {
                Count(place, typeKey, packets, bytes, foreign);
                return;
            }
        }

        if (_count < _limit)
            Count(Append(hash, source, destination, overflow: false), typeKey, packets, bytes, foreign);
        else
            AddOverflow(destination, typeKey, packets, bytes);
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        _index.Clear();
        _typeIndex.Clear();
        (_count, _typeCount) = (0, 0);
        (Evicted, Overflowed) = (0, 0);
    }

    private void AddOverflow(Address destination, uint typeKey, uint packets, uint bytes)
    {
        uint hash = Mix.Hash(1, destination);
        HashProbe probe = _index.Probe(hash);
        while (probe.Next(out int place))
        {
            ref Flow flow = ref _flows[place];
            if (flow.IsOverflow && flow.Destination == destination)
            {
                Overflowed += packets;
                Count(place, typeKey, packets, bytes, foreign: true);
                return;
            }
        }

        if (_count >= _limit + (_limit / 4))
        {
            Evicted += packets;
            return;
        }

        Overflowed += packets;
        Count(Append(hash, default, destination, overflow: true), typeKey, packets, bytes, foreign: true);
    }

    private int Append(uint hash, Address source, Address destination, bool overflow)
    {
        if (_count == _flows.Length)
            Array.Resize(ref _flows, 2 * _count);
        _flows[_count] = new Flow { Source = source, Destination = destination, IsOverflow = overflow };
        _index.Add(hash, _count);
        return _count++;
    }

    private void Count(int place, uint typeKey, uint packets, uint bytes, bool foreign)
    {
        ref Flow flow = ref _flows[place];
        if (foreign)
        {
            flow.ForeignPackets += packets;
            flow.ForeignBytes += bytes;
        }

        if (flow.First.Packets == 0)
            flow.First.TypeKey = typeKey;
        ref TypeEntry entry = ref flow.First;
        if (entry.TypeKey != typeKey)
            entry = ref MoreOf(place, typeKey);
        entry.Packets += packets;
        entry.Bytes += bytes;
    }

    // Hashed, not walked: a fuzzer sends all 65,536 types and codes between two hosts.
    private ref TypeEntry MoreOf(int flow, uint typeKey)
    {
        uint hash = Mix.Hash((uint)flow, typeKey);
        HashProbe probe = _typeIndex.Probe(hash);
        while (probe.Next(out int place))
        {
            if (_types[place].TypeKey == typeKey && IsOf(flow, place))
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

    private int[] _owners = new int[16];

    private bool IsOf(int flow, int type) => _owners[type] == flow;
}
