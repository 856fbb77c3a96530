using System.Buffers;
using System.Buffers.Binary;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Writes a classic pcap, little-endian, version 2.4 (draft-ietf-opsawg-pcap; layouts in CaptureHeader.cs and
/// FrameCursor.Pcap.cs). Frames are collected in a buffer and written when it is full; nothing is allocated per frame.
/// Not for several threads at once. What the stream throws comes through.
/// </summary>
public sealed class PcapWriter : IDisposable
{
    /// <summary>Large enough that a write costs nothing per frame; a longer frame bypasses it.</summary>
    private const int BufferBytes = 64 * 1024;

    private const int FileHeaderBytes = 24;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Times are written as 32 bits of unsigned seconds: they end in 2106.</summary>
    public const long MaxTimeNs = (1L << 32) * NsPerSecond - 1;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly long _nsPerTick;
    private readonly uint _snapBytes;
    private byte[] _buffer;
    private int _used;
    private bool _isDisposed;

    /// <summary>Starts a capture; the file header is written with the first frames.</summary>
    /// <param name="stream">Where to; written from its present position on.</param>
    /// <param name="linkType">The LINKTYPE_ value of every frame; 1 is Ethernet.</param>
    /// <param name="resolution">The unit of times; with microseconds the rest is cut off.</param>
    /// <param name="snapBytes">Frames longer than this are cut to it, and keep their original length.</param>
    /// <param name="leaveOpen">True to leave the stream open when this is disposed of.</param>
    public PcapWriter(
        Stream stream,
        ushort linkType = 1,
        PcapResolution resolution = PcapResolution.Nanoseconds,
        uint snapBytes = FrameLimits.MaxFrameBytes,
        bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfZero(snapBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(snapBytes, FrameLimits.MaxCapturedBytes(linkType));
        _stream = stream;
        _leaveOpen = leaveOpen;
        _nsPerTick = resolution == PcapResolution.Nanoseconds ? 1 : 1000;
        _snapBytes = snapBytes;
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        Span<byte> header = _buffer;
        BinaryPrimitives.WriteUInt32LittleEndian(
            header, resolution == PcapResolution.Nanoseconds ? CaptureHeader.MagicNanoseconds : CaptureHeader.MagicMicroseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        header[8..16].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], snapBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], linkType);
        _used = FileHeaderBytes;
    }

    /// <summary>How many frames were written.</summary>
    public long Frames { get; private set; }

    /// <summary>Writes one frame.</summary>
    /// <param name="timeNs">Nanoseconds since 1970 UTC, 0 to <see cref="MaxTimeNs"/>.</param>
    /// <param name="frame">Its bytes.</param>
    /// <param name="originalBytes">Its length on the wire, where that is more than what is given here.</param>
    public void Write(long timeNs, ReadOnlySpan<byte> frame, uint originalBytes = 0)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(timeNs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeNs, MaxTimeNs);
        uint original = Math.Max(originalBytes, (uint)frame.Length);
        if ((uint)frame.Length > _snapBytes)
            frame = frame[..(int)_snapBytes];
        if (_buffer.Length - _used < CaptureHeader.ClassicRecordBytes + frame.Length)
            WriteOut();
        Span<byte> record = _buffer.AsSpan(_used);
        (long seconds, long rest) = Math.DivRem(timeNs, NsPerSecond);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(rest / _nsPerTick));
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], (uint)frame.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], original);
        _used += CaptureHeader.ClassicRecordBytes;
        if (frame.TryCopyTo(_buffer.AsSpan(_used)))
        {
            _used += frame.Length;
        }
        else
        {
            WriteOut();
            _stream.Write(frame);
        }
        Frames++;
    }

    /// <summary>Hands everything written so far to the stream, and flushes that.</summary>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        WriteOut();
        _stream.Flush();
    }

    /// <summary>Writes what is left, and closes the stream unless it is to be left open.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        try
        {
            WriteOut();
        }
        finally
        {
            _isDisposed = true;
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            if (!_leaveOpen)
                _stream.Dispose();
        }
    }

    private void WriteOut()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
