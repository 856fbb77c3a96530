namespace IcmpStream.Processor.State;

/// <summary>
/// Open addressing from a 32-bit hash to places in somebody's array: linear probing, a power of two of cells, and deletion by
/// shifting back, so that there are no tombstones to pile up. The owner compares the keys.
/// </summary>
/// <remarks>A cell is 8 bytes, hash and place + 1, so a probe touches the owner's array only where all 32 bits agree.</remarks>
public sealed class HashIndex
{
    private const int MinCells = 16;

    private ulong[] _cells;
    private int _mask;

    /// <summary>Makes an index with room for <paramref name="expected"/> entries before it grows.</summary>
    public HashIndex(int expected = 0)
    {
        _cells = new ulong[CellsFor(expected)];
        _mask = _cells.Length - 1;
    }

    /// <summary>Entries in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of its memory.</summary>
    public long Bytes => (long)_cells.Length * sizeof(ulong);

    /// <summary>Walks the places whose hash is <paramref name="hash"/>.</summary>
    public HashProbe Probe(uint hash) => new(_cells, hash);

    /// <summary>Adds a place; the owner knows that its key is not there.</summary>
    public void Add(uint hash, int place)
    {
        // Three quarters full at most: a miss then takes 8.5 probes on average, most of them in the same cache line.
        if (Count >= _cells.Length - (_cells.Length >> 2))
            Grow();
        Place(_cells, _mask, Cell(hash, place));
        Count++;
    }

    /// <summary>Takes a place out. Throws <see cref="InvalidOperationException"/> when it is not there: the owner's books are wrong.</summary>
    public void Remove(uint hash, int place)
    {
        ulong[] cells = _cells;
        int hole = Find(hash, place);
        for (int next = (hole + 1) & _mask; cells[next] != 0; next = (next + 1) & _mask)
        {
            int home = (int)(uint)(cells[next] >> 32) & _mask;

            // A cell may move back into the hole only if its home is not between the hole and itself.
            if (((next - home) & _mask) >= ((next - hole) & _mask))
            {
                cells[hole] = cells[next];
                hole = next;
            }
        }

        cells[hole] = 0;
        Count--;
    }

    /// <summary>
    /// Reads a word of every cache line: a walk in order is fetched ahead by the processor, where probes one by one would each wait for
    /// memory. The sum means nothing.
    /// </summary>
    public ulong Touch()
    {
        const int cellsPerLine = 8;
        ulong sum = 0;
        ulong[] cells = _cells;
        for (int i = 0; i < cells.Length; i += cellsPerLine)
            sum += cells[i];
        return sum;
    }

    /// <summary>The place in the cell where a hash belongs, which may be another's; -1 where that is empty.</summary>
    public int FirstPlace(uint hash) => (int)(uint)_cells[(int)hash & _mask] - 1;

    /// <summary>Lets a key's hash lead to another place.</summary>
    public void Replace(uint hash, int place, int newPlace) => _cells[Find(hash, place)] = Cell(hash, newPlace);

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        if (Count > 0)
            Array.Clear(_cells);
        Count = 0;
    }

    private int Find(uint hash, int place)
    {
        ulong wanted = Cell(hash, place);
        for (int position = (int)hash & _mask; _cells[position] != 0; position = (position + 1) & _mask)
        {
            if (_cells[position] == wanted)
                return position;
        }

        throw new InvalidOperationException("a place is missing from its index");
    }

    private static ulong Cell(uint hash, int place) => ((ulong)hash << 32) | (uint)(place + 1);

    private void Grow()
    {
        var larger = new ulong[checked(_cells.Length * 2)];
        foreach (ulong cell in _cells)
        {
            if (cell != 0)
                Place(larger, larger.Length - 1, cell);
        }

        _cells = larger;
        _mask = larger.Length - 1;
    }

    private static void Place(ulong[] cells, int mask, ulong cell)
    {
        int position = (int)(uint)(cell >> 32) & mask;
        while (cells[position] != 0)
            position = (position + 1) & mask;
        cells[position] = cell;
    }

    private static int CellsFor(int expected)
    {
        int cells = MinCells;
        while (expected >= cells - (cells >> 2))
            cells *= 2;
        return cells;
    }
}

/// <summary>A walk over the places of one hash in a <see cref="HashIndex"/>; valid until the index changes.</summary>
public ref struct HashProbe
{
    private readonly ulong[] _cells;
    private readonly uint _hash;
    private int _position;

    internal HashProbe(ulong[] cells, uint hash)
    {
        _cells = cells;
        _hash = hash;
        _position = (int)hash;
    }

    /// <summary>Finds the next place; false when there is none.</summary>
    public bool Next(out int place)
    {
        ulong[] cells = _cells;
        int mask = cells.Length - 1;
        while (true)
        {
            ulong cell = cells[_position & mask];
            if (cell == 0)
            {
                place = -1;
                return false;
            }

            _position++;
            if ((uint)(cell >> 32) == _hash)
            {
                place = (int)(uint)cell - 1;
                return true;
            }
        }
    }
}
