using System.Text;
using System.Text.Unicode;

namespace IcmpStream.Schemas;

/// <summary>
/// Writes the four lists of an event (extensions, nd_options, mld_records, router_addresses) as encoded Avro, item by item, in
/// this order. A list is blocks of at most 63 items, whose count is one byte and goes up with each item, so an item written is
/// never touched again.
/// </summary>
/// <remarks>
/// <code>
/// ListsWriter lists = new(buffer.FreeArena);
/// complete &amp;= lists.TryAdd(new NdOption { ... });
/// buffer.CommitLists(ref detail, lists.Finish());
/// </code>
/// </remarks>
public ref struct ListsWriter
{
    private const int Lists = 4;
    private const byte FullBlock = 63 << 1;

    private readonly Span<byte> _destination;
    private int _position;
    private int _list;
    private int _countAt;

    /// <summary>Makes a writer into <paramref name="destination"/>, of which it uses at most <see cref="EventBuffer.MaxListsBytes"/>.</summary>
    public ListsWriter(Span<byte> destination)
    {
        _destination = destination[..Math.Min(destination.Length, EventBuffer.MaxListsBytes)];
        _countAt = -1;
    }

    /// <summary>
    /// Adds an extension object. False, and nothing added, where the lists would grow beyond their limit. Throws
    /// <see cref="InvalidOperationException"/> where a later list was begun.
    /// </summary>
    public bool TryAdd(in ExtensionObject item)
    {
        AvroWriter writer = Begin(0);
        writer.WriteLong(item.Class);
        writer.WriteLong(item.CType);
        writer.WriteLong(item.Length);
        writer.WriteBlock(item.Labels.Count);
        foreach (MplsLabel label in item.Labels)
        {
            writer.WriteLong(label.Label);
            writer.WriteLong(label.TrafficClass);
            writer.WriteBoolean(label.Bottom);
            writer.WriteLong(label.Ttl);
        }

        writer.WriteZero();
        writer.WriteOptional(item.InterfaceIndex);
        writer.WriteOptional(item.InterfaceAddress);
        writer.WriteBranch(item.HasInterfaceName);
        if (item.HasInterfaceName)
            WriteText(ref writer, item.InterfaceName);
        writer.WriteOptional(item.Mtu);
        writer.WriteBytes(item.Data[..Math.Min(item.Data.Length, ExtensionObject.MaxDataBytes)]);
        return End(0, writer);
    }

    /// <summary>Adds a neighbor discovery option; as above.</summary>
    public bool TryAdd(in NdOption item)
    {
        AvroWriter writer = Begin(1);
        writer.WriteLong(item.Option);
        writer.WriteLong(item.Length);
        writer.WriteBytes(item.Data[..Math.Min(item.Data.Length, NdOption.MaxDataBytes)]);
        return End(1, writer);
    }

    /// <summary>Adds a multicast address record; as above.</summary>
    public bool TryAdd(in MulticastRecord item)
    {
        AvroWriter writer = Begin(2);
        writer.WriteLong(item.RecordType);
        writer.WriteAddress(item.Address);
        int sources = Math.Min(item.Sources.Count, MulticastRecord.MaxSources);
        writer.WriteBlock(sources);
        foreach (Address source in item.Sources)
        {
            if (sources-- == 0)
                break;
            writer.WriteAddress(source);
        }

        writer.WriteZero();
        return End(2, writer);
    }

    /// <summary>Adds an entry of a router advertisement; as above.</summary>
    public bool TryAdd(RouterAddress item)
    {
        AvroWriter writer = Begin(3);
        writer.WriteAddress(item.Address);
        writer.WriteLong(item.Preference);
        return End(3, writer);
    }

    /// <summary>Ends the lists; returns their length, 0 where nothing was added.</summary>
    public int Finish()
    {
        if (_countAt < 0)
            return 0;
        int ends = Lists - _list;
        _destination.Slice(_position, ends).Clear();
        _list = Lists;
        return _position + ends;
    }

    /// <summary>True where the destination, not the contract, set the limit.</summary>
    internal readonly bool IsShort => _destination.Length < EventBuffer.MaxListsBytes;

    /// <summary>Where the next item of a list starts: behind the ends of the lists before it and, for a new block, its count.</summary>
    private readonly int ItemStart(int list) => _position + (list - _list) + (NeedsBlock(list) ? 1 : 0);

    private readonly bool NeedsBlock(int list) => _countAt < 0 || list != _list || _destination[_countAt] == FullBlock;

    private readonly AvroWriter Begin(int list)
    {
        if (list < _list)
            throw new InvalidOperationException("the lists of an event are written in their order");
        int start = ItemStart(list);
        int room = _destination.Length - (Lists - list) - start;
        return new AvroWriter(room > 0 ? _destination.Slice(start, room) : default);
    }

    private bool End(int list, scoped in AvroWriter item)
    {
        if (item.Overflow)
            return false;
        int start = ItemStart(list);
        if (NeedsBlock(list))
        {
            _countAt = start - 1;
            _destination[_position..start].Clear();
            _list = list;
        }

        _destination[_countAt] += 2;
        _position = start + item.Written;
        return true;
    }

    private static void WriteText(ref AvroWriter writer, scoped ReadOnlySpan<byte> text)
    {
        if (text.Length <= ExtensionObject.MaxNameBytes && Utf8.IsValid(text))
        {
            writer.WriteBytes(text);
            return;
        }

        Span<byte> valid = stackalloc byte[ExtensionObject.MaxNameBytes];
        int length = 0;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out Rune rune, out int consumed);
            if (!rune.TryEncodeToUtf8(valid[length..], out int encoded))
                break;
            length += encoded;
            text = text[consumed..];
        }

        writer.WriteBytes(valid[..length]);
    }
}
