using System.Text;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Codec;

public sealed class ListsTests
{
    private static readonly Address Router = Address.FromIpv4(0xC0000201);

    private readonly byte[] _bytes = new byte[EventBuffer.MaxListsBytes];

    [Fact]
    public void No_items_are_no_bytes() => Assert.Equal(0, new ListsWriter(_bytes).Finish());

    [Fact]
    public void Every_item_reads_back_as_it_was_added()
    {
        ListsWriter writer = new(_bytes);
        byte[] stack = [0x00, 0x06, 0x4A, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2];
        Assert.True(writer.TryAdd(new ExtensionObject { Class = 1, CType = 1, Length = 12, Labels = MplsLabels.FromWire(stack) }));
        Assert.True(writer.TryAdd(new ExtensionObject
        {
            Class = 2,
            CType = 0x0E,
            Length = 40,
            InterfaceIndex = uint.MaxValue,
            InterfaceAddress = Router,
            HasInterfaceName = true,
            InterfaceName = "eth0"u8,
            Mtu = 1500,
            Data = [1, 2, 3],
        }));
        Assert.True(writer.TryAdd(new NdOption { Option = 1, Length = 8, Data = [2, 0, 0, 0, 0, 1] }));
        byte[] sources = new byte[40];
        sources[15] = 7;
        Assert.True(writer.TryAdd(new MulticastRecord { RecordType = 4, Address = Router, Sources = AddressList.FromWire(sources) }));
        Assert.True(writer.TryAdd(new RouterAddress(Router, int.MinValue)));
        EventLists lists = new(_bytes.AsSpan(0, writer.Finish()));

        List<string> seen = [];
        foreach (ExtensionObject item in lists.Extensions)
        {
            foreach (MplsLabel label in item.Labels)
                seen.Add(label.ToString());
            seen.Add($"{item.Class} {item.CType} {item.Length} {item.Labels.Count} {item.InterfaceIndex} {item.InterfaceAddress} "
                + $"{item.HasInterfaceName} {Encoding.UTF8.GetString(item.InterfaceName)} {item.Mtu} {Convert.ToHexString(item.Data)}");
        }

        foreach (NdOption item in lists.NdOptions)
            seen.Add($"{item.Option} {item.Length} {Convert.ToHexString(item.Data)}");
        foreach (MulticastRecord item in lists.MulticastRecords)
        {
            seen.Add($"{item.RecordType} {item.Address} {item.Sources.Count}");
            foreach (Address source in item.Sources)
                seen.Add(source.ToString());
        }

        foreach (RouterAddress item in lists.RouterAddresses)
            seen.Add(item.ToString());
        Assert.Equal(
            [
                "MplsLabel { Label = 100, TrafficClass = 5, Bottom = False, Ttl = 64 }",
                "MplsLabel { Label = 1048575, TrafficClass = 7, Bottom = True, Ttl = 255 }",
                "1 1 12 2   False   ",
                "2 14 40 0 4294967295 192.0.2.1 True eth0 1500 010203",
                "1 8 020000000001",
                "4 192.0.2.1 2",
                "::7",
                "::",
                "RouterAddress { Address = 192.0.2.1, Preference = -2147483648 }",
            ],
            seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(500)]
    public void Items_beyond_a_block_start_another(int count)
    {
        ListsWriter writer = new(_bytes);
        for (int i = 0; i < count; i++)
            Assert.True(writer.TryAdd(new NdOption { Option = (byte)i, Length = (ushort)i }));
        EventLists lists = new(_bytes.AsSpan(0, writer.Finish()));
        int seen = 0;
        foreach (NdOption item in lists.NdOptions)
            Assert.Equal(seen++, item.Length);
        Assert.Equal(count, seen);
        Assert.False(lists.Extensions.MoveNext());
        Assert.False(lists.RouterAddresses.MoveNext());
    }

    [Fact]
    public void An_item_beyond_the_limit_is_left_out_and_the_others_stay()
    {
        ListsWriter writer = new(_bytes);
        int added = 0;
        while (writer.TryAdd(new NdOption { Option = 1, Length = 64, Data = _bytes.AsSpan(0, 62) }))
            added++;
        Assert.InRange(added, 200, 300);
        Assert.False(writer.TryAdd(new RouterAddress(Router, 1)) && writer.TryAdd(new RouterAddress(Router, 2))
            && writer.TryAdd(new RouterAddress(Router, 3)) && writer.TryAdd(new RouterAddress(Router, 4)));
        int length = writer.Finish();
        Assert.InRange(length, EventBuffer.MaxListsBytes - 70, EventBuffer.MaxListsBytes);
        int seen = 0;
        foreach (NdOption _ in new EventLists(_bytes.AsSpan(0, length)).NdOptions)
            seen++;
        Assert.Equal(added, seen);
    }

    [Fact]
    public void A_destination_of_any_length_is_never_overrun() => Tape.Check(500, tape =>
    {
        byte[] destination = new byte[tape.UpTo(60)];
        ListsWriter writer = new(destination);
        int added = 0;
        for (int i = tape.UpTo(5); i > 0; i--)
            added += writer.TryAdd(new NdOption { Option = 1, Length = 8, Data = tape.Bytes(20) }) ? 1 : 0;
        for (int i = tape.UpTo(2); i > 0; i--)
            added += writer.TryAdd(new RouterAddress(tape.Address(), tape.Int())) ? 1 : 0;
        EventLists lists = new(destination.AsSpan(0, writer.Finish()));
        foreach (NdOption _ in lists.NdOptions)
            added--;
        foreach (RouterAddress _ in lists.RouterAddresses)
            added--;
        Assert.Equal(0, added);
    });

    [Fact]
    public void Lists_are_written_in_their_order_or_it_is_a_bug_of_ours()
    {
        Assert.Throws<InvalidOperationException>(() =>
        {
            ListsWriter writer = new(_bytes);
            writer.TryAdd(new RouterAddress(Router, 1));
            writer.TryAdd(new NdOption { Option = 1 });
        });
    }

    [Fact]
    public void What_is_longer_than_the_contract_allows_is_cut()
    {
        ListsWriter writer = new(_bytes);
        Assert.True(writer.TryAdd(new ExtensionObject { HasInterfaceName = true, InterfaceName = new byte[600], Data = new byte[65] }));
        Assert.True(writer.TryAdd(new NdOption { Data = new byte[65] }));
        Assert.True(writer.TryAdd(new MulticastRecord { Sources = AddressList.FromWire(new byte[65 * Address.Size]) }));
        EventLists lists = new(_bytes.AsSpan(0, writer.Finish()));
        ListItems<ExtensionObject> extensions = lists.Extensions;
        ListItems<NdOption> options = lists.NdOptions;
        ListItems<MulticastRecord> records = lists.MulticastRecords;
        Assert.True(extensions.MoveNext() && options.MoveNext() && records.MoveNext());
        Assert.Equal((255, 64), (extensions.Current.InterfaceName.Length, extensions.Current.Data.Length));
        Assert.Equal((64, 64), (options.Current.Data.Length, records.Current.Sources.Count));
    }

    [Fact]
    public void Names_that_are_no_text_become_text()
    {
        ListsWriter writer = new(_bytes);
        Assert.True(writer.TryAdd(new ExtensionObject { HasInterfaceName = true, InterfaceName = [(byte)'e', 0xFF, 0xC3, (byte)'0'] }));
        ListItems<ExtensionObject> extensions = new EventLists(_bytes.AsSpan(0, writer.Finish())).Extensions;
        Assert.True(extensions.MoveNext());
        Assert.Equal("e\uFFFD\uFFFD0", Encoding.UTF8.GetString(extensions.Current.InterfaceName));
    }

    [Fact]
    public void Random_bytes_in_the_place_of_lists_never_throw() => Tape.Check(1000, tape =>
    {
        EventLists lists = new(tape.Bytes(200));
        foreach (ExtensionObject item in lists.Extensions)
        {
            foreach (MplsLabel _ in item.Labels)
                continue;
        }

        foreach (MulticastRecord item in lists.MulticastRecords)
        {
            foreach (Address _ in item.Sources)
                continue;
        }

        foreach (RouterAddress _ in lists.RouterAddresses)
            continue;
    });
}
