using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
public partial struct ByteValues : IEntry<ByteValues>
{
    /// <inheritdoc/>
    public static int EntryBytes => 4 * sizeof(ulong);

    /// <inheritdoc/>
    public static void Write(in ByteValues entry, ref EntryWriter writer)
    {
        writer.Add(entry._a);
        writer.Add(entry._b);
        writer.Add(entry._c);
        writer.Add(entry._d);
    }

    /// <inheritdoc/>
    public static ByteValues Read(ref EntryReader reader) => new()
    {
        _a = reader.UInt64(),
        _b = reader.UInt64(),
        _c = reader.UInt64(),
        _d = reader.UInt64(),
    };
}
