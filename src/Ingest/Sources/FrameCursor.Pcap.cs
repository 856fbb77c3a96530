using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Classic pcap records, draft-ietf-opsawg-pcap section 5:
/// <code>
///        0               4               8               12              16
///       +---------------+---------------+---------------+---------------+---------------------+
///       | seconds       | us or ns      | captured len. | original len. | captured bytes ...  |
///       +---------------+---------------+---------------+---------------+---------------------+
/// </code>
/// Seconds are unsigned: times run to 2106. The fraction may be a second or more, and is added as it is. What was captured may
/// be longer than the header's snap length, or than the original: writers exist that do both, and the bytes are there.
/// The inlined half in FrameCursor.cs is this one for the most common layout; a test holds one against the other.
/// </summary>
public ref partial struct FrameCursor
{
    internal const long NsPerSecond = 1_000_000_000;

    // With fewer records alike than these, one by one is as fast, and likely for the next ones too.
    private const int WorthWhile = 3;

    private bool TryReadPcap(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        int headerBytes = _format.RecordHeaderBytes;
        ReadOnlySpan<byte> unread = _unread;
        if (unread.Length < headerBytes)
            return Starve(out info, out frame);
        long seconds = UInt32(unread, 0, _format.IsBigEndian);
        long fraction = UInt32(unread, 4, _format.IsBigEndian);
        uint captured = UInt32(unread, 8, _format.IsBigEndian);
        uint original = UInt32(unread, 12, _format.IsBigEndian);
        if (_format.LengthOrder == LengthOrder.OriginalFirst || (_format.LengthOrder == LengthOrder.SmallerIsCaptured && captured > original))
            (captured, original) = (original, captured);
        if (captured > _maxCapturedBytes)
            return Break(ContainerOutcome.FrameTooLong, captured, _maxCapturedBytes, out info, out frame);
        if (captured > (uint)(unread.Length - headerBytes))
            return Starve(out info, out frame);
        info = new FrameInfo(
            seconds * NsPerSecond + fraction * _nsPerTick, ++_progress.Frames, original, captured, section: 1, interfaceId: 0, _linkType);
        frame = unread.Slice(headerBytes, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = unread[(headerBytes + (int)captured)..];
        return true;
    }

    // The loop of the most common layout, with everything that it moves in registers. It ends where the general reader has to look.
    private int ReadPlain(Span<FrameInfo> infos, Span<int> offsets)
    {
        ReadOnlySpan<byte> unread = _unread;
        long frames = _progress.Frames, bytes = 0;
        uint nsPerTick = _nsPerTick, maxCapturedBytes = _maxCapturedBytes;
        ushort linkType = _linkType;
        int count = 0, oneByOne = 0;
        offsets = offsets[..infos.Length];
        while (count < infos.Length && unread.Length >= CaptureHeader.ClassicRecordBytes)
        {
            uint captured = BinaryPrimitives.ReadUInt32LittleEndian(unread[8..]);
            if (captured > maxCapturedBytes || captured > (uint)(unread.Length - CaptureHeader.ClassicRecordBytes))
                break;
            int recordBytes = CaptureHeader.ClassicRecordBytes + (int)captured, read = 1;
            int offset = _segmentBytes - unread.Length + CaptureHeader.ClassicRecordBytes;
            if (RecordLanes.IsSupported && --oneByOne < 0 && infos.Length - count >= RecordLanes.Lanes && unread.Length / RecordLanes.Lanes >= recordBytes)
            {
                read = RecordLanes.Read(unread, recordBytes, nsPerTick, linkType, frames, infos[count..]);
                Vector256.CreateSequence(offset, recordBytes).CopyTo(offsets[count..]);
                oneByOne = read < WorthWhile ? RecordLanes.Lanes : 0;
            }
            else
            {
                infos[count] = new FrameInfo(
                    (BinaryPrimitives.ReadUInt32LittleEndian(unread) * NsPerSecond) + ((long)BinaryPrimitives.ReadUInt32LittleEndian(unread[4..]) * nsPerTick),
                    frames + 1,
                    BinaryPrimitives.ReadUInt32LittleEndian(unread[12..]),
                    captured,
                    section: 1,
                    interfaceId: 0,
                    linkType);
                offsets[count] = offset;
            }

            count += read;
            frames += read;
            bytes += read * captured;
            unread = unread[(read * recordBytes)..];
        }

        _unread = unread;
        _progress.Frames = frames;
        _progress.CapturedBytes += bytes;
        return count;
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at, bool bigEndian)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
        return bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at, bool bigEndian)
    {
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        return bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int at, bool bigEndian)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        return bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }
}
