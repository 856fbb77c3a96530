using System.Numerics;
using System.Runtime.CompilerServices;

namespace IcmpStream.Processor.State;

/// <summary>
/// Chains from a 32-bit hash to places in somebody's array, for tables that are added to and taken from all the time: nothing is shifted
/// when a place goes, and most chains are of one. The owner compares the keys.
/// </summary>
/// <remarks>
/// <code>
///   heads, 2 bytes each        links by place, 8 bytes each
///   [hash and mask] ---------> hash | next --> hash | next --> 0
/// </code>
/// The heads of a thousand places are 4 KiB, so that looking one up waits for the owner's entry at most. Places fit 16 bits.
/// </remarks>
public sealed class PlaceIndex
{
    /// <summary>One above the highest place.</summary>
    public const int PlaceLimit = ushort.MaxValue;

    private const int MinHeads = 16;

    private ushort[] _heads = new ushort[MinHeads];
    private ulong[] _links = new ulong[MinHeads];

    /// <summary>Places in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of its memory.</summary>
    public long Bytes => ((long)_heads.Length * sizeof(ushort)) + ((long)_links.Length * sizeof(ulong));

    /// <summary>A place whose hash is <paramref name="hash"/>; -1 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int First(uint hash)
    {
        ushort[] heads = _heads;
        return Walk(heads[(int)hash & (heads.Length - 1)], hash);
    }

    /// <summary>The place behind another whose hash is the same; -1 where there is none.</summary>
    public int Next(int place, uint hash) => Walk((ushort)_links[place], hash);

    /// <summary>Adds a place; the owner knows that its key is not there.</summary>
    public void Add(uint hash, int place)
    {
        if (2 * Count >= _heads.Length)
            Grow();
        if (place >= _links.Length)
            Lengthen(place);
        Count++;
        Chain(hash, place);
    }

    /// <summary>Takes a place out. Throws <see cref="InvalidOperationException"/> when it is not there: the owner's books are wrong.</summary>
    public void Remove(uint hash, int place)
    {
        PointTo(hash, place, (ushort)_links[place]);
        _links[place] = 0;
        Count--;
    }

    /// <summary>Lets a key's hash lead to another place.</summary>
    public void Replace(uint hash, int place, int newPlace)
    {
        Remove(hash, place);
        Add(hash, newPlace);
    }

    /// <summary>Reads a word of every cache line, so that they are fetched side by side; the sum means nothing.</summary>
    public ulong Touch()
    {
        const int headsPerLine = 32, linksPerLine = 8;
        ulong sum = 0;
        ushort[] heads = _heads;
        for (int i = 0; i < heads.Length; i += headsPerLine)
            sum += heads[i];
        ulong[] links = _links;
        for (int i = 0; i < links.Length; i += linksPerLine)
            sum += links[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Walk(int link, uint hash)
    {
        ulong[] links = _links;
        while (link != 0)
        {
            ulong cell = links[link - 1];
            if ((uint)(cell >> 32) == hash)
                break;
            link = (ushort)cell;
        }

        return link - 1;
    }

    private void Chain(uint hash, int place)
    {
        ref ushort head = ref _heads[(int)hash & (_heads.Length - 1)];
        _links[place] = ((ulong)hash << 32) | head;
        head = (ushort)(place + 1);
    }

    // Whatever led to a place leads to what is behind it.
    private void PointTo(uint hash, int place, ushort behind)
    {
        ref ushort head = ref _heads[(int)hash & (_heads.Length - 1)];
        if (head == place + 1)
        {
            head = behind;
            return;
        }

        for (int link = head; link != 0; link = (ushort)_links[link - 1])
        {
            if ((ushort)_links[link - 1] != place + 1)
                continue;
            _links[link - 1] = (_links[link - 1] & ~(ulong)ushort.MaxValue) | behind;
            return;
        }

        throw new InvalidOperationException("a place is missing from its index");
    }

    private void Lengthen(int place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, PlaceLimit);
        Array.Resize(ref _links, (int)BitOperations.RoundUpToPowerOf2((uint)place + 1));
    }

    private void Grow()
    {
        ushort[] before = _heads;
        _heads = new ushort[2 * before.Length];
        foreach (ushort head in before)
        {
            for (int link = head; link != 0;)
            {
                int next = (ushort)_links[link - 1];
                Chain((uint)(_links[link - 1] >> 32), link - 1);
                link = next;
            }
        }
    }
}
