namespace IcmpStream.Schemas;

/// <summary>
/// The four lists of an event, read in place from their encoded form; borrows the arena of the <see cref="EventBuffer"/>. Bytes
/// that are not what <see cref="ListsWriter"/> writes end a list early.
/// </summary>
public readonly ref struct EventLists
{
    private readonly ReadOnlySpan<byte> _encoded;

    internal EventLists(ReadOnlySpan<byte> encoded) => _encoded = encoded;

    /// <summary>True when all four are empty.</summary>
    public bool IsEmpty => _encoded.IsEmpty;

    /// <summary>RFC 4884 extension objects.</summary>
    public ListItems<ExtensionObject> Extensions => new(new AvroReader(_encoded));

    /// <summary>Neighbor discovery options.</summary>
    public ListItems<NdOption> NdOptions => new(Extensions.Skip());

    /// <summary>Multicast address records.</summary>
    public ListItems<MulticastRecord> MulticastRecords => new(NdOptions.Skip());

    /// <summary>Entries of an ICMPv4 router advertisement.</summary>
    public ListItems<RouterAddress> RouterAddresses => new(MulticastRecords.Skip());

    /// <summary>
    /// Reads an event's four lists wherever they stand, in whatever blocks, and writes them anew, so that equal lists have equal
    /// bytes.
    /// </summary>
    internal static void Copy(ref AvroReader reader, scoped ref ListsWriter writer)
    {
        for (long left = 0; reader.NextItem(ref left);)
            Judge(ref reader, writer, writer.TryAdd(ExtensionObject.Read(ref reader)));
        for (long left = 0; reader.NextItem(ref left);)
            Judge(ref reader, writer, writer.TryAdd(NdOption.Read(ref reader)));
        for (long left = 0; reader.NextItem(ref left);)
            Judge(ref reader, writer, writer.TryAdd(MulticastRecord.Read(ref reader)));
        for (long left = 0; reader.NextItem(ref left);)
            Judge(ref reader, writer, writer.TryAdd(RouterAddress.Read(ref reader)));
    }

    private static void Judge(ref AvroReader reader, scoped in ListsWriter writer, bool added)
    {
        if (!added)
            reader.Fail(writer.IsShort ? AvroError.BufferFull : AvroError.TooLarge);
    }
}

/// <summary>An item of an event's lists, as <see cref="ListItems{T}"/> reads it.</summary>
/// <typeparam name="T">The item itself.</typeparam>
public interface IListItem<T>
    where T : IListItem<T>, allows ref struct
{
    /// <summary>Reads one item.</summary>
    static abstract T Read(scoped ref AvroReader reader);
}

/// <summary>Enumerates one list in place: <c>foreach (NdOption option in lists.NdOptions)</c>.</summary>
/// <typeparam name="T">The items.</typeparam>
public ref struct ListItems<T>
    where T : IListItem<T>, allows ref struct
{
    private AvroReader _reader;
    private long _left;

    internal ListItems(AvroReader reader) => _reader = reader;

    /// <summary>The item; it borrows from the list.</summary>
    public T Current { get; private set; } = default!;

    /// <summary>Steps to the next item; false at the end.</summary>
    public bool MoveNext()
    {
        if (!_reader.NextItem(ref _left))
            return false;
        Current = T.Read(ref _reader);
        return _reader.Error == AvroError.None;
    }

    /// <summary>Enumerates from where it stands.</summary>
    public readonly ListItems<T> GetEnumerator() => this;

    /// <summary>The reader behind the list.</summary>
    internal AvroReader Skip()
    {
        while (MoveNext())
            continue;
        return _reader;
    }
}
