using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Walks the frames of one read, in order, without copying or allocating. It is all that decoding sees of a source.
/// It reads the first segment of the buffer, and the next read starts with the next one: no record lies across two.
/// Bad input never throws: a cursor that meets damage delivers what is before it, then ends (see <see cref="SourceStatistics.Damage"/>).
/// </summary>
public ref partial struct FrameCursor
{
    private readonly ReadOnlySequence<byte> _buffer;
    private readonly CaptureFormat _format;
    private readonly ContainerOutcome _ending;
    private readonly long _segmentOffset;
    private readonly int _segmentBytes;
    private readonly bool _isLast;

    // What the common case needs, side by side: little-endian classic pcap of version 2.4.
    private readonly bool _isPlain;
    private readonly ushort _linkType;
    private readonly uint _nsPerTick;
    private readonly uint _maxCapturedBytes;

    private readonly ReadOnlySpan<byte> _memory;
    private ReadOnlySpan<byte> _unread;
    private CaptureProgress _progress;
    private readonly RingView _ring;
    private bool _isExhausted;

    internal FrameCursor(scoped in ReadResult read, scoped in CaptureFormat format, scoped in CaptureProgress progress, long offsetBytes, ContainerOutcome ending)
    {
        _buffer = read.Buffer;
        _format = format;
        _progress = progress;
        _ending = ending;
        _segmentOffset = offsetBytes;
        _memory = read.Buffer.FirstSpan;
        _unread = _memory;
        _segmentBytes = _unread.Length;
        _isLast = read.IsCompleted && read.Buffer.IsSingleSegment;
        _isPlain = format is { IsPcapng: false, IsBigEndian: false, LengthOrder: LengthOrder.CapturedFirst, RecordHeaderBytes: CaptureHeader.ClassicRecordBytes };
        _linkType = format.LinkType;
        _nsPerTick = format.NsPerTick;
        _maxCapturedBytes = FrameLimits.MaxCapturedBytes(format.LinkType);
    }

    internal FrameCursor(scoped in ReadResult read, scoped in RingView ring, scoped in CaptureProgress progress, long offsetBytes)
        : this(read, ring.Format, progress, offsetBytes, ContainerOutcome.None)
    {
        _ring = ring;
        if (ring.Layout == RingLayout.XdpDescriptors)
            _memory = ring.Room;
    }

    /// <summary>True when nothing is left, here or in later reads: the capture has ended, or is damaged.</summary>
    public readonly bool IsEnd => _progress.Damage is not null || (_isExhausted && _isLast);

    /// <summary>Up to where the bytes are done with.</summary>
    public readonly SequencePosition Consumed =>
        _progress.Damage is not null ? _buffer.End : _buffer.GetPosition(_segmentBytes - _unread.Length);

    /// <summary>Up to where the bytes have been looked at: to the end, where only more bytes would give another frame.</summary>
    public readonly SequencePosition Examined => _isExhausted && _buffer.IsSingleSegment ? _buffer.End : Consumed;

    internal readonly CaptureProgress Progress => _progress;

    /// <summary>The next frame.</summary>
    /// <param name="info">What is known of it besides its bytes.</param>
    /// <param name="frame">Its captured bytes, borrowed until the source advances.</param>
    /// <returns>False when this read has no further whole frame.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> unread = _unread;
        if (_isPlain && unread.Length >= CaptureHeader.ClassicRecordBytes)
        {
            uint captured = BinaryPrimitives.ReadUInt32LittleEndian(unread[8..]);
            if (captured <= _maxCapturedBytes && captured <= (uint)(unread.Length - CaptureHeader.ClassicRecordBytes))
            {
                long seconds = BinaryPrimitives.ReadUInt32LittleEndian(unread);
                long fraction = BinaryPrimitives.ReadUInt32LittleEndian(unread[4..]);
                info = new FrameInfo(
                    seconds * NsPerSecond + fraction * _nsPerTick,
                    ++_progress.Frames,
                    BinaryPrimitives.ReadUInt32LittleEndian(unread[12..]),
                    captured,
                    section: 1,
                    interfaceId: 0,
                    _linkType);
                frame = unread.Slice(CaptureHeader.ClassicRecordBytes, (int)captured);
                _progress.CapturedBytes += captured;
                _unread = unread[(CaptureHeader.ClassicRecordBytes + (int)captured)..];
                return true;
            }
        }
        return TryReadGeneral(out info, out frame);
    }

    /// <summary>The next frames, as many as there is room for and this read has.</summary>
    /// <param name="infos">What is known of each besides its bytes.</param>
    /// <param name="offsets">Where each begins in <see cref="Memory"/>; as long as <paramref name="infos"/>.</param>
    /// <returns>How many there are; 0 when this read has no further whole frame.</returns>
    public int ReadMany(Span<FrameInfo> infos, Span<int> offsets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offsets.Length, infos.Length);
        int count = _isPlain ? ReadPlain(infos, offsets) : _ring is { Layout: RingLayout.PacketBlock, Filter: null } ? ReadBlock(infos, offsets) : 0;
        ReadOnlySpan<byte> memory = Memory;
        for (; count < infos.Length && TryRead(out infos[count], out ReadOnlySpan<byte> frame); count++)
            offsets[count] = frame.IsEmpty ? 0 : OffsetIn(memory, frame);
        return count;
    }

    /// <summary>The memory that the frames of this cursor lie in.</summary>
    public readonly ReadOnlySpan<byte> Memory => _memory;

    private static int OffsetIn(ReadOnlySpan<byte> memory, ReadOnlySpan<byte> frame)
    {
        memory.Overlaps(frame, out int offset);
        return offset;
    }

    private bool TryReadGeneral(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        if (_ring.Layout != RingLayout.None && _progress.Damage is null)
            return TryReadRing(out info, out frame);
        if (_progress.Damage is null)
            return _format.IsPcapng ? TryReadPcapng(out info, out frame) : TryReadPcap(out info, out frame);
        return Nothing(out info, out frame);
    }

    // No whole record is left in this read. That is an end, damage, or a reason to read on.
    private bool Starve(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        _isExhausted = true;
        if (_isLast && (_ending != ContainerOutcome.None || !_unread.IsEmpty))
            return Break(_ending != ContainerOutcome.None ? _ending : ContainerOutcome.CutShort, 0, 0, out info, out frame);
        return Nothing(out info, out frame);
    }

    private bool Break(ContainerOutcome outcome, long claimed, long limit, out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        _isExhausted = true;
        long offset = _segmentOffset + (_segmentBytes - _unread.Length);
        _progress.Damage = new ContainerDamage(outcome, offset, _progress.Frames, claimed, limit);
        return Nothing(out info, out frame);
    }

    private static bool Nothing(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        info = default;
        frame = default;
        return false;
    }
}
