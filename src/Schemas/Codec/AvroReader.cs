using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace IcmpStream.Schemas;

/// <summary>
/// Reads Avro's binary encoding out of a span, every byte checked. The first thing wrong is kept in <see cref="Error"/>; from
/// then on every read gives zero, and every loop over items ends, so a codec reads straight through and asks once.
/// </summary>
public ref struct AvroReader
{
    private readonly int _length;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Makes a reader of <paramref name="source"/>.</summary>
    public AvroReader(ReadOnlySpan<byte> source)
    {
        _rest = source;
        _length = source.Length;
    }

    /// <summary>What is wrong, if anything.</summary>
    public AvroError Error { get; private set; }

    /// <summary>Bytes read so far, where nothing is wrong.</summary>
    public readonly int Position => _length - _rest.Length;

    /// <summary>What is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Ends the reading with an error, unless it has already ended with another.</summary>
    public void Fail(AvroError error)
    {
        if (Error == AvroError.None)
            Error = error;
        _rest = default;
    }

    /// <summary>The verdict at the end of a record that should fill its bytes.</summary>
    public readonly AvroError End() => Error != AvroError.None ? Error : _rest.IsEmpty ? AvroError.None : AvroError.TrailingBytes;

    /// <summary>Reads an int or a long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadLong() => Varint.Unzigzag(ReadVarint());

    /// <summary>Reads an int, which an Avro int has to be.</summary>
    public int ReadInt()
    {
        long value = ReadLong();
        if (value == (int)value)
            return (int)value;
        Fail(AvroError.OutOfRange);
        return 0;
    }

    /// <summary>Reads a number from 0 to <paramref name="most"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUpTo(uint most)
    {
        ulong zigzag = ReadVarint();
        if ((zigzag & 1) == 0 && zigzag >> 1 <= most)
            return (uint)(zigzag >> 1);
        Fail(AvroError.OutOfRange);
        return 0;
    }

    /// <summary>Reads a number of 8 bits.</summary>
    public byte ReadUInt8() => (byte)ReadUpTo(byte.MaxValue);

    /// <summary>Reads a number of 16 bits.</summary>
    public ushort ReadUInt16() => (ushort)ReadUpTo(ushort.MaxValue);

    /// <summary>Reads a number of 32 bits.</summary>
    public uint ReadUInt32() => ReadUpTo(uint.MaxValue);

    /// <summary>Reads the position of an enum's symbol, below <paramref name="symbols"/>.</summary>
    public byte ReadEnum(int symbols)
    {
        ulong zigzag = ReadVarint();
        if ((zigzag & 1) == 0 && zigzag >> 1 < (ulong)symbols)
            return (byte)(zigzag >> 1);
        Fail(AvroError.InvalidEnum);
        return 0;
    }

    /// <summary>Reads the branch of a nullable: false for null.</summary>
    public bool ReadBranch()
    {
        byte branch = ReadByte();
        if (branch is not (0 or 2))
            Fail(AvroError.InvalidUnion);
        return branch == 2;
    }

    /// <summary>Reads a boolean.</summary>
    public bool ReadBoolean()
    {
        byte value = ReadByte();
        if (value > 1)
            Fail(AvroError.InvalidBoolean);
        return value == 1;
    }

    /// <summary>Reads a double.</summary>
    public double ReadDouble()
    {
        ReadOnlySpan<byte> bytes = ReadRaw(sizeof(double));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
    }

    /// <summary>Reads a fixed of eight bytes as a number, big-endian.</summary>
    public ulong ReadHash()
    {
        ReadOnlySpan<byte> bytes = ReadRaw(sizeof(ulong));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>Reads a fixed of six bytes as a number, big-endian.</summary>
    public ulong ReadMac()
    {
        ReadOnlySpan<byte> bytes = ReadRaw(6);
        return bytes.IsEmpty
            ? 0
            : ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
    }

    /// <summary>Reads an address.</summary>
    public Address ReadAddress()
    {
        ReadOnlySpan<byte> bytes = ReadRaw(Address.Size);
        return bytes.IsEmpty ? default : Address.Read(bytes);
    }

    /// <summary>Reads a nullable address.</summary>
    public Address? ReadOptionalAddress() => ReadBranch() ? ReadAddress() : null;

    /// <summary>Reads a nullable long.</summary>
    public long? ReadOptionalLong() => ReadBranch() ? ReadLong() : null;

    /// <summary>Reads a nullable number of 32 bits.</summary>
    public uint? ReadOptionalUInt32() => ReadBranch() ? ReadUInt32() : null;

    /// <summary>Reads a nullable number of 16 bits.</summary>
    public ushort? ReadOptionalUInt16() => ReadBranch() ? ReadUInt16() : null;

    /// <summary>Reads a nullable number of 8 bits.</summary>
    public byte? ReadOptionalUInt8() => ReadBranch() ? ReadUInt8() : null;

    /// <summary>Reads bytes as they are, in place; empty where there are not so many.</summary>
    public ReadOnlySpan<byte> ReadRaw(int length)
    {
        ReadOnlySpan<byte> rest = _rest;
        if (length > rest.Length)
        {
            Fail(AvroError.Truncated);
            return default;
        }

        _rest = rest[length..];
        return rest[..length];
    }

    /// <summary>Reads bytes with their length, in place; more than <paramref name="most"/> are too large.</summary>
    public ReadOnlySpan<byte> ReadBytes(int most)
    {
        long length = ReadLong();
        if (length < 0)
            Fail(AvroError.NegativeLength);
        else if (length > most)
            Fail(length > _rest.Length ? AvroError.Truncated : AvroError.TooLarge);
        else
            return ReadRaw((int)length);
        return default;
    }

    /// <summary>Reads the bytes of a string, in place, and sees that they are UTF-8.</summary>
    public ReadOnlySpan<byte> ReadText(int mostBytes)
    {
        ReadOnlySpan<byte> bytes = ReadBytes(mostBytes);
        if (Utf8.IsValid(bytes))
            return bytes;
        Fail(AvroError.InvalidText);
        return default;
    }

    /// <summary>Reads a string; allocates it.</summary>
    public string ReadString(int mostBytes) => Encoding.UTF8.GetString(ReadText(mostBytes));

    /// <summary>
    /// Steps to the next item of an array or a map: <c>for (long left = 0; reader.NextItem(ref left);)</c>. False at the end, and
    /// once anything is wrong. No item of ours is smaller than a byte, so a block cannot claim more items than bytes are left.
    /// </summary>
    public bool NextItem(ref long left)
    {
        if (left > 0)
        {
            left--;
            return Error == AvroError.None;
        }

        long count = ReadLong();
        if (count < 0)
        {
            long size = ReadLong();
            if (size < 0)
                Fail(AvroError.NegativeLength);
            else if (size > _rest.Length)
                Fail(AvroError.Truncated);
            count = count == long.MinValue ? long.MaxValue : -count;
        }

        if (count > _rest.Length)
            Fail(AvroError.Truncated);
        left = count - 1;
        return count > 0 && Error == AvroError.None;
    }

    /// <summary>Steps over <paramref name="length"/> bytes that the caller has looked at in <see cref="Rest"/>.</summary>
    internal void Skip(int length) => _rest = _rest[length..];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte ReadByte()
    {
        ReadOnlySpan<byte> rest = _rest;
        if (rest.IsEmpty)
        {
            Fail(AvroError.Truncated);
            return 0;
        }

        _rest = rest[1..];
        return rest[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong ReadVarint()
    {
        ReadOnlySpan<byte> rest = _rest;
        if (!rest.IsEmpty && rest[0] < 0x80)
        {
            _rest = rest[1..];
            return rest[0];
        }

        VarintRead read = Varint.Read(rest, 0);
        if (read.Next <= rest.Length)
        {
            _rest = rest[read.Next..];
            return read.Value;
        }

        Fail(rest.Length < Varint.MaxLongBytes ? AvroError.Truncated : AvroError.VarintTooLong);
        return 0;
    }
}
