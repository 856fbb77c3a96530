using System.Buffers;
using System.Text.Json;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Records;

/// <summary>
/// Reads one kind of record and writes it again. Bytes that read have to write, to bytes that read as the same: the second
/// writing equals the first. (The first may differ from what was read, for Avro leaves writers some choice.)
/// </summary>
public abstract class RecordReader
{
    private const int FirstBufferBytes = 64 * 1024;

    /// <summary>A record in Avro takes a fraction of its size in memory; text and lists of it, this much at most.</summary>
    private const int MaxAllocatedPerByte = 96;

    private const int MaxAllocatedBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _jsonBytes = new(FirstBufferBytes);
    private byte[] _written = new byte[FirstBufferBytes];
    private byte[] _again = new byte[FirstBufferBytes];

    /// <summary>What it reads.</summary>
    public abstract string Name { get; }

    /// <summary>How many inputs read without an error.</summary>
    public long Sound { get; private set; }

    /// <summary>Checks some bytes; null where nothing is wrong.</summary>
    public string? Check(ReadOnlySpan<byte> bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AvroError error = Read(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > MaxAllocatedBytes + ((long)bytes.Length * MaxAllocatedPerByte))
            return $"{Name}: {allocated} bytes of memory for {bytes.Length}";
        if (!Enum.IsDefined(error))
            return $"{Name}: error {(byte)error} has no name";
        if (error != AvroError.None)
            return null;
        Sound++;
        return Rewrite(bytes.Length);
    }

    /// <summary>Reads a record and keeps it.</summary>
    protected abstract AvroError Read(ReadOnlySpan<byte> bytes);

    /// <summary>Writes the record kept; false where there is too little room.</summary>
    protected abstract bool TryWrite(Span<byte> destination, out int written);

    /// <summary>Writes the record kept as JSON.</summary>
    protected abstract void WriteJson(Utf8JsonWriter json);

    private string? Rewrite(int length)
    {
        int first = Write(ref _written);
        // Text and numbers do not grow; blocks may be split finer than ours, never coarser than one.
        if (first > length + MaxAllocatedBytes)
            return $"{Name}: {length} bytes read are {first} bytes written";
        AvroError error = Read(_written.AsSpan(0, first));
        if (error != AvroError.None)
            return $"{Name}: what was written does not read: {error}";
        int second = Write(ref _again);
        if (!_written.AsSpan(0, first).SequenceEqual(_again.AsSpan(0, second)))
            return $"{Name}: written again it is something else";
        _jsonBytes.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_jsonBytes, JsonValues.LineOptions))
            WriteJson(json);
        return IsJson() ? null : $"{Name}: its JSON is not JSON";
    }

    private int Write(ref byte[] buffer)
    {
        int written;
        while (!TryWrite(buffer, out written))
            buffer = new byte[2 * buffer.Length];
        return written;
    }

    private bool IsJson()
    {
        Utf8JsonReader reader = new(_jsonBytes.WrittenSpan);
        while (reader.Read())
            continue;
        return reader.BytesConsumed == _jsonBytes.WrittenCount;
    }
}
