using System.Buffers.Binary;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>Builds pcapng captures block by block, right or wrong, in the byte order of the current section.</summary>
internal sealed class PcapngBytes
{
    private readonly List<byte> _bytes = [];
    private bool _bigEndian;

    public int Length => _bytes.Count;

    public PcapngBytes Section(bool bigEndian = false, ushort major = 1, ushort minor = 0, uint magic = 0x1a2b3c4d, byte[]? options = null)
    {
        _bigEndian = bigEndian;
        return Block(0x0a0d0d0a, [.. U32(magic), .. U16(major), .. U16(minor), .. U64(ulong.MaxValue), .. options ?? []]);
    }

    public PcapngBytes Interface(ushort linkType = 1, uint snapBytes = 0, byte[]? options = null) =>
        Block(1, [.. U16(linkType), .. U16(0), .. U32(snapBytes), .. options ?? []]);

    public PcapngBytes Packet(
        uint interfaceId, ulong ticks, byte[] frame, uint? original = null, uint? captured = null, byte[]? options = null, uint? trailer = null) =>
        Block(
            6,
            [
                .. U32(interfaceId), .. U32((uint)(ticks >> 32)), .. U32((uint)ticks), .. U32(captured ?? (uint)frame.Length),
                .. U32(original ?? (uint)frame.Length), .. Pad(frame), .. options ?? [],
            ],
            trailer: trailer);

    public PcapngBytes ObsoletePacket(ushort interfaceId, ushort drops, ulong ticks, byte[] frame) =>
        Block(
            2,
            [
                .. U16(interfaceId), .. U16(drops), .. U32((uint)(ticks >> 32)), .. U32((uint)ticks), .. U32((uint)frame.Length),
                .. U32((uint)frame.Length), .. Pad(frame),
            ]);

    public PcapngBytes SimplePacket(byte[] frame, uint? original = null) => Block(3, [.. U32(original ?? (uint)frame.Length), .. Pad(frame)]);

    public PcapngBytes Statistics(uint interfaceId, params (ushort Code, ulong Value)[] counters) =>
        Block(5, [.. U32(interfaceId), .. U64(0), .. counters.SelectMany(c => Option(c.Code, U64(c.Value))), .. Option(0)]);

    public PcapngBytes Block(uint type, byte[] body, uint? length = null, uint? trailer = null)
    {
        byte[] padded = Pad(body);
        uint total = length ?? (uint)padded.Length + 12;
        _bytes.AddRange(U32(type));
        _bytes.AddRange(U32(total));
        _bytes.AddRange(padded);
        _bytes.AddRange(U32(trailer ?? total));
        return this;
    }

    public PcapngBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] Option(ushort code, params byte[] value) => [.. U16(code), .. U16((ushort)value.Length), .. Pad(value)];

    /// <summary>if_tsresol, then if_tsoffset where one is given, in the byte order that the next section has.</summary>
    public byte[] Clock(byte resolution, long? offsetSeconds = null, bool bigEndian = false)
    {
        _bigEndian = bigEndian;
        return offsetSeconds is long offset ? [.. Option(9, resolution), .. Option(14, U64((ulong)offset)), .. Option(0)] : [.. Option(9, resolution), .. Option(0)];
    }

    public byte[] ToArray() => [.. _bytes];

    public byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        if (_bigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    public byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        if (_bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        if (_bigEndian)
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Pad(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}
