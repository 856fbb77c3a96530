using System.Numerics;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>The round-trip times of one key group in the open window: pairs in the order in which they came, and the cells of their sketches.</summary>
/// <remarks>
/// <code>
///   index   place + 1 by hash of both addresses, half full at most                          2 bytes
///   pairs   who, how many, sum, shortest, longest                                          64 bytes
///   cells   pair (21 bits) | bucket (11 bits) | count (32 bits), three quarters full at most   8 bytes
/// </code>
/// At the default limits 512 pairs of 64 bytes, 1,024 index cells of 2 and 4,096 cells of 8 are 66 KiB a key group, 16.5 MiB for the 256 of a
/// domain. Nothing is removed while the window is open, so neither table needs deletion; both grow with what they hold.
/// </remarks>
public sealed class RttGroup : ICheckpointPart
{
    /// <summary>Pairs of one window at most, one for each direction: 131,072 of all groups.</summary>
    public const int DefaultMaxPairs = 512;

    /// <summary>Cells of one window at most: six a pair where the pairs are as many as they may be. A quiet path fills three to ten.</summary>
    public const int DefaultMaxCells = 3_072;

    /// <summary>Places fit the index's 16 bits.</summary>
    public const int MostPairs = ushort.MaxValue;

    private const int BucketBits = 11;
    private const int MinPairs = 8;

    private readonly int _maxPairs;
    private readonly int _maxCells;
    private RttPair[] _pairs = new RttPair[MinPairs];
    private ushort[] _index = new ushort[2 * MinPairs];
    private ulong[] _cells = new ulong[2 * MinPairs];
    private int _cellCount;

