using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>Adds up packets by family, type and code for one address, and picks the most frequent.</summary>
public sealed class TypeTally
{
    private readonly HashIndex _index = new();
    private TypeEntry[] _entries = new TypeEntry[16];
    private int _count;

    /// <summary>family, type and code as one number, in that order of weight.</summary>
    public static uint KeyOf(byte family, ushort typeAndCode) => ((uint)family << 16) | typeAndCode;

    /// <summary>The family of a key.</summary>
    public static byte FamilyOf(uint key) => (byte)(key >> 16);

    /// <summary>The type of a key.</summary>
    public static byte TypeOf(uint key) => (byte)(key >> 8);

    /// <summary>Adds packets.</summary>
    public void Add(uint key, long packets, long bytes)
    {
        // Hardly any address has more than a few types; they are found without a hash.
        const int Walked = 8;
        for (int i = 0; i < Math.Min(_count, Walked); i++)
        {
            if (_entries[i].TypeKey == key)
            {
                Raise(i, packets, bytes);
                return;
            }
        }

        uint hash = Mix.Hash(key, 0);
        if (_count > Walked)
        {
            HashProbe probe = _index.Probe(hash);
            while (probe.Next(out int place))
            {
                if (_entries[place].TypeKey == key)
                {
                    Raise(place, packets, bytes);
                    return;
                }
            }
        }

        if (_count == _entries.Length)
            Array.Resize(ref _entries, 2 * _count);
        _entries[_count] = new TypeEntry { TypeKey = key, Packets = packets, Bytes = bytes };
        if (_count >= Walked)
            _index.Add(hash, _count);
        _count++;
    }

    /// <summary>
    /// Writes the most frequent, by packets, then number, at most as many as there is room for; returns how many.
    /// </summary>
    public int CopyTop(Span<TypeCount> destination)
    {
        Span<TypeEntry> entries = _entries.AsSpan(0, _count);
        if (_count > 1)
            entries.Sort(static (a, b) => a.Packets != b.Packets ? b.Packets.CompareTo(a.Packets) : a.TypeKey.CompareTo(b.TypeKey));
        int count = Math.Min(_count, destination.Length);
        for (int i = 0; i < count; i++)
        {
            uint key = entries[i].TypeKey;
            destination[i] = new TypeCount(FamilyOf(key), TypeOf(key), (byte)key, entries[i].Packets, entries[i].Bytes);
        }

        return count;
    }

    /// <summary>Different keys added.</summary>
    public int Distinct => _count;

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        _index.Clear();
        _count = 0;
    }

    private void Raise(int place, long packets, long bytes)
    {
        _entries[place].Packets += packets;
        _entries[place].Bytes += bytes;
    }
}
