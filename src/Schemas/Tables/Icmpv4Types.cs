using static IcmpStream.Schemas.Tables.IcmpTypeUse;

namespace IcmpStream.Schemas.Tables;

/// <summary>
/// IANA "ICMP Type Numbers" and "Code Fields" of ICMPv4 (https://www.iana.org/assignments/icmp-parameters). Sizes are those of the
/// defining RFC: 792 (0 to 16), 950 (17, 18), 1256 (9, 10), 1393 (30), 1475 (31), 1788 (37, 38), 2521 (40), 8335 (42, 43).
/// </summary>
internal static class Icmpv4Types
{
    private const string NoCode = "No Code";
    private const string Robustness = "Reserved (for Robustness Experiment)";

    public static readonly IcmpType[] All =
    [
        new(0, "Echo Reply", 8, Listed, NoCode),
        new(3, "Destination Unreachable", 8, Listed,
            "Net Unreachable",
            "Host Unreachable",
            "Protocol Unreachable",
            "Port Unreachable",
            "Fragmentation Needed and Don't Fragment was Set",
            "Source Route Failed",
            "Destination Network Unknown",
            "Destination Host Unknown",
            "Source Host Isolated",
            "Communication with Destination Network is Administratively Prohibited",
            "Communication with Destination Host is Administratively Prohibited",
            "Destination Network Unreachable for Type of Service",
            "Destination Host Unreachable for Type of Service",
            "Communication Administratively Prohibited",
            "Host Precedence Violation",
            "Precedence cutoff in effect"),
        new(4, "Source Quench (Deprecated)", 8, Listed, NoCode),
        new(5, "Redirect", 8, Listed,
            "Redirect Datagram for the Network (or subnet)",
            "Redirect Datagram for the Host",
            "Redirect Datagram for the Type of Service and Network",
            "Redirect Datagram for the Type of Service and Host"),
        new(6, "Alternate Host Address (Deprecated)", 8, Listed, "Alternate Address for Host"),
        new(8, "Echo", 8, Listed, NoCode),
        new(9, "Router Advertisement", 8, Listed, [
            "Normal router advertisement", .. Missing(15), "Does not route common traffic"]),
        new(10, "Router Solicitation", 8, Listed, NoCode),
        new(11, "Time Exceeded", 8, Listed,
            "Time to Live exceeded in Transit",
            "Fragment Reassembly Time Exceeded"),
        new(12, "Parameter Problem", 8, Listed,
            "Pointer indicates the error",
            "Missing a Required Option",
            "Bad Length"),
        new(13, "Timestamp", 20, Listed, NoCode),
        new(14, "Timestamp Reply", 20, Listed, NoCode),
        new(15, "Information Request (Deprecated)", 8, Listed, NoCode),
        new(16, "Information Reply (Deprecated)", 8, Listed, NoCode),
        new(17, "Address Mask Request (Deprecated)", 12, Listed, NoCode),
        new(18, "Address Mask Reply (Deprecated)", 12, Listed, NoCode),
        new(19, "Reserved (for Security)", 4, Reserved),
        new(20, Robustness, 4, Reserved),
        new(21, Robustness, 4, Reserved),
        new(22, Robustness, 4, Reserved),
        new(23, Robustness, 4, Reserved),
        new(24, Robustness, 4, Reserved),
        new(25, Robustness, 4, Reserved),
        new(26, Robustness, 4, Reserved),
        new(27, Robustness, 4, Reserved),
        new(28, Robustness, 4, Reserved),
        new(29, Robustness, 4, Reserved),
        new(30, "Traceroute (Deprecated)", 20, AnyCode),
        new(31, "Datagram Conversion Error (Deprecated)", 8, AnyCode),
        new(32, "Mobile Host Redirect (Deprecated)", 8, AnyCode),
        new(33, "IPv6 Where-Are-You (Deprecated)", 8, AnyCode),
        new(34, "IPv6 I-Am-Here (Deprecated)", 8, AnyCode),
        new(35, "Mobile Registration Request (Deprecated)", 8, AnyCode),
        new(36, "Mobile Registration Reply (Deprecated)", 8, AnyCode),
        new(37, "Domain Name Request (Deprecated)", 8, AnyCode),
        new(38, "Domain Name Reply (Deprecated)", 12, AnyCode),
        new(39, "SKIP (Deprecated)", 8, AnyCode),
        new(40, "Photuris", 8, Listed,
            "Bad SPI",
            "Authentication Failed",
            "Decompression Failed",
            "Decryption Failed",
            "Need Authentication",
            "Need Authorization"),
        new(41, "ICMP messages utilized by experimental mobility protocols such as Seamoby", 8, AnyCode),
        new(42, "Extended Echo Request", 8, Listed, "No Error"),
        new(43, "Extended Echo Reply", 8, Listed,
            "No Error",
            "Malformed Query",
            "No Such Interface",
            "No Such Table Entry",
            "Multiple Interfaces Satisfy Query"),
        new(253, "RFC3692-style Experiment 1", 4, AnyCode),
        new(254, "RFC3692-style Experiment 2", 4, AnyCode),
        new(255, "Reserved", 4, Reserved),
    ];

    private static string?[] Missing(int count) => new string?[count];
}
