using System.IO.Compression;
using System.Text;

namespace IcmpStream.Schemas;

/// <summary>
/// Reads an Avro Object Container File from a stream, block by block, with bounded memory. What is wrong with the file is a named
/// result, and what came before the damage has been delivered; only the stream's own errors are exceptions. For one thread.
/// </summary>
/// <remarks>
/// <code>
/// for (AvroError error = file.Open(); error == AvroError.None &amp;&amp; file.TryReadBlock(out error);)
/// {
///     AvroReader reader = new(file.Block);
///     for (long i = 0; i &lt; file.BlockRecords; i++)
///         EchoExchangeCodec.Read(ref reader, out EchoExchange exchange);
/// }
/// </code>
/// </remarks>
public sealed class ContainerReader
{
    /// <summary>The largest block, before and after decompression: far above what any writer is known to make.</summary>
    public const int MaxBlockBytes = 64 << 20;

    /// <summary>The largest header, schema included.</summary>
    public const int MaxHeaderBytes = 1 << 20;

    /// <summary>A block grows by at most this beyond what the file has shown to hold: a length alone allocates nothing.</summary>
    private const int GrowthBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly byte[] _sync = new byte[ContainerFormat.SyncBytes];
    private byte[] _raw = [];
    private byte[] _inflated = [];
    private ContainerCompression _compression;
    private AvroError _error;
    private bool _isInflated;
    private int _peeked = -1;
    private int _length;

    /// <summary>Makes a reader of a stream, which the caller disposes. Buffer it where single reads are expensive.</summary>
    public ContainerReader(Stream stream) => _stream = stream;

    /// <summary>The writer's schema, as JSON in UTF-8; after <see cref="Open"/>.</summary>
    public ReadOnlyMemory<byte> Schema { get; private set; }

    /// <summary>CRC-64-AVRO of the writer's schema: equal to <see cref="SchemaText.Fingerprint"/> where it is ours.</summary>
    public ulong Fingerprint { get; private set; }

    /// <summary>Records in the block at hand.</summary>
    public long BlockRecords { get; private set; }

    /// <summary>The block at hand, decompressed; until the next is read.</summary>
    public ReadOnlySpan<byte> Block => (_isInflated ? _inflated : _raw).AsSpan(0, _length);

    /// <summary>Reads the header.</summary>
    public AvroError Open()
    {
        Span<byte> magic = stackalloc byte[ContainerFormat.Magic.Length];
        if (!Fill(magic) || !magic.SequenceEqual(ContainerFormat.Magic))
            return AvroError.BadMagic;
        ReadMetadata();
        if (_error == AvroError.None && !Fill(_sync))
            Fail(AvroError.Truncated);
        if (_error != AvroError.None)
            return _error;
        if (!ParsingCanonicalForm.TryTransform(Schema, out string form))
            return AvroError.BadHeader;
        Fingerprint = AvroFingerprint.Of(Encoding.UTF8.GetBytes(form));
        return AvroError.None;
    }

    /// <summary>Reads the next block. False at the end of the file, and on an error, which is the last that can be read.</summary>
    public bool TryReadBlock(out AvroError error)
    {
        bool found = _error == AvroError.None && !AtEnd();
        if (found)
            ReadBlock();
        error = _error;
        if (found && error == AvroError.None)
            return true;
        (BlockRecords, _length) = (0, 0);
        return false;
    }

    private void ReadBlock()
    {
        long records = ReadLong();
        long bytes = ReadLong();
        if (records < 0 || bytes < 0)
            Fail(AvroError.NegativeLength);
        else if (bytes > MaxBlockBytes)
            Fail(AvroError.TooLarge);
        if (_error != AvroError.None)
            return;
        Span<byte> sync = stackalloc byte[ContainerFormat.SyncBytes];
        if (!FillBlock((int)bytes) || !Fill(sync))
            Fail(AvroError.Truncated);
        else if (!sync.SequenceEqual(_sync))
            Fail(AvroError.BadSync);
        (BlockRecords, _length, _isInflated) = (records, (int)bytes, false);
        if (_compression == ContainerCompression.Deflate && _error == AvroError.None)
            Inflate();

        // No record of ours is shorter than a byte, so a block cannot hold more records than bytes.
        if (records > _length)
            Fail(AvroError.BadBlock);
    }

