using System.Numerics;

namespace IcmpStream.Processor.State;

/// <summary>
/// Blittable entries at places that never change while they live: an array that doubles up to a limit, and a stack of free
/// places. References into it end with the next <see cref="TryAdd"/>.
/// </summary>
/// <typeparam name="T">The entry.</typeparam>
public sealed class Slab<T>
    where T : struct
{
    private const int InitialCapacity = 16;

    private readonly int _limit;
    private T[] _items;
    private int[] _free = [];
    private int _freeCount;
    private int _used;

    /// <summary>Makes a slab that holds at most <paramref name="limit"/> entries.</summary>
    public Slab(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _limit = limit;
        _items = new T[Math.Min(limit, InitialCapacity)];
    }

    /// <summary>Entries in it.</summary>
    public int Count => _used - _freeCount;

    /// <summary>Entries that fit before it grows.</summary>
    public int Capacity => _items.Length;

    /// <summary>True when nothing more fits.</summary>
    public bool IsFull => Count == _limit;

    /// <summary>An entry by its place.</summary>
    public ref T this[int place] => ref _items[place];

    /// <summary>One above the highest place ever used, for walks and for arrays beside this one.</summary>
    public int PlaceEnd => _used;

    /// <summary>Takes a place, its entry all zero; false when the slab is full.</summary>
    public bool TryAdd(out int place)
    {
        if (_freeCount > 0)
        {
            place = _free[--_freeCount];
            _items[place] = default;
            return true;
        }

        if (_used == _limit)
        {
            place = -1;
            return false;
        }

        if (_used == _items.Length)
            Array.Resize(ref _items, (int)Math.Min(_limit, 2L * _items.Length));
        place = _used++;
        _items[place] = default;
        return true;
    }

    /// <summary>Gives a place back.</summary>
    public void Remove(int place)
    {
        if (_freeCount == _free.Length)
            Array.Resize(ref _free, Math.Max(InitialCapacity, _free.Length * 2));
        _free[_freeCount++] = place;
    }

    /// <summary>All places up to the highest used, free ones included.</summary>
    public ReadOnlySpan<T> Items => _items.AsSpan(0, _used);

    /// <summary>Free places, in the order in which they would be taken last.</summary>
    internal ReadOnlySpan<int> Free => _free.AsSpan(0, _freeCount);

    /// <summary>Entries that it holds at most.</summary>
    internal int Limit => _limit;

    /// <summary>Makes places as they were: so many used, these of them free; the others are the caller's to fill.</summary>
    internal void Restore(int used, int[] free)
    {
        (_used, _free, _freeCount) = (used, free, free.Length);
        if (_items.Length < used)
            _items = new T[(int)Math.Min(_limit, BitOperations.RoundUpToPowerOf2((uint)used))];
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        _used = 0;
        _freeCount = 0;
    }
}
