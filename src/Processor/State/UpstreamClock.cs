using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Event time of one domain behind several upstream partitions: the minimum over them, where one that has ended holds nothing
/// back and one that has not spoken yet holds everything.
/// </summary>
public sealed class UpstreamClock : ICheckpointPart
{
    private readonly long[] _watermarks;
    private readonly bool[] _ended;

    /// <summary>Makes a clock over <paramref name="partitions"/> upstream partitions, none of which has spoken.</summary>
    public UpstreamClock(int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        _watermarks = new long[partitions];
        _ended = new bool[partitions];
        Restart();
    }

    /// <summary>Nothing later is below this, ns; <see cref="BatchEnvelope.NoWatermark"/> until all have spoken. It never goes back.</summary>
    public long EventTimeNs { get; private set; }

    /// <summary>The highest watermark of any partition, ns: when all have ended, the domain's end.</summary>
    public long HighestNs { get; private set; }

    /// <summary>True when all have ended.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Takes a watermark. A partition that had ended and speaks again is live again.</summary>
    public void Observe(int partition, long watermarkNs, bool final)
    {
        _watermarks[partition] = Math.Max(_watermarks[partition], watermarkNs);
        _ended[partition] = final;
        HighestNs = Math.Max(HighestNs, watermarkNs);
        long lowest = long.MaxValue;
        IsEnded = true;
        for (int i = 0; i < _ended.Length; i++)
        {
            if (_ended[i])
                continue;
            IsEnded = false;
            lowest = Math.Min(lowest, _watermarks[i]);
        }

        if (!IsEnded)
            EventTimeNs = Math.Max(EventTimeNs, lowest);
    }

    /// <summary>Writes the clock down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        for (int i = 0; i < _ended.Length; i++)
        {
            writer.WriteInt64(_watermarks[i]);
            writer.WriteBoolean(_ended[i]);
        }

        writer.WriteInt64(EventTimeNs);
        writer.WriteInt64(HighestNs);
        writer.WriteBoolean(IsEnded);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a clock over as many partitions.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int i = 0; i < _ended.Length; i++)
            (_watermarks[i], _ended[i]) = (reader.ReadInt64(), reader.ReadBoolean());
        (EventTimeNs, HighestNs, IsEnded) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean());
    }

    /// <summary>Starts a new life after the end.</summary>
    public void Restart()
    {
        Array.Fill(_watermarks, BatchEnvelope.NoWatermark);
        Array.Clear(_ended);
        EventTimeNs = BatchEnvelope.NoWatermark;
        HighestNs = BatchEnvelope.NoWatermark;
        IsEnded = false;
    }
}
