namespace IcmpStream.Ingest.Sources;

/// <summary>
/// What a pcapng Interface Description Block says, ready for use: the conversion of its times is worked out once, so that a
/// frame's costs a multiplication. A mutable struct in its section's table: statistics blocks update the counters.
/// </summary>
internal struct CaptureInterface
{
    /// <summary>if_tsresol where the block has none: 10^-6 s (draft-ietf-opsawg-pcapng section 4.2).</summary>
    public const byte DefaultResolution = 6;

    private const byte PowerOfTwo = 0x80;
    private const int NsExponent = 9;
    private const long NsPerSecond = 1_000_000_000;

    // 10^19 is the highest power of ten in 64 bits.
    private const int MaxDivisorExponent = 19;

    public ushort LinkType;
    public uint SnapBytes;
    public uint MaxCapturedBytes;

    /// <summary>The latest isb_ifrecv.</summary>
    public long Received;

    /// <summary>The latest isb_ifdrop and isb_osdrop.</summary>
    public long InterfaceDrops;
    public long SystemDrops;

    private ulong _nsPerTick;
    private ulong _maxFastTicks;
    private long _offsetNs;
    private long _offsetSeconds;
    private byte _resolution;

    /// <summary>Sets the clock.</summary>
    /// <param name="resolution">if_tsresol: a negative power of 10, or of 2 with the high bit set.</param>
    /// <param name="offsetSeconds">if_tsoffset: added to every time.</param>
    public void SetClock(byte resolution, long offsetSeconds)
    {
        _resolution = resolution;
        _offsetSeconds = offsetSeconds;
        _nsPerTick = 0;
        const long HalfRange = long.MaxValue / 2;
        if (resolution <= NsExponent && Int128.Abs(offsetSeconds) <= HalfRange / NsPerSecond)
        {
            _nsPerTick = PowerOfTen(NsExponent - resolution);
            _maxFastTicks = HalfRange / _nsPerTick;
            _offsetNs = offsetSeconds * NsPerSecond;
        }
    }

    /// <summary>Converts a block's time to nanoseconds since the epoch, rounding towards the past of the tick.</summary>
    /// <param name="ticks">The time, in units of the resolution.</param>
    /// <param name="saturated">Goes up by one where the time does not fit, and the nearest end is returned.</param>
    public readonly long ToNs(ulong ticks, ref long saturated) =>
        _nsPerTick != 0 && ticks <= _maxFastTicks ? (long)(ticks * _nsPerTick) + _offsetNs : ToNsExactly(ticks, ref saturated);

    // Off the common path: finer than nanoseconds, powers of two, far futures. 128 bits hold 2^64 ticks of a second each.
    private readonly long ToNsExactly(ulong ticks, ref long saturated)
    {
        UInt128 sinceOffset;
        int exponent = _resolution & ~PowerOfTwo;
        if ((_resolution & PowerOfTwo) != 0)
            sinceOffset = (UInt128)ticks * NsPerSecond >> exponent;
        else if (exponent <= NsExponent)
            sinceOffset = (UInt128)ticks * PowerOfTen(NsExponent - exponent);
        else if (exponent - NsExponent <= MaxDivisorExponent)
            sinceOffset = ticks / PowerOfTen(exponent - NsExponent);
        else
            sinceOffset = 0;
        Int128 ns = (Int128)sinceOffset + (Int128)_offsetSeconds * NsPerSecond;
        if (ns > long.MaxValue || ns < long.MinValue)
        {
            saturated++;
            return ns > 0 ? long.MaxValue : long.MinValue;
        }
        return (long)ns;
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
