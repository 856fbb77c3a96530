using System.Numerics;

namespace IcmpStream.Processor.Detect;

/// <summary>A set of byte values.</summary>
public partial struct ByteValues
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>How many values are in it.</summary>
    public readonly int Count => BitOperations.PopCount(_a) + BitOperations.PopCount(_b)
        + BitOperations.PopCount(_c) + BitOperations.PopCount(_d);

    /// <summary>Adds a value.</summary>
    public void Add(byte value)
    {
        ulong bit = 1UL << (value & 63);
        switch (value >> 6)
        {
            case 0:
                _a |= bit;
                break;
            case 1:
                _b |= bit;
                break;
            case 2:
                _c |= bit;
                break;
            default:
                _d |= bit;
                break;
        }
    }

    /// <summary>Adds all of another.</summary>
    public void Add(in ByteValues other) => (_a, _b, _c, _d) = (_a | other._a, _b | other._b, _c | other._c, _d | other._d);
}
