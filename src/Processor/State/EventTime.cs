using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Arithmetic of event time, ns since the epoch. It saturates: a capture may hold any 64-bit time, and none may wrap around.
/// </summary>
public static class EventTime
{
    /// <summary>Length of a slot, ns: 100 ms, the grain in which rates are counted and partials travel.</summary>
    public const long SlotNs = 100_000_000;

    /// <summary>One second, ns.</summary>
    public const long SecondNs = 1_000_000_000;

    /// <summary>The earliest time there is; <see cref="BatchEnvelope.NoWatermark"/> is below it.</summary>
    public const long Earliest = long.MinValue + 1;

    /// <summary>The slot of a time: floor(time / slot), also before 1970.</summary>
    public static long SlotOf(long timeNs) => FloorDivide(timeNs, SlotNs);

    /// <summary>Start of a slot, ns.</summary>
    public static long SlotStart(long slot) => Scale(slot, SlotNs);

    /// <summary>End of a slot, ns: the first time that is not in it.</summary>
    public static long SlotEnd(long slot) => Add(SlotStart(slot), SlotNs);

    /// <summary>Start of the window of <paramref name="lengthNs"/> that holds a time, windows being aligned to the epoch.</summary>
    public static long WindowStart(long timeNs, long lengthNs) => Scale(FloorDivide(timeNs, lengthNs), lengthNs);

    /// <summary>time + duration, at most the latest time there is.</summary>
    public static long Add(long timeNs, long durationNs)
    {
        long sum = unchecked(timeNs + durationNs);
        return durationNs >= 0 && sum < timeNs ? long.MaxValue : durationNs < 0 && sum > timeNs ? Earliest : sum;
    }

    /// <summary>later - earlier, saturating.</summary>
    public static long Between(long earlierNs, long laterNs)
    {
        Int128 difference = (Int128)laterNs - earlierNs;
        return difference > long.MaxValue ? long.MaxValue : difference < Earliest ? Earliest : (long)difference;
    }

    private static long FloorDivide(long value, long divisor)
    {
        long quotient = value / divisor;
        return value < 0 && quotient * divisor != value ? quotient - 1 : quotient;
    }

    private static long Scale(long count, long unit)
    {
        Int128 product = (Int128)count * unit;
        return product < Earliest ? Earliest : product > long.MaxValue ? long.MaxValue : (long)product;
    }
}
