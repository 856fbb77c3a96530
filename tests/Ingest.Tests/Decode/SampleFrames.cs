using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>One frame of every kind that the other tests look at closely, with its link type.</summary>
internal static class SampleFrames
{
    public static IReadOnlyList<(ushort LinkType, byte[] Bytes)> All { get; } = [.. Make()];

    private static IEnumerable<(ushort LinkType, byte[] Bytes)> Make()
    {
        foreach (var row in LinkTests.Links)
            yield return (row.Data.Item2, [.. Convert.FromHexString(row.Data.Item3.Replace(" ", "", StringComparison.Ordinal)), .. Ping4(1, 2, Iputils())]);
        foreach (var row in TunnelTests.Tunnels)
            yield return (1, Ethernet(row.Data.Item2));
        foreach (var row in PayloadTests.Families)
            yield return (1, Ethernet(Ping4(1, 2, row.Data.Item2)));
        foreach (var row in PayloadTests.Tools)
            yield return (1, Ethernet(Ping6(row.Data.Item3, row.Data.Item4, row.Data.Item2)));
        byte[] extension = Extension(
            ExtensionObject(1, 1, [1, 2, 3, 4, 5, 6, 7, 8]),
            ExtensionObject(2, 0x0F, [0, 0, 0, 9, 0, 1, 0, 0, 10, 0, 0, 1, 8, .. "eth0"u8, 0, 0, 0, 0, 0, 5, 0xDC]),
            ExtensionObject(3, 3, [0, 1, 4, 0, 10, 0, 0, 1]));
        for (int type = 0; type < 256; type++)
        {
            byte[] body = type switch
            {
                3 or 11 or 12 => [.. Pad(Ping4(), 128), .. extension],
                42 => extension,
                9 => [10, 0, 0, 1, 0, 0, 0, 0, 10, 0, 0, 2, 0, 0, 0, 0],
                _ => Ipv4(Udp(1, 2), protocol: 17),
            };
            if (Schemas.Tables.IcmpTypes.IsRegistered(4, (byte)type))
                yield return (1, Ethernet(Vlan(5, Ipv4(Icmpv4((byte)type, 0, type == 9 ? 0x0202_0000 : 32U << 16, body), options: [1, 1, 1, 0])), VlanType));
            byte[] body6 = type switch
            {
                1 or 3 => [.. Pad(Ping6(), 128), .. extension],
                2 or 4 => Ipv6([17, 0, 1, 4, 0, 0, 0, 0, .. Udp(1, 2)], next: 60),
                134 => [.. new byte[8], 1, 1, 1, 2, 3, 4, 5, 6, 5, 1, 0, 0, 0, 0, 5, 0xDC],
                137 => [.. new byte[32], 4, 7, .. new byte[6], .. Pad(Ping6(), 48)],
                143 => [4, 1, 0, 1, .. new byte[32], 1, 2, 3, 4],
                160 => extension,
                _ => [.. new byte[16], 1, 1, 0, 0, 0, 0, 0, 0],
            };
            if (Schemas.Tables.IcmpTypes.IsRegistered(6, (byte)type))
                yield return (1, Ethernet(Ipv6([58, 0, 5, 2, 0, 0, 0, 0, .. Icmpv6((byte)type, 0, type is 1 or 3 ? 16U << 24 : 1, body6)], next: 0, hopLimit: 255)));
        }
    }
}
