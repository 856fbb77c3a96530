using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Sorts places by address. Many addresses that differ in few bytes, as those of IPv4 do, are dealt out by one byte after the other, which
/// takes no comparison that the processor could guess wrong; others are sorted through primitive keys, which the runtime sorts several
/// times as fast as structs.
/// </summary>
public sealed class AddressOrder
{
    /// <summary>Below that many, clearing and adding up the 256 counts of a byte costs more than comparing.</summary>
    private const int WorthDealing = 96;

    /// <summary>Beyond that many bytes to deal by, comparing is cheaper.</summary>
    private const int MaxDealtBytes = 6;

    private readonly int[] _counts = new int[256];
    private ulong[] _keys = new ulong[64];
    private ulong[] _spareKeys = new ulong[64];
    private int[] _places = new int[64];
    private int[] _sparePlaces = new int[64];

    /// <summary>The places 0..n-1 of <paramref name="addresses"/> in ascending order of address. Valid until the next call.</summary>
    public ReadOnlySpan<int> Sort(ReadOnlySpan<Address> addresses)
    {
        int count = addresses.Length;
        Grow(count);
        (ulong high, ulong low) = (0, 0);
        bool inOrder = true;
        for (int i = 0; i < addresses.Length; i++)
        {
            _places[i] = i;
            _keys[i] = addresses[i].Low;
            high |= addresses[i].High ^ addresses[0].High;
            low |= addresses[i].Low ^ addresses[0].Low;
            inOrder &= i == 0 || addresses[i - 1] <= addresses[i];
        }

        if (inOrder)
            return _places.AsSpan(0, count);
        if (count < WorthDealing || BytesIn(high) + BytesIn(low) > MaxDealtBytes)
        {
            Compare(addresses);
            return _places.AsSpan(0, count);
        }

        DealBytes(count, low);
        if (high != 0)
        {
            for (int i = 0; i < count; i++)
                _keys[i] = addresses[_places[i]].High;
            DealBytes(count, high);
        }

        return _places.AsSpan(0, count);
    }

    private void Grow(int count)
    {
        if (_keys.Length >= count)
            return;
        int size = Math.Max(count, 2 * _keys.Length);
        (_keys, _spareKeys) = (new ulong[size], new ulong[size]);
        (_places, _sparePlaces) = (new int[size], new int[size]);
    }

    // By the least significant byte first: each round keeps the order of those before it.
    private void DealBytes(int count, ulong differing)
    {
        for (int shift = 0; shift < 64; shift += 8)
        {
            if ((byte)(differing >> shift) != 0)
                Deal(count, shift);
        }
    }

    private void Deal(int count, int shift)
    {
        int[] counts = _counts;
        Array.Clear(counts);
        ReadOnlySpan<ulong> keys = _keys.AsSpan(0, count);
        foreach (ulong key in keys)
            counts[(byte)(key >> shift)]++;
        int next = 0;
        for (int i = 0; i < counts.Length; i++)
            (counts[i], next) = (next, next + counts[i]);

        ReadOnlySpan<int> places = _places.AsSpan(0, count);
        Span<ulong> dealtKeys = _spareKeys.AsSpan(0, count);
        Span<int> dealtPlaces = _sparePlaces.AsSpan(0, count);
        for (int i = 0; i < keys.Length; i++)
        {
            int place = counts[(byte)(keys[i] >> shift)]++;
            dealtKeys[place] = keys[i];
            dealtPlaces[place] = places[i];
        }

        (_keys, _spareKeys) = (_spareKeys, _keys);
        (_places, _sparePlaces) = (_sparePlaces, _places);
    }

    private void Compare(ReadOnlySpan<Address> addresses)
    {
        int count = addresses.Length;
        for (int i = 0; i < count; i++)
            _keys[i] = addresses[i].High;
        Array.Sort(_keys, _places, 0, count);
        for (int start = 0; start < count;)
        {
            ulong high = addresses[_places[start]].High;
            int end = start;
            while (end < count && addresses[_places[end]].High == high)
            {
                _keys[end] = addresses[_places[end]].Low;
                end++;
            }

            Array.Sort(_keys, _places, start, end - start);
            start = end;
        }
    }

    private static int BytesIn(ulong differing)
    {
        int bytes = 0;
        for (; differing != 0; differing >>= 8)
            bytes += (byte)differing != 0 ? 1 : 0;
        return bytes;
    }
}
