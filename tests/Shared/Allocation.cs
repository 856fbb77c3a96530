namespace IcmpStream.Tests.Shared;

/// <summary>What a piece of code allocates on this thread, once it runs as it will go on running.</summary>
internal static class Allocation
{
    private const int MaxTries = 20;

    /// <summary>The least of several tries, in bytes: the runtime may charge a thread for compiling, again and again, what it runs.</summary>
    public static long Least(Action round)
    {
        round();
        long least = long.MaxValue;
        for (int tries = 0; tries < MaxTries && least > 0; tries++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
