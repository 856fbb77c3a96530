using System.Buffers.Binary;
using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>
/// Gathers the sections of a checkpoint in chunks, each of which becomes a record of the log. Little-endian numbers of fixed size,
/// nothing else: the same state gives the same bytes.
/// </summary>
/// <remarks>
/// <code>
///   section = group : i16 (-1 common) | length : i32 | body          sections run on across chunks
/// </code>
/// The memory is kept for the next checkpoint. One thread.
/// </remarks>
public sealed class CheckpointWriter
{
    /// <summary>
    /// Bytes of a chunk by default: two records of half a mebibyte fit where the log takes one of a mebibyte, so framing is no matter.
    /// </summary>
    public const int DefaultChunkBytes = 512 * 1024;

    /// <summary>The most that <see cref="Take"/> gives at once, and the smallest chunk: the largest entry takes 600 bytes.</summary>
    public const int MaxTakeBytes = 1024;

    /// <summary>The group number of the common section.</summary>
    internal const short Common = -1;

    internal const int SectionHeaderBytes = sizeof(short) + sizeof(int);

    private readonly int _chunkBytes;
    private readonly List<byte[]> _chunks = [];
    private readonly List<int> _lengths = [];
    private byte[] _chunk = [];
    private int _used;
    private long _closed;
    private (int Chunk, int Offset, long Start) _section = (-1, 0, 0);

    /// <summary>Makes an empty writer.</summary>
    public CheckpointWriter(int chunkBytes = DefaultChunkBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkBytes, MaxTakeBytes);
        _chunkBytes = chunkBytes;
    }

    /// <summary>Parts of this type are written as if there were nothing in them: the bug that a simulation must find.</summary>
    internal Type? Forgotten { get; set; }

    /// <summary>Bytes written.</summary>
    public long Length => _closed + _used;

    /// <summary>Chunks written.</summary>
    public int ChunkCount => _lengths.Count + (_used > 0 ? 1 : 0);

    /// <summary>A chunk by its place.</summary>
    public ReadOnlyMemory<byte> Chunk(int index) => _chunks[index].AsMemory(0, index < _lengths.Count ? _lengths[index] : _used);

    /// <summary>Writes all sections of a state.</summary>
    public void Save(ICheckpointed state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Begin(Common);
        state.SaveCommon(this);
        End();
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            Begin((short)group);
            state.SaveGroup((byte)group, this);
            End();
        }
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear()
    {
        _lengths.Clear();
        _chunk = [];
        (_used, _closed) = (0, 0);
        _section = (-1, 0, 0);
    }

    /// <summary>Gives back the memory too.</summary>
    public void Trim()
    {
        Clear();
        _chunks.Clear();
    }

    /// <summary>Room for <paramref name="bytes"/> bytes in one piece, to be filled by the caller: the quick way for entries of one size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaxTakeBytes"/>.</exception>
    public Span<byte> Take(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, MaxTakeBytes);
        if (bytes > _chunk.Length - _used)
            NextChunk();
        Span<byte> room = _chunk.AsSpan(_used, bytes);
        _used += bytes;
        return room;
    }

    /// <summary>One byte.</summary>
    public void WriteByte(byte value) => Take(sizeof(byte))[0] = value;

    /// <summary>One byte, 0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Two bytes.</summary>
    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    /// <summary>Four bytes.</summary>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    /// <summary>Four bytes.</summary>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    /// <summary>Eight bytes.</summary>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    /// <summary>Eight bytes.</summary>
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    /// <summary>Sixteen bytes, as on the wire.</summary>
    public void WriteAddress(Address value) => value.Write(Take(Address.Size));

    /// <summary>A byte that says whether there is one, and the address if so.</summary>
    public void WriteOptionalAddress(Address? value)
    {
        WriteBoolean(value.HasValue);
        if (value is { } address)
            WriteAddress(address);
    }

    /// <summary>Sixteen bytes.</summary>
    public void WriteRunId(RunId value) => value.Write(Take(RunId.Size));

    /// <summary>Bytes of any number, without their length.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            if (_used == _chunk.Length)
                NextChunk();
            int part = Math.Min(value.Length, _chunk.Length - _used);
            value[..part].CopyTo(_chunk.AsSpan(_used));
            _used += part;
            value = value[part..];
        }
    }

    /// <summary>Text: its length in bytes and the bytes, UTF-8.</summary>
    public void WriteText(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        WriteInt32(bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>A part: its length in bytes, and what it writes.</summary>
    public void WritePart(ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        WriteInt32(0);
        (int chunk, int offset, long start) = (_lengths.Count, _used - sizeof(int), Length);
        if (part.GetType() != Forgotten)
            part.Save(this);
        BinaryPrimitives.WriteInt32LittleEndian(_chunks[chunk].AsSpan(offset), checked((int)(Length - start)));
    }

    /// <summary>An entry of fixed size.</summary>
    public void WriteEntry<T>(in T entry)
        where T : struct, IEntry<T>
    {
        var fields = new EntryWriter(Take(T.EntryBytes));
        T.Write(entry, ref fields);
    }

    internal void Begin(short group)
    {
        long start = Length;
        Span<byte> header = Take(SectionHeaderBytes);
        BinaryPrimitives.WriteInt16LittleEndian(header, group);
        _section = (_lengths.Count, _used - SectionHeaderBytes, start);
    }

    // A section without a body is taken back: most groups of an idle processor have nothing.
    internal void End()
    {
        long body = Length - _section.Start - SectionHeaderBytes;
        if (body == 0 && _section.Chunk == _lengths.Count)
        {
            _used = _section.Offset;
            return;
        }

        if (body > int.MaxValue)
            throw new InvalidOperationException($"a section of {body} bytes is larger than a checkpoint takes");
        Span<byte> length = _chunks[_section.Chunk].AsSpan(_section.Offset + sizeof(short), sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(length, (int)body);
    }

    private void NextChunk()
    {
        if (_chunk.Length > 0)
        {
            _lengths.Add(_used);
            _closed += _used;
        }

        if (_chunks.Count == _lengths.Count)
            _chunks.Add(new byte[_chunkBytes]);
        _chunk = _chunks[_lengths.Count];
        _used = 0;
    }
}
