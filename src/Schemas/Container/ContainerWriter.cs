using System.IO.Compression;

namespace IcmpStream.Schemas;

/// <summary>
/// Writes an Avro Object Container File to a stream, block by block: the memory in use is one block and one record. For one
/// thread; dispose it to write what is left. Errors are those of the stream.
/// </summary>
/// <remarks>
/// <code>
/// Span&lt;byte&gt; room = file.Reserve(IcmpEventBatchCodec.MaxBytes(buffer, i));
/// IcmpEventBatchCodec.TryWrite(envelope, sequence, buffer, i, room, out int written);
/// file.Commit(written);
/// </code>
/// </remarks>
public sealed class ContainerWriter : IDisposable
{
    /// <summary>A block ends with the record that brings it to this size: Avro's own recommendation for Java, 64 kB.</summary>
    public const int BlockBytes = 64_000;

    private readonly Stream _stream;
    private readonly ContainerCompression _compression;
    private readonly bool _leaveOpen;
    private readonly byte[] _sync = new byte[ContainerFormat.SyncBytes];
    private readonly MemoryStream _compressed = new();
    private byte[] _block = new byte[BlockBytes + 4096];
    private int _used;
    private int _records;

    /// <summary>
    /// Writes the header of a file of <paramref name="schema"/> records. The sync marker is made from schema and run, so that the
    /// same run gives the same file.
    /// </summary>
    public ContainerWriter(
        Stream stream, SchemaText schema, RunId run, ContainerCompression compression = ContainerCompression.None, bool leaveOpen = false)
    {
        _stream = stream;
        _compression = compression;
        _leaveOpen = leaveOpen;
        ContainerFormat.WriteSync(schema, run, _sync);
        byte[] header = new byte[schema.Utf8Json.Length + 128];
        AvroWriter writer = new(header);
        writer.WriteRaw(ContainerFormat.Magic);
        writer.WriteBlock(2);
        writer.WriteString(ContainerFormat.CodecKey);
        writer.WriteBytes(ContainerFormat.CodecName(compression));
        writer.WriteString(ContainerFormat.SchemaKey);
        writer.WriteBytes(schema.Utf8Json.Span);
        writer.WriteZero();
        writer.WriteRaw(_sync);
        _stream.Write(header, 0, writer.Written);
    }

    /// <summary>Records written so far, those in the open block included.</summary>
    public long Records { get; private set; }

    /// <summary>Room of at least <paramref name="mostBytes"/> for one record, until <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int mostBytes)
    {
        if (_block.Length - _used < mostBytes)
            Array.Resize(ref _block, Math.Max(_used + mostBytes, 2 * _block.Length));
        return _block.AsSpan(_used);
    }

    /// <summary>Adds the record in the first <paramref name="length"/> bytes reserved.</summary>
    public void Commit(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(_block.Length - _used), nameof(length));
        _used += length;
        _records++;
        Records++;
        if (_used >= BlockBytes)
            EndBlock();
    }

    /// <summary>Ends the block, if it has records, and flushes the stream: for live output.</summary>
    public void Flush()
    {
        EndBlock();
        _stream.Flush();
    }

    /// <summary>Writes what is left; disposes the stream unless it is to be left open.</summary>
    public void Dispose()
    {
        EndBlock();
        _compressed.Dispose();
        if (_leaveOpen)
            _stream.Flush();
        else
            _stream.Dispose();
    }

    private void EndBlock()
    {
        if (_records == 0)
            return;
        ReadOnlySpan<byte> body = _compression == ContainerCompression.Deflate ? Deflate() : _block.AsSpan(0, _used);
        Span<byte> head = stackalloc byte[2 * Varint.MaxLongBytes];
        AvroWriter writer = new(head);
        writer.WriteLong(_records);
        writer.WriteLong(body.Length);
        _stream.Write(head[..writer.Written]);
        _stream.Write(body);
        _stream.Write(_sync);
        (_records, _used) = (0, 0);
    }

    private ReadOnlySpan<byte> Deflate()
    {
        _compressed.SetLength(0);
        using (DeflateStream deflate = new(_compressed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(_block, 0, _used);
        return _compressed.GetBuffer().AsSpan(0, (int)_compressed.Length);
    }
}
