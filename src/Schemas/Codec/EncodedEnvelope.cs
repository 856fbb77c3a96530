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

    // Copies of a length that the compiler knows are a few moves of vectors; what they copy too much is written over.
    private const int ShortCopyBytes = 64;
    private const int LongCopyBytes = 2 * ShortCopyBytes;

    /// <summary>The most bytes an envelope takes or touches, header, sequence and block framing of the events included.</summary>
    internal const int MaxBytes = LongCopyBytes + Varint.MaxLongBytes + ShortCopyBytes + Varint.MaxIntBytes + 1;

    private readonly byte[] _stream = new byte[LongCopyBytes];
    private readonly byte[] _progress = new byte[ShortCopyBytes];
    private readonly int _streamLength;
    private int _progressLength;

    /// <summary>
    /// Encodes an envelope; its first sequence is not kept. Each record will start with <paramref name="header"/>, which is empty
    /// or made by <see cref="RecordFrame"/>. Throws <see cref="ArgumentException"/> on a sensor name that is too long.
    /// </summary>
    public EncodedEnvelope(in BatchEnvelope envelope, ReadOnlySpan<byte> header = default)
    {
        AvroWriter writer = new(_stream.AsSpan(0, MaxStreamBytes));
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
        AvroWriter writer = new(_progress.AsSpan(0, MaxProgressBytes));
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
        if (_streamLength <= ShortCopyBytes)
            _stream.AsSpan(0, ShortCopyBytes).CopyTo(destination);
        else
            _stream.AsSpan(0, LongCopyBytes).CopyTo(destination);
        int position = Varint.WriteLong(destination, _streamLength, firstSequence);
        _progress.AsSpan(0, ShortCopyBytes).CopyTo(destination[position..]);
        return position + _progressLength;
    }
}
