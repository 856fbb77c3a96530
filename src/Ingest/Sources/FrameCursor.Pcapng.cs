using System.Buffers.Binary;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// pcapng blocks, draft-ietf-opsawg-pcapng section 3.1. Every block has the same shell, in the byte order of its section:
/// <code>
///        0               4               8                               length-4       length
///       +---------------+---------------+---------------- ~ ------------+---------------+
///       | type          | length        | body, padded to 32 bits       | length again  |
///       +---------------+---------------+---------------- ~ ------------+---------------+
/// </code>
/// A length that is no multiple of four is a known writer's fault: it is rounded up, as Wireshark does. The bodies, with
/// offsets from the start of the block:
/// <code>
///       Section Header (4.1)      8 byte-order magic   12 major  14 minor   16 section length (8)             24 options
///       Interface Descr. (4.2)    8 link type  10 --   12 snap length                                         16 options
///       Enhanced Packet (4.3)     8 interface id       12 time, high word   16 time, low word
///                                20 captured length    24 original length                                     28 bytes, options
///       Simple Packet (4.4)       8 original length                                                           12 bytes
///       Interface Stat. (4.6)     8 interface id       12 time (8)                                            20 options
///       Packet (obsolete, B)      8 interface id  10 drops   12 time, high word   16 time, low word
///                                20 captured length    24 original length                                     28 bytes, options
/// </code>
/// Everything else (name resolution, secrets, custom, journals) is skipped.
/// </summary>
public ref partial struct FrameCursor
{
    private const uint InterfaceBlock = 1;
    private const uint ObsoletePacketBlock = 2;
    private const uint SimplePacketBlock = 3;
    private const uint StatisticsBlock = 5;
    private const uint EnhancedPacketBlock = 6;

    private const int BlockStartBytes = 8;
    private const int TrailerBytes = sizeof(uint);
    private const int MinBlockBytes = 12;
    private const int MinSectionBytes = 28;
    private const int MinInterfaceBytes = 20;
    private const int MinPacketBytes = 32;
    private const int MinSimplePacketBytes = 16;
    private const int MinStatisticsBytes = 24;

    private bool TryReadPcapng(out FrameInfo info, out ReadOnlySpan<byte> frame) =>
        TryReadPlainPacket(out info, out frame) || TryReadBlocks(out info, out frame);

    // Little-endian Enhanced Packet Blocks in a row, which is what most of a capture is. Whatever is not plainly one, whole
    // and in order, is left to TryReadBlocks, which reads all of them and names what is wrong.
    private bool TryReadPlainPacket(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        const int FrameAt = 28;
        ReadOnlySpan<byte> unread = _unread;
        if (unread.Length >= MinPacketBytes && !_progress.IsBigEndian && BinaryPrimitives.ReadUInt32LittleEndian(unread) == EnhancedPacketBlock)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(unread[4..]);
            uint interfaceId = BinaryPrimitives.ReadUInt32LittleEndian(unread[8..]);
            uint captured = BinaryPrimitives.ReadUInt32LittleEndian(unread[20..]);
            if (length >= MinPacketBytes && length <= (uint)unread.Length && length <= FrameLimits.MaxBlockBytes && (length & 3) == 0
                && BinaryPrimitives.ReadUInt32LittleEndian(unread[((int)length - TrailerBytes)..]) == length
                && interfaceId < (uint)_progress.InterfaceCount && captured <= length - MinPacketBytes)
            {
                ref readonly CaptureInterface description = ref _progress.Interfaces[interfaceId];
                if (captured <= description.MaxCapturedBytes)
                {
                    ulong ticks = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(unread[12..]) << 32 | BinaryPrimitives.ReadUInt32LittleEndian(unread[16..]);
                    info = new FrameInfo(
                        description.ToNs(ticks, ref _progress.TimeSaturated),
                        ++_progress.Frames,
                        BinaryPrimitives.ReadUInt32LittleEndian(unread[24..]),
                        captured,
                        _progress.Section,
                        (ushort)interfaceId,
                        description.LinkType);
                    frame = unread.Slice(FrameAt, (int)captured);
                    _progress.CapturedBytes += captured;
                    _unread = unread[(int)length..];
                    return true;
                }
            }
        }
        return Nothing(out info, out frame);
    }

    private bool TryReadBlocks(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            ReadOnlySpan<byte> unread = _unread;
            if (unread.Length < MinBlockBytes)
                return Starve(out info, out frame);
            bool bigEndian = _progress.IsBigEndian;
            uint type = UInt32(unread, 0, bigEndian);
            // The type reads the same both ways; the magic behind the length gives the order that the length is in.
            if (type == CaptureHeader.SectionHeader && !TrySectionOrder(unread, out bigEndian))
                return Break(ContainerOutcome.SectionByteOrder, 0, 0, out info, out frame);
            uint length = UInt32(unread, 4, bigEndian);
            int least = LeastBytes(type);
            if (length < least)
                return Break(ContainerOutcome.BlockTooShort, length, least, out info, out frame);
            if (length > FrameLimits.MaxBlockBytes)
                return Break(ContainerOutcome.BlockTooLong, length, FrameLimits.MaxBlockBytes, out info, out frame);
            int blockBytes = RoundUp((int)length);
            if (unread.Length < blockBytes)
                return Starve(out info, out frame);
            ReadOnlySpan<byte> block = unread[..blockBytes];
            uint trailer = UInt32(block, blockBytes - TrailerBytes, bigEndian);
            if (trailer > FrameLimits.MaxBlockBytes || RoundUp((int)trailer) != blockBytes)
                return Break(ContainerOutcome.BlockLengthMismatch, trailer, length, out info, out frame);

            switch (type)
            {
                case EnhancedPacketBlock:
                    return TryPacket(block, UInt32(block, BlockStartBytes, bigEndian), out info, out frame);
                case ObsoletePacketBlock:
                    return TryPacket(block, UInt16(block, BlockStartBytes, bigEndian), out info, out frame);
                case SimplePacketBlock:
                    return TrySimplePacket(block, out info, out frame);
                case InterfaceBlock when !TryInterface(block):
                case StatisticsBlock when !TryStatistics(block):
                case CaptureHeader.SectionHeader when !TrySection(block, bigEndian):
                    return Nothing(out info, out frame);
                default:
                    _unread = unread[blockBytes..];
                    break;
            }
        }
    }

    private bool TryPacket(ReadOnlySpan<byte> block, uint interfaceId, out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        const int FrameAt = 28;
        bool bigEndian = _progress.IsBigEndian;
        if (interfaceId >= (uint)_progress.InterfaceCount)
            return Break(ContainerOutcome.InterfaceUnknown, interfaceId, _progress.InterfaceCount, out info, out frame);
        ref readonly CaptureInterface description = ref _progress.Interfaces[interfaceId];
        ulong ticks = (ulong)UInt32(block, 12, bigEndian) << 32 | UInt32(block, 16, bigEndian);
        uint captured = UInt32(block, 20, bigEndian);
        uint original = UInt32(block, 24, bigEndian);
        if (captured > description.MaxCapturedBytes)
            return Break(ContainerOutcome.FrameTooLong, captured, description.MaxCapturedBytes, out info, out frame);
        int room = block.Length - FrameAt - TrailerBytes;
        if (captured > (uint)room)
            return Break(ContainerOutcome.FrameOverrunsBlock, captured, room, out info, out frame);
        long timeNs = description.ToNs(ticks, ref _progress.TimeSaturated);
        info = new FrameInfo(timeNs, ++_progress.Frames, original, captured, _progress.Section, (ushort)interfaceId, description.LinkType);
        frame = block.Slice(FrameAt, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = _unread[block.Length..];
        return true;
    }

    // The captured length is not stored: it is the smaller of the original length and the snap length of interface 0.
    private bool TrySimplePacket(ReadOnlySpan<byte> block, out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        const int FrameAt = 12;
        if (_progress.InterfaceCount == 0)
            return Break(ContainerOutcome.InterfaceUnknown, 0, 0, out info, out frame);
        ref readonly CaptureInterface description = ref _progress.Interfaces[0];
        uint original = UInt32(block, BlockStartBytes, _progress.IsBigEndian);
        uint captured = description.SnapBytes == 0 ? original : Math.Min(original, description.SnapBytes);
        if (captured > description.MaxCapturedBytes)
            return Break(ContainerOutcome.FrameTooLong, captured, description.MaxCapturedBytes, out info, out frame);
        int room = block.Length - FrameAt - TrailerBytes;
        if (captured > (uint)room)
            return Break(ContainerOutcome.FrameOverrunsBlock, captured, room, out info, out frame);
        info = new FrameInfo(timeNs: 0, ++_progress.Frames, original, captured, _progress.Section, interfaceId: 0, description.LinkType);
        frame = block.Slice(FrameAt, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = _unread[block.Length..];
        _progress.TimeMissing++;
        return true;
    }

    private bool TryInterface(ReadOnlySpan<byte> block)
    {
        const ushort ResolutionOption = 9;
        const ushort OffsetOption = 14;
        const int OptionsAt = 16;
        bool bigEndian = _progress.IsBigEndian;
        byte resolution = CaptureInterface.DefaultResolution;
        long offsetSeconds = 0;
        ReadOnlySpan<byte> options = block[OptionsAt..^TrailerBytes];
        while (TryOption(ref options, bigEndian, out ushort code, out ReadOnlySpan<byte> value))
        {
            // An option of the wrong size is no option: the default stands, as in Wireshark.
            if (code == ResolutionOption && value.Length == sizeof(byte))
                resolution = value[0];
            else if (code == OffsetOption && value.Length == sizeof(long))
                offsetSeconds = (long)UInt64(value, 0, bigEndian);
        }
        if (_progress.Damage is not null)
            return false;
        ushort linkType = UInt16(block, BlockStartBytes, bigEndian);
        var description = new CaptureInterface
        {
            LinkType = linkType,
            SnapBytes = UInt32(block, 12, bigEndian),
            MaxCapturedBytes = FrameLimits.MaxCapturedBytes(linkType),
        };
        description.SetClock(resolution, offsetSeconds);
        return _progress.TryAddInterface(description)
            || Break(ContainerOutcome.InterfacesTooMany, 0, FrameLimits.MaxInterfaces, out _, out _);
    }

    private bool TryStatistics(ReadOnlySpan<byte> block)
    {
        const ushort ReceivedOption = 4;
        const ushort InterfaceDropOption = 5;
        const ushort SystemDropOption = 7;
        const int OptionsAt = 20;
        bool bigEndian = _progress.IsBigEndian;
        uint interfaceId = UInt32(block, BlockStartBytes, bigEndian);
        if (interfaceId >= (uint)_progress.InterfaceCount)
            return Break(ContainerOutcome.InterfaceUnknown, interfaceId, _progress.InterfaceCount, out _, out _);
        ref readonly CaptureInterface description = ref _progress.Interfaces[interfaceId];
        long received = description.Received;
        long interfaceDrops = description.InterfaceDrops;
        long systemDrops = description.SystemDrops;
        ReadOnlySpan<byte> options = block[OptionsAt..^TrailerBytes];
        while (TryOption(ref options, bigEndian, out ushort code, out ReadOnlySpan<byte> value))
        {
            if (value.Length != sizeof(ulong))
                continue;
            long count = (long)Math.Min(UInt64(value, 0, bigEndian), long.MaxValue);
            if (code == ReceivedOption)
                received = count;
            else if (code == InterfaceDropOption)
                interfaceDrops = count;
            else if (code == SystemDropOption)
                systemDrops = count;
        }
        if (_progress.Damage is not null)
            return false;
        _progress.SetCounters((int)interfaceId, received, interfaceDrops, systemDrops);
        return true;
    }

    private bool TrySection(ReadOnlySpan<byte> block, bool bigEndian)
    {
        ushort major = UInt16(block, 12, bigEndian);
        ushort minor = UInt16(block, 14, bigEndian);
        if (!CaptureHeader.IsSupportedSection(major, minor))
            return Break(ContainerOutcome.SectionVersion, (long)major << 16 | minor, 0, out _, out _);
        // The section length is not needed: blocks are walked one by one.
        _progress.OpenSection(bigEndian);
        return true;
    }

    // Options, section 3.5: code (2), length (2), value padded to 32 bits; code 0 ends them, and so does the end of the block.
    private bool TryOption(ref ReadOnlySpan<byte> options, bool bigEndian, out ushort code, out ReadOnlySpan<byte> value)
    {
        const int OptionStartBytes = 4;
        const ushort EndOfOptions = 0;
        code = EndOfOptions;
        value = default;
        if (options.Length < OptionStartBytes)
            return false;
        code = UInt16(options, 0, bigEndian);
        int length = UInt16(options, 2, bigEndian);
        if (code == EndOfOptions)
            return false;
        int room = options.Length - OptionStartBytes;
        if (length > room)
            return Break(ContainerOutcome.OptionOverrun, length, room, out _, out _);
        value = options.Slice(OptionStartBytes, length);
        // The padding of the last option may be missing where the block's length was rounded up.
        options = options[Math.Min(options.Length, OptionStartBytes + RoundUp(length))..];
        return true;
    }

    private static bool TrySectionOrder(ReadOnlySpan<byte> block, out bool bigEndian)
    {
        bigEndian = UInt32(block, BlockStartBytes, bigEndian: true) == CaptureHeader.SectionByteOrder;
        return bigEndian || UInt32(block, BlockStartBytes, bigEndian: false) == CaptureHeader.SectionByteOrder;
    }

    private static int LeastBytes(uint type) => type switch
    {
        EnhancedPacketBlock or ObsoletePacketBlock => MinPacketBytes,
        InterfaceBlock => MinInterfaceBytes,
        SimplePacketBlock => MinSimplePacketBytes,
        StatisticsBlock => MinStatisticsBytes,
        CaptureHeader.SectionHeader => MinSectionBytes,
        _ => MinBlockBytes,
    };

    private static int RoundUp(int length) => (length + 3) & ~3;
}