    private void ReadMetadata()
    {
        int budget = MaxHeaderBytes;
        for (long count = ReadLong(); count != 0; count = ReadLong())
        {
            if (count < 0)
                ReadLong();
            if (count is > MaxHeaderBytes or < -MaxHeaderBytes)
            {
                Fail(AvroError.TooLarge);
                return;
            }

            for (count = Math.Abs(count); count > 0 && _error == AvroError.None; count--)
                Take(Encoding.UTF8.GetString(ReadBytes(ref budget)), ReadBytes(ref budget));
        }

        if (Schema.IsEmpty)
            Fail(AvroError.BadHeader);
    }

    private void Take(string key, byte[] value)
    {
        if (string.Equals(key, ContainerFormat.SchemaKey, StringComparison.Ordinal))
            Schema = value;
        if (!string.Equals(key, ContainerFormat.CodecKey, StringComparison.Ordinal))
            return;
        if (value.AsSpan().SequenceEqual(ContainerFormat.CodecName(ContainerCompression.Deflate)))
            _compression = ContainerCompression.Deflate;
        else if (!value.AsSpan().SequenceEqual(ContainerFormat.CodecName(ContainerCompression.None)))
            Fail(AvroError.UnknownCompression);
    }

    private byte[] ReadBytes(ref int budget)
    {
        long length = ReadLong();
        if (length < 0)
            Fail(AvroError.NegativeLength);
        else if (length >= budget)
            Fail(AvroError.TooLarge);
        if (_error != AvroError.None)
            return [];
        budget -= (int)length + 1;
        byte[] bytes = new byte[length];
        if (!Fill(bytes))
            Fail(AvroError.Truncated);
        return bytes;
    }

    private long ReadLong()
    {
        ulong zigzag = 0;
        for (int i = 0; i < Varint.MaxLongBytes && _error == AvroError.None; i++)
        {
            int next = ReadByte();
            if (next < 0)
            {
                Fail(AvroError.Truncated);
                return 0;
            }

            zigzag |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80 && (i < Varint.MaxLongBytes - 1 || next <= 1))
                return Varint.Unzigzag(zigzag);
        }

        Fail(AvroError.VarintTooLong);
        return 0;
    }

    private bool AtEnd() => (_peeked = _stream.ReadByte()) < 0;

    private int ReadByte()
    {
        int next = _peeked >= 0 ? _peeked : _stream.ReadByte();
        _peeked = -1;
        return next;
    }

    private void Fail(AvroError error)
    {
        if (_error == AvroError.None)
            _error = error;
    }

    private bool FillBlock(int length)
    {
        for (int filled = 0; filled < length;)
        {
            int next = Math.Min(length, Math.Max(filled + GrowthBytes, _raw.Length));
            if (_raw.Length < next)
                Array.Resize(ref _raw, Math.Min(MaxBlockBytes, Math.Max(next, 2 * _raw.Length)));
            if (!Fill(_raw.AsSpan(filled, next - filled)))
                return false;
            filled = next;
        }

        return true;
    }

    private bool Fill(Span<byte> destination) => _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length;

    private void Inflate()
    {
        using MemoryStream source = new(_raw, 0, _length, writable: false);
        using DeflateStream deflate = new(source, CompressionMode.Decompress);
        (_length, _isInflated) = (0, true);
        try
        {
            for (int read = 1; read > 0; _length += read)
            {
                if (_length == _inflated.Length && !TryGrow())
                    return;
                read = deflate.Read(_inflated, _length, _inflated.Length - _length);
            }
        }
        catch (InvalidDataException)
        {
            Fail(AvroError.BadBlock);
        }
    }

    private bool TryGrow()
    {
        if (_inflated.Length > MaxBlockBytes)
        {
            Fail(AvroError.TooLarge);
            return false;
        }

        Array.Resize(ref _inflated, Math.Min(MaxBlockBytes + 1, Math.Max(GrowthBytes, 2 * _inflated.Length)));
        return true;
    }
}
