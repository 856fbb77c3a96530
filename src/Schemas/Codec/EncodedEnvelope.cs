namespace IcmpStream.Schemas;

/// <summary>
/// The envelope of one stream's records, encoded once and copied into each: what names the stream never changes, what says how
/// far it is changes now and then, and only the sequence differs from record to record. For one thread.
/// </summary>
public sealed class EncodedEnvelope
{
    /// <summary>The longest record header: single-object encoding's marker and fingerprint.</summary>
    private const int MaxHeaderBytes = RecordFrame.SingleObjectBytes;

    private const int MaxStreamBytes =
        MaxHeaderBytes + 2 + BatchEnvelope.MaxSensorBytes + Varint.MaxIntBytes + RunId.Size + Varint.MaxIntBytes;

    private const int MaxProgressBytes = (4 * Varint.MaxLongBytes) + 1;

    /// <summary>The most bytes an envelope takes, header, sequence and block framing of the events included.</summary>
    internal const int MaxBytes = MaxStreamBytes + Varint.MaxLongBytes + MaxProgressBytes + Varint.MaxIntBytes + 1 + Varint.Slack;

    private readonly byte[] _stream = new byte[MaxStreamBytes];
    private readonly byte[] _progress = new byte[MaxProgressBytes];
    private readonly int _streamLength;
    private int _progressLength;

    /// <summary>
    /// Encodes an envelope; its first sequence is not kept. Each record will start with <paramref name="header"/>, which is empty
    /// or made by <see cref="RecordFrame"/>. Throws <see cref="ArgumentException"/> on a sensor name that is too long.
    /// </summary>
    public EncodedEnvelope(in BatchEnvelope envelope, ReadOnlySpan<byte> header = default)
    {
        AvroWriter writer = new(_stream);
        writer.WriteRaw(header);
        writer.WriteString(envelope.Sensor);
        writer.WriteLong(envelope.Domain);
        Span<byte> run = stackalloc byte[RunId.Size];
        envelope.Run.Write(run);
        writer.WriteRaw(run);
        writer.WriteLong(envelope.Stream);
        if (writer.Overflow || System.Text.Encoding.UTF8.GetByteCount(envelope.Sensor) > BatchEnvelope.MaxSensorBytes)
            throw new ArgumentException($"a sensor name has at most {BatchEnvelope.MaxSensorBytes} bytes", nameof(envelope));
        _streamLength = writer.Written;
        SetProgress(envelope.WatermarkNs, envelope.Seen, envelope.KernelDrops, envelope.Shed, envelope.Final);
    }

    /// <summary>Sets what the stream's next records say of its progress; see <see cref="BatchEnvelope"/>.</summary>
    public void SetProgress(long watermarkNs, long seen, long kernelDrops, long shed, bool final)
    {
        AvroWriter writer = new(_progress);
        writer.WriteLong(watermarkNs);
        writer.WriteLong(seen);
        writer.WriteLong(kernelDrops);
        writer.WriteLong(shed);
        writer.WriteBoolean(final);
        _progressLength = writer.Written;
    }

    /// <summary>Writes the envelope into at least <see cref="MaxBytes"/>; returns its length.</summary>
    internal int Write(Span<byte> destination, long firstSequence)
    {
        _stream.AsSpan(0, _streamLength).CopyTo(destination);
        int position = Varint.WriteLong(destination, _streamLength, firstSequence);
        _progress.AsSpan(0, _progressLength).CopyTo(destination[position..]);
        return position + _progressLength;
    }
}
