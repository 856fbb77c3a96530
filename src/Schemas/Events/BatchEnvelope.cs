namespace IcmpStream.Schemas;

/// <summary>
/// What a record on <c>icmp.event.v1</c> says of its origin: all of <c>icmpstream.v1.IcmpEventBatch</c> but the events. A
/// <em>stream</em> is one reader of a run within one domain. Counters are cumulative since the run began.
/// </summary>
public struct BatchEnvelope
{
    /// <summary>Name of the sensor; UTF-8, at most <see cref="MaxSensorBytes"/>.</summary>
    public string Sensor;

    /// <summary>Observation domain.</summary>
    public uint Domain;

    /// <summary>The run.</summary>
    public RunId Run;

    /// <summary>The stream's number within the run.</summary>
    public uint Stream;

    /// <summary>
    /// Sequence number of the first event here, counted per stream and partition from 0; of a record without events, the number
    /// that the next event will have.
    /// </summary>
    public long FirstSequence;

    /// <summary>
    /// Every later event of the stream that is not marked late has a time at or above this, ns since the epoch;
    /// <see cref="NoWatermark"/> before the first.
    /// </summary>
    public long WatermarkNs;

    /// <summary>Frames the stream has read.</summary>
    public long Seen;

    /// <summary>Packets that the kernel dropped before the stream could read them.</summary>
    public long KernelDrops;

    /// <summary>Events that the stream dropped because the log could not take them.</summary>
    public long Shed;

    /// <summary>True on the stream's last record in this partition: nothing follows, and it holds no watermark back.</summary>
    public bool Final;

    /// <summary>The watermark of a stream that has seen nothing.</summary>
    public const long NoWatermark = long.MinValue;

    /// <summary>The longest sensor name, UTF-8 bytes: it travels in every record.</summary>
    public const int MaxSensorBytes = 64;
}
