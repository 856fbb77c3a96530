using System.Buffers.Binary;
using System.Text;
using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// A file of records in the order in which they are to be sent. Each has a checksum: the process may have ended in the middle of the last.
/// </summary>
/// <remarks>
/// <code>
///   magic 8 | topic's length 4, UTF-8        then for each record
///   XXH64 of what follows 8 | partition 4 | weight 4 | key's length 4 | value's length 4 | key | value          all numbers little-endian
/// </code>
/// </remarks>
internal sealed class SpillSegment : IDisposable
{
    private const int HeaderBytes = 24;

    private static readonly byte[] Magic = "icmpspl1"u8.ToArray();

    private readonly FileStream _file;
    private byte[] _record = new byte[1024];

    private SpillSegment(FileStream file) => _file = file;

    /// <summary>Bytes so far.</summary>
    public long Bytes => _file.Position;

    /// <summary>Bytes that a record takes.</summary>
    public static int BytesOf(in OutgoingRecord record) => HeaderBytes + record.Key.Length + record.Value.Length;

    /// <summary>Bytes that a segment has before its first record.</summary>
    public static int StartBytesOf(string topic) => Magic.Length + sizeof(int) + Encoding.UTF8.GetByteCount(topic);

    /// <summary>Begins a segment. Nothing is buffered: a record that could not be written is known at once.</summary>
    public static SpillSegment Create(string path, string topic)
    {
        var segment = new SpillSegment(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0));
        byte[] start = new byte[StartBytesOf(topic)];
        Magic.CopyTo(start, 0);
        BinaryPrimitives.WriteInt32LittleEndian(start.AsSpan(Magic.Length), start.Length - Magic.Length - sizeof(int));
        Encoding.UTF8.GetBytes(topic, start.AsSpan(Magic.Length + sizeof(int)));
        segment._file.Write(start);
        return segment;
    }

    /// <summary>Writes a record behind the others.</summary>
    public void Write(in OutgoingRecord record, int weight)
    {
        int bytes = BytesOf(record);
        if (_record.Length < bytes)
            _record = new byte[Math.Max(bytes, 2 * _record.Length)];
        Span<byte> all = _record.AsSpan(0, bytes);
        BinaryPrimitives.WriteInt32LittleEndian(all[8..], record.Partition);
        BinaryPrimitives.WriteInt32LittleEndian(all[12..], weight);
        BinaryPrimitives.WriteInt32LittleEndian(all[16..], record.Key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(all[20..], record.Value.Length);
        record.Key.CopyTo(all[HeaderBytes..]);
        record.Value.CopyTo(all[(HeaderBytes + record.Key.Length)..]);
        BinaryPrimitives.WriteUInt64LittleEndian(all, XxHash64.Hash(all[8..]));
        _file.Write(all);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads a segment up to its end, or to where it is damaged; null where it is none.</summary>
    public static OutgoingBatch? Read(ReadOnlySpan<byte> file, List<int> weights)
    {
        if (!file.StartsWith(Magic) || file.Length < Magic.Length + sizeof(int))
            return null;
        int topicBytes = BinaryPrimitives.ReadInt32LittleEndian(file[Magic.Length..]);
        ReadOnlySpan<byte> rest = file[(Magic.Length + sizeof(int))..];
        if ((uint)topicBytes > (uint)rest.Length)
            return null;
        var batch = new OutgoingBatch(Encoding.UTF8.GetString(rest[..topicBytes]));
        rest = rest[topicBytes..];
        while (rest.Length >= HeaderBytes)
        {
            long key = BinaryPrimitives.ReadUInt32LittleEndian(rest[16..]), value = BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]);
            if (key + value > rest.Length - HeaderBytes)
                break;
            ReadOnlySpan<byte> record = rest[..(int)(HeaderBytes + key + value)];
            if (BinaryPrimitives.ReadUInt64LittleEndian(record) != XxHash64.Hash(record[8..]))
                break;
            batch.Add(BinaryPrimitives.ReadInt32LittleEndian(record[8..]), record.Slice(HeaderBytes, (int)key), record[(int)(HeaderBytes + key)..]);
            weights.Add(BinaryPrimitives.ReadInt32LittleEndian(record[12..]));
            rest = rest[record.Length..];
        }

        return batch;
    }
}
