using System.Text;

namespace IcmpStream.Cli.Output;

/// <summary>
/// Type and code in the words of Tracee's <c>typeCode</c>: <c>EchoRequest</c>, <c>DestinationUnreachable(Port)</c>,
/// <c>TimeExceeded(Code: 7)</c>, or <c>42(0)</c> for a type without a name there.
/// </summary>
internal static class TraceeTypeCode
{
    private static readonly (byte[] Type, byte[][] Codes)[] Icmpv4 = Table(
        "0 EchoReply",
        "3 DestinationUnreachable Net Host Protocol Port FragmentationNeeded SourceRoutingFailed NetUnknown HostUnknown SourceIsolated "
            + "NetAdminProhibited HostAdminProhibited NetTOS HostTOS CommAdminProhibited HostPrecedence PrecedenceCutoff",
        "4 SourceQuench",
        "5 Redirect Net Host TOS+Net TOS+Host",
        "8 EchoRequest",
        "9 RouterAdvertisement",
        "10 RouterSolicitation",
        "11 TimeExceeded TTLExceeded FragmentReassemblyTimeExceeded",
        "12 ParameterProblem PointerIndicatesError MissingOption BadLength",
        "13 TimestampRequest",
        "14 TimestampReply",
        "15 InfoRequest",
        "16 InfoReply",
        "17 AddressMaskRequest",
        "18 AddressMaskReply");

    private static readonly (byte[] Type, byte[][] Codes)[] Icmpv6 = Table(
        "1 DestinationUnreachable NoRouteToDst AdminProhibited BeyondScopeOfSrc AddressUnreachable PortUnreachable SrcAddressFailedPolicy "
            + "RejectRouteToDst",
        "2 PacketTooBig",
        "3 TimeExceeded HopLimitExceeded FragmentReassemblyTimeExceeded",
        "4 ParameterProblem ErroneousHeaderField UnrecognizedNextHeader UnrecognizedIPv6Option",
        "128 EchoRequest",
        "129 EchoReply",
        "133 RouterSolicitation",
        "134 RouterAdvertisement",
        "135 NeighborSolicitation",
        "136 NeighborAdvertisement",
        "137 Redirect");

    /// <summary>Writes it.</summary>
    public static void Write(ByteSink sink, byte ipVersion, byte type, byte code)
    {
        (byte[] name, byte[][] codes) = (ipVersion == 4 ? Icmpv4 : Icmpv6)[type];
        if (name.Length == 0)
        {
            sink.Write(type);
            sink.WriteByte((byte)'(');
            sink.Write(code);
            sink.WriteByte((byte)')');
            return;
        }

        sink.Write(name);
        if (code < codes.Length)
        {
            sink.WriteByte((byte)'(');
            sink.Write(codes[code]);
            sink.WriteByte((byte)')');
        }
        else if (code != 0 || codes.Length > 0)
        {
            sink.Write("(Code: "u8);
            sink.Write(code);
            sink.WriteByte((byte)')');
        }
    }

    private static (byte[] Type, byte[][] Codes)[] Table(params string[] rows)
    {
        var table = new (byte[] Type, byte[][] Codes)[256];
        Array.Fill(table, ([], []));
        foreach (string row in rows)
        {
            string[] words = row.Split(' ');
            table[int.Parse(words[0])] = (Encoding.UTF8.GetBytes(words[1]), Array.ConvertAll(words[2..], Encoding.UTF8.GetBytes));
        }

        return table;
    }
}
