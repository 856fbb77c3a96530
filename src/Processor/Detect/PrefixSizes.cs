using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>The two sizes of network that are counted: what one link has, and what one site has.</summary>
internal static class PrefixSizes
{
    /// <summary>First address of the /24, or of the IPv6 /64.</summary>
    public static Address Small(Address address) =>
        address.IsIpv4 ? Address.FromIpv4(address.Ipv4 & 0xFFFF_FF00) : new Address(address.High, 0);

    /// <summary>First address of the /16, or of the IPv6 /48.</summary>
    public static Address Large(Address address) =>
        address.IsIpv4 ? Address.FromIpv4(address.Ipv4 & 0xFFFF_0000) : new Address(address.High & ~0xFFFFUL, 0);

    /// <summary>The network that a mark of a kind is about.</summary>
    public static Prefix Of(MarkKind kind, Address first) =>
        Prefix.Of(first, kind == MarkKind.PrefixSmall ? first.IsIpv4 ? 24 : 64 : first.IsIpv4 ? 16 : 48);
}
