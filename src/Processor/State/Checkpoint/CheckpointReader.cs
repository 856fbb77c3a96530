using System.Buffers.Binary;
using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>
/// Reads one section of a checkpoint, with every length checked: bytes from the log are not trusted to be what was written.
/// </summary>
public sealed class CheckpointReader
{
    /// <summary>The longest text that a section holds; a longer one is a damaged length.</summary>
    private const int MaxTextBytes = 1 << 20;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _chunks;
    private readonly byte[] _joint = new byte[CheckpointWriter.MaxTakeBytes];
    private ReadOnlyMemory<byte> _chunk;
    private int _next;
    private int _at;

    internal CheckpointReader(IReadOnlyList<ReadOnlyMemory<byte>> chunks, int chunk, int offset, long length)
    {
        _chunks = chunks;
        _chunk = chunks.Count > chunk ? chunks[chunk] : default;
        _next = chunk + 1;
        _at = offset;
        Remaining = length;
    }

    /// <summary>Bytes of the section not read.</summary>
    public long Remaining { get; private set; }

    /// <summary>Reads all sections into a state that has seen nothing, the groups on several threads.</summary>
    /// <exception cref="CheckpointException">The chunks are not such a state's.</exception>
    public static void Load(IReadOnlyList<ReadOnlyMemory<byte>> chunks, ICheckpointed state, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(state);
        var sections = Sections(chunks);
        if (sections.Count == 0 || sections[0].Group != CheckpointWriter.Common)
            throw new CheckpointException("it does not begin with the common section");
        state.LoadCommon(sections[0].Reader);
        sections[0].Reader.RequireEnd();
        sections.RemoveAt(0);
        if (threads > 1)
            LoadInParallel(sections, state, threads);
        else
            sections.ForEach(section => LoadGroup(section, state));
        state.CompleteLoad();
    }

    /// <summary>The next <paramref name="bytes"/> bytes in one piece, valid until the next call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="CheckpointWriter.MaxTakeBytes"/>.</exception>
    public ReadOnlySpan<byte> Take(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, CheckpointWriter.MaxTakeBytes);
        if (bytes > Remaining)
            throw new CheckpointException("a section ends too early");
        if (bytes <= _chunk.Length - _at)
        {
            Remaining -= bytes;
            _at += bytes;
            return _chunk.Span.Slice(_at - bytes, bytes);
        }

