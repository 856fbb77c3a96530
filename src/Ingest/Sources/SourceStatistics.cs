namespace IcmpStream.Ingest.Sources;

/// <summary>The numbers of one source. Written by the thread that reads the source, readable from any.</summary>
public sealed class SourceStatistics
{
    private long _frames;
    private long _capturedBytes;
    private long _timeMissing;
    private long _timeSaturated;
    private long _kernelReceived;
    private long _kernelDrops;
    private long _filtered;
    private volatile ContainerDamage? _damage;

    /// <summary>Frames delivered.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>Captured bytes of the frames delivered, without the container's own.</summary>
    public long CapturedBytes => Volatile.Read(ref _capturedBytes);

    /// <summary>Frames that the interfaces received, as the capture states it; 0 where it does not.</summary>
    public long KernelReceived => Volatile.Read(ref _kernelReceived);

    /// <summary>Frames that were lost before they reached this source: never part of <see cref="Frames"/>. 0 where nothing states them.</summary>
    public long KernelDrops => Volatile.Read(ref _kernelDrops);

    /// <summary>Frames that reached this process and were left out by the user's filter: never part of <see cref="Frames"/>.</summary>
    public long Filtered => Volatile.Read(ref _filtered);

    /// <summary>Why the source ended before its end; null while nothing is wrong. One line with <c>ToString</c>.</summary>
    public ContainerDamage? Damage => _damage;

    /// <summary>How often an outcome was met.</summary>
    public long Count(ContainerOutcome outcome) => outcome switch
    {
        ContainerOutcome.None => 0,
        ContainerOutcome.TimeMissing => Volatile.Read(ref _timeMissing),
        ContainerOutcome.TimeSaturated => Volatile.Read(ref _timeSaturated),
        _ => _damage is { } damage && damage.Outcome == outcome ? 1 : 0,
    };

    internal void Publish(in CaptureProgress progress)
    {
        Volatile.Write(ref _frames, progress.Frames);
        Volatile.Write(ref _capturedBytes, progress.CapturedBytes);
        Volatile.Write(ref _timeMissing, progress.TimeMissing);
        Volatile.Write(ref _timeSaturated, progress.TimeSaturated);
        Volatile.Write(ref _kernelReceived, progress.KernelReceived);
        Volatile.Write(ref _kernelDrops, progress.KernelDrops);
        Volatile.Write(ref _filtered, progress.Filtered);
        _damage = progress.Damage;
    }
}
