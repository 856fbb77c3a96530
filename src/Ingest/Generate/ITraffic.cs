namespace IcmpStream.Ingest.Generate;

/// <summary>
/// A sequence of Ethernet frames in order of time, made one by one. The same arguments give the same frames, byte for byte, on any
/// machine and with any version of the runtime.
/// </summary>
public interface ITraffic
{
    /// <summary>Time of the next frame, ns since the epoch; <see cref="Ended"/> when there is none.</summary>
    long NextNs { get; }

    /// <summary>
    /// Writes the next frame to the start of <paramref name="frame"/>, which has room for <see cref="MaxFrameBytes"/>, and moves on.
    /// </summary>
    /// <returns>Length of the frame, bytes.</returns>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    int Write(Span<byte> frame);

    /// <summary>The time of the next frame of traffic that has ended.</summary>
    const long Ended = long.MaxValue;

    /// <summary>No frame is longer: an Ethernet header and the longest IP packet.</summary>
    const int MaxFrameBytes = 14 + ushort.MaxValue;
}
