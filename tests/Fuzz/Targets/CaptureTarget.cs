using IcmpStream.Fuzz.Containers;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// Mutated captures against the sources, each read four ways: mapped and as a stream, in windows as large as usual and as small
/// as can be. All must give the same frames and find the same damage, and so must reading in batches.
/// </summary>
public sealed class CaptureTarget : IFuzzTarget
{
    // A window of the usual size, rented once and again where it was not given back.
    private const long MaxAllocatedBytes = 16L << 20;

    private static readonly SourceOptions Usual = new();
    private static readonly SourceOptions Small = new() { WindowBytes = SourceOptions.MinWindowBytes };

    private readonly CaptureMutator _mutator;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly FrameDecoder _fast = new();
    private readonly FrameDecoder _scalar = new(new DecodeOptions { Accelerated = false });
    private readonly FrameBatch _batch = new();
    private readonly EventBuffer _events = new(capacity: 64);
    private readonly EventBuffer _single = new(capacity: 1);
    private long _cases;
    private long _started;
    private long _frames;
    private long _damaged;

    /// <summary>Makes the target with the captures of a corpus.</summary>
    public CaptureTarget(string corpus)
    {
        _mutator = new CaptureMutator(CaptureSeeds.All(corpus));
        string memory = "/dev/shm";
        _path = Path.Combine(Directory.Exists(memory) ? memory : Path.GetTempPath(), $"icmpstream-fuzz-{Path.GetRandomFileName()}");
        _file = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <inheritdoc/>
    public string Name => "capture";

    /// <inheritdoc/>
    public string Summary => $"of {_cases} captures {_started} were read, {_damaged} of them to damage, with {_frames} frames";

    /// <inheritdoc/>
    public void Make(ref SplitMix chance, FuzzCase made) => _mutator.Make(ref chance, made);

    /// <inheritdoc/>
    public string? Check(FuzzCase made)
    {
        byte[] bytes = made.Bytes.ToArray();
        _file.SetLength(0);
        _file.Write(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CaptureReading mapped = Read(new CaptureSource(_path, Usual), bytes.Length);
        CaptureReading mappedSmall = Read(new CaptureSource(_path, Small), bytes.Length);
        CaptureReading stream = Read(new CaptureSource(new MemoryStream(bytes), _path, Usual), bytes.Length);
        CaptureReading streamSmall = Read(new CaptureSource(new HesitantStream(bytes), _path, Small), bytes.Length);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Count(mapped);
        if (allocated > MaxAllocatedBytes + (bytes.Length * 1024L))
            return $"{allocated} bytes of memory for {bytes.Length}";
        return Compare("mapped in small windows", mapped, mappedSmall)
            ?? Compare("as a stream", mapped, stream)
            ?? Compare("as a stream of few bytes at a time", mapped, streamSmall)
            ?? InBatches(Usual)
            ?? InBatches(Small);
    }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    private static CaptureReading Read(CaptureSource source, int length)
    {
        using (source)
            return CaptureReading.Of(source, length);
    }

    private static string? Compare(string how, CaptureReading mapped, CaptureReading other) =>
        mapped.Fault
        ?? (other.Fault is { } fault ? $"{how}: {fault}" : null)
        ?? (mapped == other ? null : $"{how} it is {other}, mapped {mapped}");

    private string? InBatches(SourceOptions options)
    {
        using CaptureSource source = new(_path, options);
        return CaptureReading.InBatches(source, _fast, _scalar, _batch, _events, _single);
    }

    private void Count(CaptureReading reading)
    {
        _cases++;
        _started += reading.Failure is null ? 1 : 0;
        _damaged += reading.Damage.Length == 0 ? 0 : 1;
        _frames += reading.Frames;
    }
}
