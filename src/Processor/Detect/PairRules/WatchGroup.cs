using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Pairs of one domain and key group. It takes in only what fits: a slot that brings more new pairs than it has room for brings none
/// of them, so that it does not matter in what order they came, and the group is then blind to what they do for a while.
/// </summary>
internal sealed class WatchGroup : ICheckpointPart
{
    /// <summary>
    /// Pairs of a group at most: 2^19 in all, as many as 8,700 new pairs a second for a minute. A pair takes 192 bytes and up to 21 of
    /// index: 112 MB when full. Payload evidence is kept for <see cref="MaxTunnels"/> of them, 2^15 in all, of 350 bytes: 12 MB.
    /// </summary>
    public const int MaxPairs = 2048;

    /// <summary>Pairs with payload evidence of a group at most.</summary>
    public const int MaxTunnels = 128;

    /// <summary>New pairs of one slot at most: 20,000 a second over all groups; a sweep of a /16 in three seconds.</summary>
    public const int MaxNewPairs = 8;

    private readonly HashIndex _index = new();
    private readonly Slab<PairTrack> _pairs = new(MaxPairs);
    private readonly Slab<TunnelTrack> _tunnels = new(MaxTunnels);
    private readonly List<int> _places = [];

    /// <summary>Slots before this one cannot say that a reply is unsolicited.</summary>
    public long BlindUntil { get; set; } = long.MinValue;

    public int Count => _places.Count;

    public int Tunnels => _tunnels.Count;

    public ref PairTrack this[int place] => ref _pairs[place];

    public ref TunnelTrack TunnelOf(in PairTrack pair) => ref _tunnels[pair.Tunnel - 1];

    /// <summary>True where there is nothing to be written down.</summary>
    public bool IsEmpty => _places.Count == 0 && BlindUntil == long.MinValue;

    /// <summary>
    /// Brings the pairs into the cache in their order, where many are asked for in no order: each would be waited for otherwise. The sum
    /// means nothing.
    /// </summary>
    public long Touch()
    {
        long sum = (long)_index.Touch();
        foreach (ref readonly PairTrack pair in _pairs.Items)
            sum += (long)pair.Requester.Low + pair.Header.ShortGapUs + pair.LastSlot;
        return sum;
    }

    /// <summary>The place of a pair that is not over, or -1.</summary>
    public int Find(Address requester, Address responder, long slot)
    {
        HashProbe probe = _index.Probe(Mix.Hash(0, requester, responder));
        while (probe.Next(out int place))
        {
            ref PairTrack pair = ref _pairs[place];
            if (pair.Requester != requester || pair.Responder != responder)
                continue;
            if (!pair.IsOver(slot))
                return place;
            Remove(place);
            return -1;
        }

        return -1;
    }

    /// <summary>True where so many new pairs fit, once what is over has gone.</summary>
    public bool HasRoom(int added, long slot)
    {
        if (added > MaxNewPairs)
            return false;
        if (_places.Count + added > MaxPairs)
            Sweep(slot);
        return _places.Count + added <= MaxPairs;
    }

    public int Add(Address requester, Address responder, long slot)
    {
        if (!_pairs.TryAdd(out int place))
            throw new InvalidOperationException("a group of pairs is larger than its limit");
        ref PairTrack pair = ref _pairs[place];
        (pair.Requester, pair.Responder, pair.FirstSlot, pair.LastSlot, pair.HopSlot) = (requester, responder, slot, slot, long.MinValue);
        _index.Add(Mix.Hash(0, requester, responder), place);
        _places.Add(place);
        return place;
    }

    /// <summary>Gives a pair payload evidence; false where the group has no more room for any.</summary>
    public bool TryAddTunnel(ref PairTrack pair)
    {
        if (pair.Tunnel != 0)
            return true;
        if (!_tunnels.TryAdd(out int place))
            return false;
        _tunnels[place].SpokenSlot = long.MinValue;
        pair.Tunnel = place + 1;
        return true;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(BlindUntil);
        writer.WriteInt32(_places.Count);
        foreach (int place in _places)
        {
            // Which place the payload evidence has is nothing to remember, only that there is some.
            ref PairTrack pair = ref _pairs[place];
            writer.WriteEntry(pair with { Tunnel = Math.Min(1, pair.Tunnel) });
            if (pair.Tunnel != 0)
                writer.WriteEntry(TunnelOf(pair));
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        BlindUntil = reader.ReadInt64();
        for (int left = reader.ReadCount(PairTrack.EntryBytes); left > 0; left--)
        {
            PairTrack pair = reader.ReadEntry<PairTrack>();
            if (_pairs.IsFull)
                throw new CheckpointException($"more than {MaxPairs} pairs in a group");
            ref PairTrack added = ref _pairs[Add(pair.Requester, pair.Responder, pair.FirstSlot)];
            added = pair;
            added.Tunnel = 0;
            if (pair.Tunnel == 0)
                continue;
            if (!TryAddTunnel(ref added))
                throw new CheckpointException($"more than {MaxTunnels} tunnels in a group");
            _tunnels[added.Tunnel - 1] = reader.ReadEntry<TunnelTrack>();
        }
    }

    /// <summary>Removes what is over.</summary>
    public void Sweep(long slot)
    {
        for (int i = _places.Count - 1; i >= 0; i--)
        {
            int place = _places[i];
            if (!_pairs[place].IsOver(slot))
                continue;
            _places[i] = _places[^1];
            _places.RemoveAt(_places.Count - 1);
            Release(place);
        }
    }

    private void Remove(int place)
    {
        int at = _places.IndexOf(place);
        _places[at] = _places[^1];
        _places.RemoveAt(_places.Count - 1);
        Release(place);
    }

    private void Release(int place)
    {
        ref PairTrack pair = ref _pairs[place];
        if (pair.Tunnel != 0)
            _tunnels.Remove(pair.Tunnel - 1);
        _index.Remove(Mix.Hash(0, pair.Requester, pair.Responder), place);
        _pairs.Remove(place);
    }
}
