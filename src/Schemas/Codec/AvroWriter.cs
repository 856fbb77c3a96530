using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace IcmpStream.Schemas;

/// <summary>
/// Writes Avro's binary encoding into a span. A value that does not fit is not written, nor is anything after it: ask
/// <see cref="Overflow"/> at the end.
/// </summary>
public ref struct AvroWriter
{
    private Span<byte> _free;
    private int _written;

    /// <summary>Makes a writer over <paramref name="destination"/>.</summary>
    public AvroWriter(Span<byte> destination) => _free = destination;

    /// <summary>True when something did not fit; what was written before is then of no use.</summary>
    public bool Overflow { get; private set; }

    /// <summary>Bytes written.</summary>
    public readonly int Written => _written;

    /// <summary>Writes a null branch, or the end of an array's blocks.</summary>
    public void WriteZero() => WriteByte(0);

    /// <summary>Writes a boolean.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes an int or a long.</summary>
    public void WriteLong(long value)
    {
        ulong zigzag = Varint.Zigzag(value);
        if (zigzag < 0x80)
            WriteByte((byte)zigzag);
        else
            WriteLongSlow(zigzag);
    }

    /// <summary>Writes a double.</summary>
    public void WriteDouble(double value)
    {
        if (Take(sizeof(double), out Span<byte> taken))
            BinaryPrimitives.WriteDoubleLittleEndian(taken, value);
    }

    /// <summary>Writes bytes as they are: a fixed, or what is already encoded.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> value)
    {
        if (Take(value.Length, out Span<byte> taken))
            value.CopyTo(taken);
    }

    /// <summary>Writes a number as a fixed of eight bytes, big-endian.</summary>
    public void WriteHash(ulong value)
    {
        if (Take(sizeof(ulong), out Span<byte> taken))
            BinaryPrimitives.WriteUInt64BigEndian(taken, value);
    }

    /// <summary>Writes the low 48 bits of a number as a fixed of six bytes, big-endian.</summary>
    public void WriteMac(ulong value)
    {
        if (!Take(6, out Span<byte> taken))
            return;
        BinaryPrimitives.WriteUInt16BigEndian(taken, (ushort)(value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(taken[2..], (uint)value);
    }

    /// <summary>Writes an address.</summary>
    public void WriteAddress(Address value)
    {
        if (Take(Address.Size, out Span<byte> taken))
            value.Write(taken);
    }

    /// <summary>Writes bytes with their length.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes a string with its length in UTF-8.</summary>
    public void WriteString(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteLong(length);
        if (Take(length, out Span<byte> taken))
            Encoding.UTF8.GetBytes(value, taken);
    }

    /// <summary>Writes a nullable int or long.</summary>
    public void WriteOptional(long? value)
    {
        WriteBranch(value.HasValue);
        if (value.HasValue)
            WriteLong(value.GetValueOrDefault());
    }

    /// <summary>Writes a nullable address.</summary>
    public void WriteOptional(Address? value)
    {
        WriteBranch(value.HasValue);
        if (value.HasValue)
            WriteAddress(value.GetValueOrDefault());
    }

    /// <summary>Starts a block of an array or a map, unless it would be empty. <see cref="WriteZero"/> ends the array.</summary>
    public void WriteBlock(int count)
    {
        if (count > 0)
            WriteLong(count);
    }

    /// <summary>Writes which branch of a nullable follows.</summary>
    public void WriteBranch(bool hasValue) => WriteByte(hasValue ? (byte)2 : (byte)0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteByte(byte value)
    {
        if (_free.IsEmpty)
        {
            Overflow = true;
            return;
        }

        _free[0] = value;
        _free = _free[1..];
        _written++;
    }

    private void WriteLongSlow(ulong zigzag)
    {
        if (!Take(Varint.Length(zigzag), out Span<byte> taken))
            return;
        for (int i = 0; i < taken.Length - 1; i++, zigzag >>= 7)
            taken[i] = (byte)(zigzag | 0x80);
        taken[^1] = (byte)zigzag;
    }

    private bool Take(int length, out Span<byte> taken)
    {
        if (length > _free.Length)
        {
            Overflow = true;
            _free = default;
            taken = default;
            return false;
        }

        taken = _free[..length];
        _free = _free[length..];
        _written += length;
        return true;
    }
}
