using System.Globalization;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// A folder in which live sources keep, in order, what the brokers do not take: segments of records, written during an outage and sent behind it. What a process leaves there the next
/// one sends first. One process has it at a time.
/// </summary>
public sealed class SpillFolder : IDisposable
{
    private const string Extension = ".spill";

    private readonly string _path;
    private readonly long _maxBytes;
    private readonly FileStream _lock;
    private readonly string _started = DateTime.UtcNow.Ticks.ToString("d20", CultureInfo.InvariantCulture);
    private string[] _leftovers;
    private long _bytes;

    /// <summary>Opens a folder, and makes it where it is missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="maxBytes">Bytes that may be in it; what an earlier process has left counts.</param>
    /// <exception cref="IOException">It cannot be made or written, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made or written.</exception>
    public SpillFolder(string path, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _path = path;
        _maxBytes = maxBytes;
        Directory.CreateDirectory(path);
        _lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _leftovers = [.. Directory.GetFiles(path, "*" + Extension).Order(StringComparer.Ordinal)];
        _bytes = _leftovers.Sum(segment => new FileInfo(segment).Length);
    }

    /// <summary>Bytes in the folder.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The place of one stream's records; the first one opened also sends what an earlier process has left.</summary>
    public EventSpill Open(uint stream) => new(this, stream);

    /// <summary>Lets another process have it.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>What an earlier process has left, oldest first: for whoever asks first.</summary>
    internal string[] TakeLeftovers() => Interlocked.Exchange(ref _leftovers, []);

    /// <summary>A name for a new segment; names sort by start, stream, and number.</summary>
    internal string NewSegment(uint stream, int number) => Path.Combine(_path, string.Create(CultureInfo.InvariantCulture, $"{_started}-{stream:d10}-{number:d10}{Extension}"));

    /// <summary>Makes room; false where there is none.</summary>
    internal bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= _maxBytes)
            return true;
        Release(bytes);
        return false;
    }

    internal void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
