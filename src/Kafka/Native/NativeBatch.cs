namespace IcmpStream.Kafka.Native;

/// <summary>
/// A run of consumed messages of one partition, read in place: spans over the library's memory, until the messages are given back.
/// </summary>
internal sealed unsafe class NativeBatch : RecordBatch
{
    private NativeMessage** _messages;

    public override LogRecord this[int index]
    {
        get
        {
            var message = At(index);
            return new LogRecord(
                message->Offset,
                new ReadOnlySpan<byte>((void*)message->Key, (int)message->KeyBytes),
                new ReadOnlySpan<byte>((void*)message->Value, (int)message->ValueBytes),
                message->Value == 0);
        }
    }

    public override long TimestampMsOf(int index) => Librdkafka.MessageTimestamp(At(index), out _);

    public override IReadOnlyList<RecordHeader> HeadersOf(int index)
    {
        if (Librdkafka.MessageHeaders(At(index), out var headers) != 0) return [];
        List<RecordHeader> copied = [];
        for (nuint i = 0; Librdkafka.HeaderAt(headers, i, out var name, out var value, out var bytes) == 0; i++)
            copied.Add(new RecordHeader(NativeClient.Text(name), new ReadOnlySpan<byte>(value, (int)bytes).ToArray()));
        return copied;
    }

    public void Set(LogPartition partition, NativeMessage** messages, int count)
    {
        Partition = partition;
        _messages = messages;
        Count = count;
    }

    private NativeMessage* At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _messages[index];
    }
}
