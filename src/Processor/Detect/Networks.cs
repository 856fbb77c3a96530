using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Which networks are inside, and which addresses reach many hosts at once.</summary>
public sealed record Networks
{
    private static readonly string[] Private =
    [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // RFC 1918
        "100.64.0.0/10", // RFC 6598
        "169.254.0.0/16", // RFC 3927
        "fc00::/7", // RFC 4193
        "fe80::/10", // RFC 4291
    ];

    private static readonly Prefix Multicast6 = Parse("ff00::/8");

    // 224.0.0.0/4.
    private const uint Multicast4 = 0xE000_0000, Multicast4Mask = 0xF000_0000;

    /// <summary>Networks that are inside: private and link-local ones by default (RFC 1918, 6598, 3927, 4193, 4291).</summary>
    public IReadOnlyList<Prefix> Home { get; init; } = [.. Private.Select(text => Parse(text))];

    /// <summary>True where <see cref="Home"/> was given: its broadcast addresses are then those of the listed networks.</summary>
    public bool IsListed { get; init; }

    /// <summary>Routers known beforehand.</summary>
    public IReadOnlyList<Address> Routers { get; init; } = [];

    /// <summary>True for an address inside.</summary>
    public bool IsHome(Address address)
    {
        for (int i = 0; i < Home.Count; i++)
        {
            if (Home[i].Contains(address))
                return true;
        }

        return false;
    }

    /// <summary>
    /// True for multicast and limited broadcast, for the broadcast and network addresses of listed IPv4 networks, and, where no list
    /// covers the address, for the last and first address of a /24.
    /// </summary>
    public bool ReachesMany(Address address)
    {
        if (!address.IsIpv4)
            return Multicast6.Contains(address);
        if (address.Ipv4 == uint.MaxValue || (address.Ipv4 & Multicast4Mask) == Multicast4)
            return true;
        if (IsListed)
        {
            for (int i = 0; i < Home.Count; i++)
            {
                Prefix prefix = Home[i];
                if (prefix.First.IsIpv4 && prefix.Length <= 30 && prefix.Contains(address))
                    return address == prefix.First || address.Ipv4 == (prefix.First.Ipv4 | (uint.MaxValue >> prefix.Length));
            }
        }

        return (address.Ipv4 & 0xFF) is 0 or 0xFF;
    }

    private static Prefix Parse(string text) =>
        Prefix.TryParse(text, out Prefix prefix) ? prefix : throw new FormatException(text);
}
