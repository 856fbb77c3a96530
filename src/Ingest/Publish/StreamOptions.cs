using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>What a stream is and how it runs.</summary>
public sealed record StreamOptions
{
    /// <summary>Name of the sensor, 1 to <see cref="BatchEnvelope.MaxSensorBytes"/> bytes of UTF-8.</summary>
    public required string Sensor { get; init; }

    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Observation domain; null for the default: the sensor's for live capture, the run's own for a replay.</summary>
    public uint? Domain { get; init; }

    /// <summary>Number of the stream within the run.</summary>
    public uint Stream { get; init; }

    /// <summary>How far out of order a frame may be, ns.</summary>
    public long AllowedLatenessNs { get; init; } = StreamClock.DefaultAllowedLatenessNs;

    /// <summary>Events that travel together inside the process.</summary>
    public int BatchEvents { get; init; } = EventBuffer.DefaultCapacity;

    /// <summary>
    /// Replay speed: 1 is the capture's own, 2 twice as fast; null is as fast as the log takes it. For captures only.
    /// </summary>
    public double? Speed { get; init; }

    /// <summary>The domain of a sensor that was given none: the start of the XXH64 of its name.</summary>
    public static uint DomainOf(string sensor) => (uint)(XxHash64.Hash(Encoding.UTF8.GetBytes(sensor)) >> 32);

    /// <summary>The domain of a replay that was given none: the start of its run id.</summary>
    public static uint DomainOf(RunId run) => (uint)(run.High >> 32);

    /// <summary>Throws <see cref="ArgumentException"/> with a line for the user where an option is out of range.</summary>
    public void Validate()
    {
        int sensorBytes = Encoding.UTF8.GetByteCount(Sensor);
        if (sensorBytes is 0 or > BatchEnvelope.MaxSensorBytes)
            throw new ArgumentException($"sensor: a name of 1 to {BatchEnvelope.MaxSensorBytes} bytes is needed, this one has {sensorBytes}", nameof(Sensor));
        if (AllowedLatenessNs < 0)
            throw new ArgumentException($"allowed lateness: {AllowedLatenessNs} ns is negative", nameof(AllowedLatenessNs));
        if (BatchEvents < 1)
            throw new ArgumentException($"batch: {BatchEvents} events is less than 1", nameof(BatchEvents));
        if (Speed is { } speed && !(speed > 0 && double.IsFinite(speed)))
            throw new ArgumentException($"speed: {speed} is not a positive number", nameof(Speed));
    }
}
