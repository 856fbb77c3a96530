using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>An entry of a table that can be written down field by field, in a fixed number of bytes.</summary>
/// <typeparam name="T">The entry itself.</typeparam>
public interface IEntry<T>
    where T : struct
{
    /// <summary>Bytes that an entry takes, at most <see cref="CheckpointWriter.MaxTakeBytes"/>.</summary>
    static abstract int EntryBytes { get; }

    /// <summary>Writes an entry.</summary>
    static abstract void Write(in T entry, ref EntryWriter writer);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    static abstract T Read(ref EntryReader reader);
}

/// <summary>Fields of an entry one behind the other, little-endian.</summary>
public ref struct EntryWriter(Span<byte> room)
{
    private Span<byte> _room = room;

    /// <summary>True when nothing more fits.</summary>
    public readonly bool IsFull => _room.IsEmpty;

    /// <summary>One byte.</summary>
    public void Add(byte value)
    {
        _room[0] = value;
        _room = _room[1..];
    }

    /// <summary>One byte, 0 or 1.</summary>
    public void Add(bool value) => Add(value ? (byte)1 : (byte)0);

    /// <summary>Two bytes.</summary>
    public void Add(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_room, value);
        _room = _room[sizeof(ushort)..];
    }

    /// <summary>Four bytes.</summary>
    public void Add(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_room, value);
        _room = _room[sizeof(uint)..];
    }

    /// <summary>Four bytes.</summary>
    public void Add(int value) => Add((uint)value);

    /// <summary>Eight bytes.</summary>
    public void Add(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_room, value);
        _room = _room[sizeof(ulong)..];
    }

    /// <summary>Eight bytes.</summary>
    public void Add(long value) => Add((ulong)value);

    /// <summary>Sixty-four bytes.</summary>
    public void Add(Vector512<byte> value)
    {
        value.CopyTo(_room);
        _room = _room[Vector512<byte>.Count..];
    }

    /// <summary>Sixteen bytes, as on the wire.</summary>
    public void Add(Address value)
    {
        value.Write(_room);
        _room = _room[Address.Size..];
    }
}

/// <summary>Fields of an entry one behind the other, little-endian.</summary>
public ref struct EntryReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>One byte.</summary>
    public byte Byte()
    {
        byte value = _bytes[0];
        _bytes = _bytes[1..];
        return value;
    }

    /// <summary>One byte, below a limit: a number that names something.</summary>
    /// <exception cref="CheckpointException">It is not.</exception>
    public byte Byte(int limit)
    {
        byte value = Byte();
        return value < limit ? value : throw new CheckpointException($"{value} is not below {limit}");
    }

    /// <summary>One byte that is 0 or 1.</summary>
    /// <exception cref="CheckpointException">It is neither.</exception>
    public bool Boolean() => Byte(2) != 0;

    /// <summary>Two bytes.</summary>
    public ushort UInt16()
    {
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(_bytes);
        _bytes = _bytes[sizeof(ushort)..];
        return value;
    }

    /// <summary>Four bytes.</summary>
    public uint UInt32()
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes);
        _bytes = _bytes[sizeof(uint)..];
        return value;
    }

    /// <summary>Four bytes.</summary>
    public int Int32() => (int)UInt32();

    /// <summary>Eight bytes.</summary>
    public ulong UInt64()
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes);
        _bytes = _bytes[sizeof(ulong)..];
        return value;
    }

    /// <summary>Eight bytes.</summary>
    public long Int64() => (long)UInt64();

    /// <summary>Bytes as they are.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        ReadOnlySpan<byte> value = _bytes[..count];
        _bytes = _bytes[count..];
        return value;
    }

    /// <summary>Sixteen bytes, as on the wire.</summary>
    public Address Address()
    {
        Address value = Schemas.Address.Read(_bytes);
        _bytes = _bytes[Schemas.Address.Size..];
        return value;
    }
}
