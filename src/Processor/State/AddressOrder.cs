using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>Sorts places by address through primitive keys, which the runtime sorts several times as fast as structs.</summary>
public sealed class AddressOrder
{
    private ulong[] _keys = new ulong[64];
    private int[] _places = new int[64];

    /// <summary>The places 0..n-1 of <paramref name="addresses"/> in ascending order of address. Valid until the next call.</summary>
    public ReadOnlySpan<int> Sort(ReadOnlySpan<Address> addresses)
    {
        int count = addresses.Length;
        if (_keys.Length < count)
        {
            int size = Math.Max(count, 2 * _keys.Length);
            _keys = new ulong[size];
            _places = new int[size];
        }

        bool oneHigh = true, inOrder = true;
        for (int i = 0; i < count; i++)
        {
            _places[i] = i;
            _keys[i] = addresses[i].High;
            if (i == 0)
                continue;
            oneHigh &= addresses[i].High == addresses[0].High;
            inOrder &= addresses[i - 1] <= addresses[i];
        }

        if (inOrder)
            return _places.AsSpan(0, count);
        if (!oneHigh)
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

        return _places.AsSpan(0, count);
    }
}
