namespace IcmpStream.Ingest.Sources;

/// <summary>How a capture is read. The defaults suit everything but tests and odd file systems.</summary>
public sealed record SourceOptions
{
    /// <summary>The least a window may be; a smaller one would hold no record header and its frame.</summary>
    public const int MinWindowBytes = 64;

    /// <summary>The most a window may be: a <see cref="ReadOnlyMemory{T}"/> ends at 2 GiB, and a window may double once to hold a record.</summary>
    public const int MaxWindowBytes = 512 * 1024 * 1024;

    /// <summary>
    /// How much of a capture one read hands out. 4 MiB: about 40,000 small frames, so that the cost of a read vanishes, and
    /// little enough that mapped pages are still in the last-level cache when they are given back.
    /// </summary>
    public int WindowBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// True to map regular files into memory; false to read them. Reading copies once, but survives a file that another
    /// process cuts short (see <see cref="CaptureSource"/>). Pipes are always read.
    /// </summary>
    public bool Map { get; init; } = true;

    /// <summary>Throws where a value is outside its limits.</summary>
    internal static void Validate(SourceOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WindowBytes, MinWindowBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.WindowBytes, MaxWindowBytes, nameof(options));
    }
}
