namespace IcmpStream.Schemas;

/// <summary>Bytes that a transcoder writes: they grow, and what was written last can be taken back.</summary>
internal sealed class TranscodedBytes
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>How many there are; setting a smaller number takes back the rest.</summary>
    public int Length
    {
        get => _length;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)_length, nameof(value));
            _length = value;
        }
    }

    /// <summary>All of them, until more is written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void WriteLong(long value)
    {
        MakeRoom(Varint.Slack);
        _length = Varint.WriteLong(_bytes, _length, value);
    }

    /// <summary>Puts a number in front of what was written from a place on: a count that is known only behind its items.</summary>
    public void InsertLong(int at, long value)
    {
        int items = _length - at;
        int size = Varint.Length(Varint.Zigzag(value));
        MakeRoom(size + Varint.Slack);
        Span<byte> number = stackalloc byte[Varint.Slack + Varint.MaxLongBytes];
        Varint.WriteLong(number, 0, value);
        _bytes.AsSpan(at, items).CopyTo(_bytes.AsSpan(at + size));
        number[..size].CopyTo(_bytes.AsSpan(at));
        _length += size;
    }

    private void MakeRoom(int count)
    {
        if (_bytes.Length - _length < count)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
    }
}
