namespace IcmpStream.Ingest.Sources.Native;

/// <summary>Ties a thread to a core (sched_setaffinity(2)): the ring, its interrupt and the reader then share a cache.</summary>
internal static unsafe class Affinity
{
    /// <summary>CPU_SETSIZE of glibc: the highest core that can be named, and one.</summary>
    public const int MaxCpus = 1024;

    /// <summary>Ties the calling thread to a core. Where the core is not this process's to use, the thread stays as it is.</summary>
    /// <returns>False where it stays as it is.</returns>
    public static bool Pin(int cpu)
    {
        const int bitsPerWord = 64;
        ulong* mask = stackalloc ulong[MaxCpus / bitsPerWord];
        new Span<ulong>(mask, MaxCpus / bitsPerWord).Clear();
        mask[cpu / bitsPerWord] = 1UL << (cpu % bitsPerWord);
        return Libc.SetAffinity(0, MaxCpus / 8, mask) == 0;
    }
}