    /// <summary>Makes one without pairs.</summary>
    public RttGroup(int maxPairs = DefaultMaxPairs, int maxCells = DefaultMaxCells)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPairs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxPairs, MostPairs);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCells, 1);
        _maxPairs = maxPairs;
        _maxCells = maxCells;
    }

    /// <summary>Pairs in it, those among them that have a place from the window before and have not been heard of.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of its tables.</summary>
    public long Bytes => (_pairs.Length * 64L) + (_index.Length * sizeof(ushort)) + (_cells.Length * sizeof(ulong));

    /// <summary>Counts a round-trip time, ns, not negative; false where the limits leave no room for it.</summary>
    public bool TryAdd(Address requester, Address responder, long rttNs)
    {
        int place = Find(requester, responder);
        if (place < 0)
        {
            if (Count == _maxPairs)
                return false;
            place = AddPair(new RttPair { Requester = requester, Responder = responder });
        }

        ref RttPair pair = ref _pairs[place];
        if (pair.Count == uint.MaxValue || !TryTally(KeyOf(place, RttBuckets.Of(rttNs)), 1))
        {
            if (pair.Dropped < uint.MaxValue)
                pair.Dropped++;
            return false;
        }

        pair.MinNs = pair.Count == 0 ? rttNs : Math.Min(pair.MinNs, rttNs);
        pair.MaxNs = Math.Max(pair.MaxNs, rttNs);
        pair.SumNs = EventTime.Add(pair.SumNs, rttNs);
        pair.Count++;
        return true;
    }

    /// <summary>
    /// Reads a word of every cache line, in order, which the processor fetches ahead, where counting one by one would wait for memory three times
    /// each. The sum means nothing.
    /// </summary>
    public ulong Touch()
    {
        const int placesPerLine = 64 / sizeof(ushort), cellsPerLine = 64 / sizeof(ulong);
        ulong sum = 0;
        for (int i = 0; i < _index.Length; i += placesPerLine)
            sum += _index[i];
        for (int i = 0; i < Count; i++)
            sum += _pairs[i].Count;
        for (int i = 0; i < _cells.Length; i += cellsPerLine)
            sum += _cells[i];
        return sum;
    }

    /// <summary>
    /// The window is over: brings the cells into order, by pair and bucket. What follows is <see cref="Read"/> for one pair after the other, and
    /// <see cref="Renew"/>.
    /// </summary>
    public void Settle()
    {
        int used = 0;
        for (int i = 0; i < _cells.Length; i++)
        {
            ulong cell = _cells[i];
            _cells[i] = 0;
            if (cell != 0)
                _cells[used++] = cell;
        }

        _cells.AsSpan(0, used).Sort();
    }

    /// <summary>Puts what a pair has come to into a record; of a settled group, in the order of places.</summary>
    /// <param name="place">The pair.</param>
    /// <param name="cell">The first of its cells; behind them when this returns. 0 for the first pair.</param>
    /// <param name="record">Where to; the window and the domain are the caller's.</param>
    public void Read(int place, ref int cell, PairRtt record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ref RttPair pair = ref _pairs[place];
        record.Family = pair.Requester.IsIpv4 ? (byte)4 : (byte)6;
        (record.Requester, record.Responder) = (pair.Requester, pair.Responder);
        (record.Count, record.MinNs, record.MaxNs, record.SumNs) = (pair.Count, pair.MinNs, pair.MaxNs, pair.SumNs);
        record.Dropped = pair.Dropped;
        record.Cells.Clear();
        for (; cell < _cellCount && PlaceOf(_cells[cell]) == place; cell++)
            record.Cells.Add(new RttCell((ushort)BucketOf(_cells[cell]), (uint)_cells[cell]));
        record.SetPercentiles();
    }

    /// <summary>
    /// Begins the next window. Pairs of which there were at least <paramref name="floor"/> times have their place in it, so that a flood of others
    /// cannot take it from them; the rest is forgotten.
    /// </summary>
    public void Renew(long floor)
    {
        int kept = 0;
        for (int place = 0; place < Count; place++)
        {
            if (_pairs[place].Count >= floor)
                _pairs[kept++] = new RttPair { Requester = _pairs[place].Requester, Responder = _pairs[place].Responder };
        }

        Array.Clear(_cells);
        _cellCount = 0;
        Array.Clear(_index);
        Count = 0;
        while (Count < kept)
            AddPair(_pairs[Count]);
    }

    /// <summary>Writes pairs and cells down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(Count);
        for (int place = 0; place < Count; place++)
            writer.WriteEntry(_pairs[place]);
        ulong[] cells = [.. _cells.Where(cell => cell != 0).Order()];
        writer.WriteInt32(cells.Length);
        foreach (ulong cell in cells)
            writer.WriteUInt64(cell);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a group without pairs.</summary>
    /// <exception cref="CheckpointException">The bytes are no such group.</exception>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int pairs = reader.ReadCount(RttPair.EntryBytes);
        if (pairs > _maxPairs)
            throw new CheckpointException($"{pairs} pairs in a group of {_maxPairs}");
        long missing = 0;
        for (int i = 0; i < pairs; i++)
        {
            RttPair pair = reader.ReadEntry<RttPair>();
            if (Find(pair.Requester, pair.Responder) >= 0)
                throw new CheckpointException("a pair is there twice");
            missing += pair.Count;
            AddPair(pair);
        }

        int cells = reader.ReadCount(sizeof(ulong));
        if (cells > _maxCells)
            throw new CheckpointException($"{cells} cells in a group of {_maxCells}");
        for (long last = -1; cells > 0; cells--)
        {
            ulong cell = reader.ReadUInt64();
            long key = (long)(cell >> 32);
            if (key <= last || PlaceOf(cell) >= pairs || BucketOf(cell) >= RttBuckets.Count || (uint)cell == 0)
                throw new CheckpointException("a cell is of no pair, of no bucket, empty or out of order");
            last = key;
            missing -= (uint)cell;
            TryTally((uint)key, (uint)cell);
        }

        if (missing != 0)
            throw new CheckpointException("the cells do not add up to their pairs");
    }

    private static uint KeyOf(int place, int bucket) => ((uint)place << BucketBits) | (uint)bucket;

    private static int PlaceOf(ulong cell) => (int)(cell >> (32 + BucketBits));

    private static int BucketOf(ulong cell) => (int)(cell >> 32) & ((1 << BucketBits) - 1);

    private int Find(Address requester, Address responder)
    {
        ushort[] index = _index;
        for (uint at = Mix.Hash(0, requester, responder); ; at++)
        {
            int place = index[(int)at & (index.Length - 1)] - 1;
            if (place < 0 || (_pairs[place].Responder == responder && _pairs[place].Requester == requester))
                return place;
        }
    }

    private int AddPair(in RttPair pair)
    {
        RttPair added = pair;
        if (2 * (Count + 1) > _index.Length)
        {
            _index = new ushort[2 * _index.Length];
            for (int place = 0; place < Count; place++)
                Lead(place);
        }

        if (Count == _pairs.Length)
            Array.Resize(ref _pairs, Math.Min(_maxPairs, 2 * _pairs.Length));
        _pairs[Count] = added;
        Lead(Count);
        return Count++;
    }

    private void Lead(int place)
    {
        uint at = Mix.Hash(0, _pairs[place].Requester, _pairs[place].Responder);
        while (_index[(int)at & (_index.Length - 1)] != 0)
            at++;
        _index[(int)at & (_index.Length - 1)] = (ushort)(place + 1);
    }

    private bool TryTally(uint key, uint count)
    {
        ref ulong cell = ref CellOf(key);
        if (cell == 0)
        {
            if (_cellCount == _maxCells)
                return false;
            if (4 * (_cellCount + 1) > 3 * _cells.Length)
            {
                Grow();
                cell = ref CellOf(key);
            }

            cell = (ulong)key << 32;
            _cellCount++;
        }

        cell += count;
        return true;
    }

    // The cell of a pair and bucket, or the empty one where it belongs.
    private ref ulong CellOf(uint key)
    {
        // Fibonacci hashing: the key is two small numbers side by side, which the high bits of one product keep apart.
        ulong[] cells = _cells;
        uint at = (key * 0x9E37_79B1) >> BitOperations.LeadingZeroCount((uint)cells.Length - 1);
        while (true)
        {
            ref ulong cell = ref cells[(int)at & (cells.Length - 1)];
            if (cell == 0 || (uint)(cell >> 32) == key)
                return ref cell;
            at++;
        }
    }

    private void Grow()
    {
        ulong[] old = _cells;
        _cells = new ulong[2 * old.Length];
        foreach (ulong cell in old)
        {
            if (cell != 0)
                CellOf((uint)(cell >> 32)) = cell;
        }
    }
}
