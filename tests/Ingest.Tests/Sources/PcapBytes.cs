using System.Buffers.Binary;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>Builds classic captures byte by byte, in either order and any version: written apart from PcapWriter, to check it.</summary>
internal sealed class PcapBytes
{
    private readonly List<byte> _bytes = [];
    private readonly bool _bigEndian;
    private readonly int _extraBytes;

    public PcapBytes(
        uint magic = 0xa1b2c3d4, bool bigEndian = false, ushort major = 2, ushort minor = 4, uint link = 1, uint snapBytes = 65535, int extraBytes = 0)
    {
        _bigEndian = bigEndian;
        _extraBytes = extraBytes;
        UInt32(magic);
        UInt16(major);
        UInt16(minor);
        UInt32(0);
        UInt32(0);
        UInt32(snapBytes);
        UInt32(link);
    }

    public int Length => _bytes.Count;

    public PcapBytes Record(uint seconds, uint fraction, byte[] frame, uint? original = null, uint? captured = null)
    {
        UInt32(seconds);
        UInt32(fraction);
        UInt32(captured ?? (uint)frame.Length);
        UInt32(original ?? (uint)frame.Length);
        _bytes.AddRange(new byte[_extraBytes]);
        _bytes.AddRange(frame);
        return this;
    }

    public PcapBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];

    private void UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (_bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    private void UInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (_bigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }
}