        Span<byte> joint = _joint.AsSpan(0, bytes);
        ReadBytes(joint);
        return joint;
    }

    /// <summary>One byte.</summary>
    public byte ReadByte() => Take(sizeof(byte))[0];

    /// <summary>One byte that is 0 or 1.</summary>
    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        byte other => throw new CheckpointException($"{other} stands where a truth value should"),
    };

    /// <summary>Two bytes.</summary>
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>Four bytes.</summary>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>Four bytes.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Eight bytes.</summary>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>Eight bytes.</summary>
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Sixteen bytes, as on the wire.</summary>
    public Address ReadAddress() => Address.Read(Take(Address.Size));

    /// <summary>An address, if the byte before it says that there is one.</summary>
    public Address? ReadOptionalAddress() => ReadBoolean() ? ReadAddress() : null;

    /// <summary>Sixteen bytes.</summary>
    public RunId ReadRunId() => RunId.Read(Take(RunId.Size));

    /// <summary>A number of entries, written as an i32, each of which takes at least <paramref name="minEntryBytes"/>: so no damaged count makes the reader allocate much.</summary>
    public int ReadCount(int minEntryBytes)
    {
        int count = ReadInt32();
        if (count < 0 || (long)count * Math.Max(1, minEntryBytes) > Remaining)
            throw new CheckpointException($"{count} entries do not fit into {Remaining} bytes");
        return count;
    }

    /// <summary>A number from 0 up to and without <paramref name="limit"/>, written as an i32.</summary>
    public int ReadIndex(int limit)
    {
        int index = ReadInt32();
        return (uint)index < (uint)limit ? index : throw new CheckpointException($"{index} is not below {limit}");
    }

    /// <summary>Fills the destination.</summary>
    public void ReadBytes(Span<byte> destination)
    {
        if (destination.Length > Remaining)
            throw new CheckpointException("a section ends too early");
        Remaining -= destination.Length;
        while (!destination.IsEmpty)
        {
            if (_at == _chunk.Length)
            {
                _chunk = _chunks[_next++];
                _at = 0;
            }

            int part = Math.Min(destination.Length, _chunk.Length - _at);
            _chunk.Span.Slice(_at, part).CopyTo(destination);
            _at += part;
            destination = destination[part..];
        }
    }

    /// <summary>Text as <see cref="CheckpointWriter.WriteText"/> writes it.</summary>
    public string ReadText()
    {
        int length = ReadCount(1);
        if (length > MaxTextBytes)
            throw new CheckpointException($"a text of {length} bytes");
        byte[] bytes = new byte[length];
        ReadBytes(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A part as <see cref="CheckpointWriter.WritePart"/> writes it; one without bytes stays as it is.</summary>
    public void ReadPart(ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        int length = ReadCount(1);
        if (length == 0)
            return;
        long behind = Remaining - length;
        Remaining = length;
        part.Load(this);
        if (Remaining != 0)
            throw new CheckpointException($"{Remaining} bytes are left at the end of a part");
        Remaining = behind;
    }

    /// <summary>An entry as <see cref="CheckpointWriter.WriteEntry"/> writes it.</summary>
    public T ReadEntry<T>()
        where T : struct, IEntry<T>
    {
        var fields = new EntryReader(Take(T.EntryBytes));
        return T.Read(ref fields);
    }

    private static void LoadGroup((short Group, CheckpointReader Reader) section, ICheckpointed state)
    {
        state.LoadGroup((byte)section.Group, section.Reader);
        section.Reader.RequireEnd();
    }

    private static void LoadInParallel(List<(short Group, CheckpointReader Reader)> sections, ICheckpointed state, int threads)
    {
        try
        {
            Parallel.ForEach(sections, new ParallelOptions { MaxDegreeOfParallelism = threads }, section => LoadGroup(section, state));
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is CheckpointException))
        {
            throw new CheckpointException(e.InnerExceptions[0].Message);
        }
    }

    private static List<(short Group, CheckpointReader Reader)> Sections(IReadOnlyList<ReadOnlyMemory<byte>> chunks)
    {
        var sections = new List<(short, CheckpointReader)>();
        var walk = new CheckpointReader(chunks, 0, 0, chunks.Sum(chunk => (long)chunk.Length));
        int last = CheckpointWriter.Common - 1;
        while (walk.Remaining > 0)
        {
            ReadOnlySpan<byte> header = walk.Take(CheckpointWriter.SectionHeaderBytes);
            short group = BinaryPrimitives.ReadInt16LittleEndian(header);
            int length = BinaryPrimitives.ReadInt32LittleEndian(header[sizeof(short)..]);
            if (group <= last || group >= KeyGroup.Count || length < 0 || length > walk.Remaining)
                throw new CheckpointException($"section {group} of {length} bytes behind section {last}");
            last = group;
            sections.Add((group, new CheckpointReader(chunks, walk._next - 1, walk._at, length)));
            walk.Skip(length);
        }

        return sections;
    }

    private void Skip(int bytes)
    {
        Remaining -= bytes;
        while (bytes > _chunk.Length - _at)
        {
            bytes -= _chunk.Length - _at;
            _chunk = _chunks[_next++];
            _at = 0;
        }

        _at += bytes;
    }

    private void RequireEnd()
    {
        if (Remaining != 0)
            throw new CheckpointException($"{Remaining} bytes are left at the end of a section");
    }
}
