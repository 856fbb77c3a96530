using System.IO.MemoryMappedFiles;

namespace IcmpStream.Fuzz.Running;

/// <summary>
/// The number of the case that is being run, in a file that outlives the process: after a crash it says which case it was.
/// </summary>
public sealed class InFlight : IDisposable
{
    private const int IterationAt = 0;
    private const int FindsAt = 8;
    private const int Bytes = 16;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Opens or makes the file.</summary>
    public InFlight(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, Bytes);
        _view = _file.CreateViewAccessor(0, Bytes);
    }

    /// <summary>The case.</summary>
    public long Iteration
    {
        get => _view.ReadInt64(IterationAt);
        set => _view.Write(IterationAt, value);
    }

    /// <summary>How many findings the process has written.</summary>
    public long Finds
    {
        get => _view.ReadInt64(FindsAt);
        set => _view.Write(FindsAt, value);
    }

    /// <summary>Closes the file, which stays.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
