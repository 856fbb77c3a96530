namespace IcmpStream.Fuzz.Running;

/// <summary>Bytes under mutation, in a buffer that is made once: mutating allocates nothing, so that the target's own allocations show.</summary>
public sealed class FuzzCase
{
    /// <summary>The longest case: the longest IP packet twice over, for what is wrapped and spliced.</summary>
    public const int MaxBytes = 128 * 1024;

    private readonly byte[] _buffer = new byte[MaxBytes];

    /// <summary>The bytes.</summary>
    public Span<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>LINKTYPE_ value, where the bytes are a frame.</summary>
    public ushort LinkType { get; set; }

    /// <summary>The length on the wire that is stated, where the bytes are a frame.</summary>
    public uint OriginalBytes { get; set; }

    /// <summary>Which of its settings or readers the target uses.</summary>
    public byte Variant { get; set; }

    /// <summary>Starts from other bytes, as many as fit.</summary>
    public void Load(ReadOnlySpan<byte> bytes, ushort linkType)
    {
        Length = Math.Min(bytes.Length, MaxBytes);
        bytes[..Length].CopyTo(_buffer);
        LinkType = linkType;
        OriginalBytes = (uint)Length;
        Variant = 0;
    }

    /// <summary>Starts from another case.</summary>
    public void Load(FuzzCase other)
    {
        Load(other.Bytes, other.LinkType);
        OriginalBytes = other.OriginalBytes;
        Variant = other.Variant;
    }

    /// <summary>Cuts the end off.</summary>
    public void Truncate(int length) => Length = Math.Min(length, Length);

    /// <summary>Makes room for as many of <paramref name="bytes"/> as fit; returns it, with what was there before.</summary>
    public Span<byte> Insert(int at, int bytes)
    {
        bytes = Math.Min(bytes, MaxBytes - Length);
        Bytes[at..].CopyTo(_buffer.AsSpan(at + bytes));
        Length += bytes;
        return _buffer.AsSpan(at, bytes);
    }

    /// <summary>Takes bytes out.</summary>
    public void Remove(int at, int bytes)
    {
        Bytes[(at + bytes)..].CopyTo(_buffer.AsSpan(at));
        Length -= bytes;
    }

    /// <summary>Puts bytes in front, or does nothing where they do not fit.</summary>
    public void Prepend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MaxBytes - Length)
            bytes.CopyTo(Insert(0, bytes.Length));
    }
}
