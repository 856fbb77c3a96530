using System.Buffers.Binary;
using System.Globalization;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Reads the first bytes of a capture, and says what they are when they are something else.
///
/// Classic file header, draft-ietf-opsawg-pcap section 4:
/// <code>
///        0               4               8               12              16              20              24
///       +---------------+-------+-------+---------------+---------------+---------------+---------------+
///       | magic         | major | minor | reserved      | reserved      | snap length   | FCS, linktype |
///       +---------------+-------+-------+---------------+---------------+---------------+---------------+
/// </code>
/// The magic gives the byte order of every field and the resolution of every time. pcapng starts with a Section Header Block
/// (draft-ietf-opsawg-pcapng section 4.1), drawn in FrameCursor.Pcapng.cs.
/// </summary>
internal static class CaptureHeader
{
    /// <summary>How many bytes <see cref="Parse"/> wants to see, where the capture has them.</summary>
    public const int PeekBytes = 24;

    public const uint MagicMicroseconds = 0xa1b2c3d4;
    public const uint MagicNanoseconds = 0xa1b23c4d;

    /// <summary>Alexey Kuznetsov's patched libpcap of the late nineties: records carry 8 more bytes (interface, protocol, direction).</summary>
    public const uint MagicModified = 0xa1b2cd34;

    public const uint SectionHeader = 0x0a0d0d0a;
    public const uint SectionByteOrder = 0x1a2b3c4d;

    public const int ClassicRecordBytes = 16;
    private const int ModifiedRecordBytes = 24;
    private const int ClassicHeaderBytes = 24;
    private const int SectionPeekBytes = 16;

    // Bits 16 to 25 and 27 of the last word: neither link type nor length of the frame check sequence.
    private const uint LinkReserved = 0x0bff_0000;

    /// <summary>Reads the header.</summary>
    /// <param name="first">The first bytes: <see cref="PeekBytes"/> of them, or all that there are.</param>
    /// <param name="name">What to call the capture in a message.</param>
    /// <exception cref="SourceException">This is not a capture that can be read.</exception>
    public static CaptureFormat Parse(ReadOnlySpan<byte> first, string name)
    {
        if (first.IsEmpty)
            throw new SourceException($"{name}: is empty, not a pcap or pcapng capture");
        if (first.Length < sizeof(uint))
            throw NotACapture(first, name);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(first);
        if (magic == SectionHeader)
            return ParseSection(first, name);
        bool bigEndian = IsClassicMagic(BinaryPrimitives.ReverseEndianness(magic));
        if (!bigEndian && !IsClassicMagic(magic))
            throw NotACapture(first, name);
        if (first.Length < ClassicHeaderBytes)
            throw new SourceException($"{name}: is cut short inside the pcap file header ({first.Length} of {ClassicHeaderBytes} bytes)");
        return ParseClassic(bigEndian ? BinaryPrimitives.ReverseEndianness(magic) : magic, first, bigEndian, name);
    }

    /// <summary>True for the section versions that have the same layout: 1.0, and 1.2, which some writers used for it.</summary>
    public static bool IsSupportedSection(ushort major, ushort minor) => major == 1 && minor is 0 or 2;

    private static bool IsClassicMagic(uint magic) => magic is MagicMicroseconds or MagicNanoseconds or MagicModified;

    private static CaptureFormat ParseClassic(uint magic, ReadOnlySpan<byte> first, bool bigEndian, string name)
    {
        ushort major = UInt16(first[4..], bigEndian);
        ushort minor = UInt16(first[6..], bigEndian);
        uint link = UInt32(first[20..], bigEndian);
        // 2.x is what libpcap has written since 1994; 543.0 is DG/UX tcpdump's.
        if (major is not (2 or 543))
            throw new SourceException(string.Create(CultureInfo.InvariantCulture, $"{name}: pcap version {major}.{minor} is not supported (only 2.x is)"));
        if ((link & LinkReserved) != 0)
            throw new SourceException($"{name}: the pcap file header has reserved bits set in its link type (0x{link:x8})");
        LengthOrder order = (major, minor) switch
        {
            (543, _) or (2, < 3) => LengthOrder.OriginalFirst,
            (2, 3) => LengthOrder.SmallerIsCaptured,
            _ => LengthOrder.CapturedFirst,
        };
        return new CaptureFormat
        {
            IsPcapng = false,
            HeaderBytes = ClassicHeaderBytes,
            IsBigEndian = bigEndian,
            NsPerTick = magic == MagicNanoseconds ? 1u : 1000u,
            RecordHeaderBytes = magic == MagicModified ? ModifiedRecordBytes : ClassicRecordBytes,
            LengthOrder = order,
            LinkType = (ushort)link,
        };
    }

    // The section's blocks are the cursor's; here only what makes the start fail.
    private static CaptureFormat ParseSection(ReadOnlySpan<byte> first, string name)
    {
        if (first.Length < SectionPeekBytes)
            throw new SourceException($"{name}: is cut short inside the pcapng section header");
        uint order = BinaryPrimitives.ReadUInt32LittleEndian(first[8..]);
        bool bigEndian = order == BinaryPrimitives.ReverseEndianness(SectionByteOrder);
        if (!bigEndian && order != SectionByteOrder)
            throw new SourceException($"{name}: starts like pcapng but has no byte-order magic (0x{order:x8})");
        ushort major = UInt16(first[12..], bigEndian);
        ushort minor = UInt16(first[14..], bigEndian);
        if (!IsSupportedSection(major, minor))
            throw new SourceException(string.Create(CultureInfo.InvariantCulture, $"{name}: pcapng version {major}.{minor} is not supported (only 1.0 is)"));
        return new CaptureFormat { IsPcapng = true, HeaderBytes = 0, IsBigEndian = bigEndian };
    }

    private static SourceException NotACapture(ReadOnlySpan<byte> first, string name)
    {
        (string Format, string Command)? packed = Compression(first);
        if (packed is { } p)
            return new SourceException($"{name}: is compressed with {p.Format}; decompress it first: {p.Command} < {name} > capture.pcap");
        if (IsText(first))
            return new SourceException($"{name}: is text, not a pcap or pcapng capture");
        string bytes = Convert.ToHexStringLower(first[..Math.Min(4, first.Length)]);
        return new SourceException($"{name}: is not a pcap or pcapng capture (it starts with bytes {bytes})");
    }

    private static (string Format, string Command)? Compression(ReadOnlySpan<byte> first) => first switch
    {
        [0x1f, 0x8b, ..] => ("gzip", "gzip -dc"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd", "zstd -dc"),
        [0xfd, (byte)'7', (byte)'z', (byte)'X', ..] => ("xz", "xz -dc"),
        [(byte)'B', (byte)'Z', (byte)'h', ..] => ("bzip2", "bzip2 -dc"),
        [0x04, 0x22, 0x4d, 0x18, ..] => ("lz4", "lz4 -dc"),
        [(byte)'P', (byte)'K', 3, 4, ..] => ("zip", "funzip"),
        _ => null,
    };

    private static bool IsText(ReadOnlySpan<byte> first)
    {
        foreach (byte b in first)
        {
            if (b is (< 0x20 or 0x7f) and not ((byte)'\t' or (byte)'\r' or (byte)'\n'))
                return false;
        }
        return true;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
