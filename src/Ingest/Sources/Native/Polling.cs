namespace IcmpStream.Ingest.Sources.Native;

/// <summary>Waits for rings (poll(2)), and asks the clocks that packets are stamped with.</summary>
internal static unsafe class Polling
{
    private const int ClockRealtime = 0;
    private const int ClockMonotonic = 1;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Waits until one of the descriptors has something, or for so long; says of each what poll says of it.</summary>
    public static void Wait(ReadOnlySpan<int> descriptors, Span<short> polled, int timeoutMs)
    {
        Span<Libc.PollDescriptor> polls = stackalloc Libc.PollDescriptor[descriptors.Length];
        for (int index = 0; index < polls.Length; index++)
            polls[index] = new Libc.PollDescriptor { Descriptor = descriptors[index], Events = Libc.PollIn };
        int ready;
        fixed (Libc.PollDescriptor* first = polls)
            ready = Libc.Poll(first, (nuint)polls.Length, timeoutMs);
        for (int index = 0; index < polls.Length; index++)
            polled[index] = ready > 0 ? polls[index].Returned : (short)0;
    }

    /// <summary>CLOCK_REALTIME, ns: what the kernel stamps packets with.</summary>
    public static long RealtimeNs() => Read(ClockRealtime);

    /// <summary>What has to be added to CLOCK_MONOTONIC to have CLOCK_REALTIME, ns: the best of three tries, against being interrupted.</summary>
    public static long MonotonicOffsetNs()
    {
        long best = 0, least = long.MaxValue;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            long before = Read(ClockMonotonic), now = Read(ClockRealtime), after = Read(ClockMonotonic);
            if (after - before < least)
                (least, best) = (after - before, now - before - ((after - before) / 2));
        }

        return best;
    }

    private static long Read(int clock)
    {
        Libc.TimeSpec time;
        _ = Libc.ReadClock(clock, &time);
        return (time.Seconds * NsPerSecond) + time.Nanoseconds;
    }
}
