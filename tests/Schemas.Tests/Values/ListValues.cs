using System.Text;

namespace IcmpStream.Schemas.Tests.Values;

/// <summary>Draws the four lists of an event.</summary>
public static class ListValues
{
    public static int Write(Tape tape, Span<byte> destination)
    {
        ListsWriter writer = new(destination);
        for (int left = Few(tape); left > 0; left--)
            Assert.True(AddExtension(tape, ref writer));
        for (int left = Few(tape); left > 0; left--)
            Assert.True(writer.TryAdd(new NdOption { Option = tape.U8(), Length = tape.U16(), Data = tape.Bytes(NdOption.MaxDataBytes) }));
        for (int left = Few(tape); left > 0; left--)
            Assert.True(AddRecord(tape, ref writer));
        for (int left = Few(tape); left > 0; left--)
            Assert.True(writer.TryAdd(new RouterAddress(tape.Address(), tape.Int())));
        return writer.Finish();
    }

    /// <summary>Mostly none or a few; now and then more than one block of 63.</summary>
    private static int Few(Tape tape) => tape.Byte() switch { < 120 => 0, < 250 => tape.UpTo(3), _ => 64 };

    private static bool AddExtension(Tape tape, ref ListsWriter writer)
    {
        ExtensionObject item = new()
        {
            Class = tape.U8(),
            CType = tape.U8(),
            Length = tape.U16(),
            Labels = MplsLabels.FromWire(tape.Bytes(12)),
            InterfaceIndex = tape.Flag() ? tape.U32() : null,
            InterfaceAddress = tape.OptionalAddress(),
            HasInterfaceName = tape.Flag(),
            InterfaceName = Encoding.UTF8.GetBytes(tape.Text(6)),
            Mtu = tape.Flag() ? tape.U32() : null,
            Data = tape.Bytes(ExtensionObject.MaxDataBytes),
        };
        return writer.TryAdd(item);
    }

    private static bool AddRecord(Tape tape, ref ListsWriter writer)
    {
        byte[] sources = new byte[Address.Size * tape.UpTo(3)];
        tape.Bytes(sources.Length).CopyTo(sources, 0);
        MulticastRecord item = new()
        {
            RecordType = tape.U8(),
            Address = tape.Address(),
            Sources = AddressList.FromWire(sources),
        };
        return writer.TryAdd(item);
    }
}
