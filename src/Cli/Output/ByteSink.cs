using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// Gathers text as UTF-8 bytes and hands it to a stream in large pieces. Nothing is allocated per row; a value that needs more
/// room than is left flushes first. One thread.
/// </summary>
public sealed class ByteSink : IBufferWriter<byte>
{
    /// <summary>
    /// One write of this size costs a system call per thousand rows, and fits the pipe of a reader (64 KiB by default, pipe(7)).
    /// </summary>
    public const int FlushBytes = 64 * 1024;

    /// <summary>Room behind the flush mark, so that a row of usual length never flushes in its middle.</summary>
    private const int SlackBytes = 16 * 1024;

    private const int MaxNumberBytes = 20;

    private static readonly byte[] OctetTexts = MakeOctets();

    private readonly Stream _stream;
    private byte[] _bytes = new byte[FlushBytes + SlackBytes];
    private int _used;

    /// <summary>A sink into <paramref name="stream"/>, which stays the caller's.</summary>
    public ByteSink(Stream stream) => _stream = stream;

    /// <summary>Ends a row: the place to flush.</summary>
    public void EndLine()
    {
        WriteByte((byte)'\n');
        if (_used >= FlushBytes)
            Flush();
    }

    /// <summary>Hands everything on.</summary>
    public void Flush()
    {
        // First, so that a failed write is not tried again when the sink is closed.
        int used = _used;
        _used = 0;
        if (used > 0)
            _stream.Write(_bytes, 0, used);
        _stream.Flush();
    }

    /// <summary>Where the row stands, for <see cref="GoBack"/> before it ends.</summary>
    public int Position => _used;

    /// <summary>Takes back what was written of this row since a <see cref="Position"/>.</summary>
    public void GoBack(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position, (uint)_used, nameof(position));
        _used = position;
    }

    /// <summary>One byte.</summary>
    public void WriteByte(byte value)
    {
        Ensure(1);
        _bytes[_used++] = value;
    }

    /// <summary>Bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        Ensure(text.Length);
        text.CopyTo(_bytes.AsSpan(_used));
        _used += text.Length;
    }

    /// <summary>Text of any kind.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        int most = checked(text.Length * 3);
        Ensure(most);
        Utf8.FromUtf16(text, _bytes.AsSpan(_used), out _, out int written);
        _used += written;
    }

    /// <summary>A decimal number.</summary>
    public void Write(long value)
    {
        Ensure(MaxNumberBytes);
        Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out int written);
        _used += written;
    }

    /// <summary>A decimal number with leading zeros to <paramref name="digits"/> digits.</summary>
    public void WritePadded(long value, byte digits)
    {
        Ensure(MaxNumberBytes + digits);
        Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out int written, new StandardFormat('D', digits));
        _used += written;
    }

    /// <summary>Lower-case hexadecimal, with leading zeros to <paramref name="digits"/> digits.</summary>
    public void WriteHex(long value, byte digits)
    {
        Ensure(Math.Max(MaxNumberBytes, (int)digits));
        Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out int written, new StandardFormat('x', digits));
        _used += written;
    }

    /// <summary>An address in its text form: dotted, or RFC 5952.</summary>
    public void Write(in Address address)
    {
        Ensure(Address.MaxTextLength);
        if (address.IsIpv4)
        {
            uint value = address.Ipv4;
            WriteOctet((int)(value >> 24));
            _bytes[_used++] = (byte)'.';
            WriteOctet((int)(value >> 16) & 0xFF);
            _bytes[_used++] = (byte)'.';
            WriteOctet((int)(value >> 8) & 0xFF);
            _bytes[_used++] = (byte)'.';
            WriteOctet((int)value & 0xFF);
            return;
        }

        Span<char> text = stackalloc char[Address.MaxTextLength];
        address.TryFormat(text, out int length);
        for (int i = 0; i < length; i++)
            _bytes[_used++] = (byte)text[i];
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - _used), nameof(count));
        _used += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void WriteOctet(int octet)
    {
        int start = octet * 4;
        int digits = OctetTexts[start + 3];
        OctetTexts.AsSpan(start, 3).CopyTo(_bytes.AsSpan(_used));
        _used += digits;
    }

    private void Ensure(int bytes)
    {
        if (_bytes.Length - _used < bytes)
            MakeRoom(bytes);
    }

    private void MakeRoom(int bytes)
    {
        Flush();
        if (_bytes.Length < bytes)
            _bytes = new byte[bytes + SlackBytes];
    }

    /// <summary>Each octet as up to three digits, and how many there are.</summary>
    private static byte[] MakeOctets()
    {
        byte[] texts = new byte[4 * 256];
        for (int octet = 0; octet < 256; octet++)
        {
            Utf8Formatter.TryFormat(octet, texts.AsSpan(octet * 4), out int digits);
            texts[(octet * 4) + 3] = (byte)digits;
        }

        return texts;
    }
}
