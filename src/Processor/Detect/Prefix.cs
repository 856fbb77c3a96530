using System.Globalization;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>A network: the first bits of its addresses. IPv4 prefixes count their bits as in CIDR notation, 0 to 32.</summary>
public readonly record struct Prefix
{
    private const int MappedBits = 96;

    private Prefix(Address first, int mappedLength) => (First, MappedLength) = (first, mappedLength);

    /// <summary>The first address of the network.</summary>
    public Address First { get; }

    private int MappedLength { get; }

    /// <summary>Bits of the prefix, as written behind the slash.</summary>
    public int Length => First.IsIpv4 ? MappedLength - MappedBits : MappedLength;

    /// <summary>The network of an address with a prefix of so many bits.</summary>
    public static Prefix Of(Address address, int length)
    {
        int mapped = address.IsIpv4 ? length + MappedBits : length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)mapped, 128u, nameof(length));
        return new Prefix(Mask(address, mapped), mapped);
    }

    /// <summary>Reads <c>192.0.2.0/24</c>, <c>2001:db8::/32</c>, or an address, which is a network of one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Prefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (!Address.TryParse(slash < 0 ? text : text[..slash], out Address address))
            return false;
        int most = address.IsIpv4 ? 32 : 128;
        int length = most;
        if (slash >= 0 && !(int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= most))
            return false;
        prefix = Of(address, length);
        return prefix.First == address;
    }

    /// <summary>True for an address of the network.</summary>
    public bool Contains(Address address) => address.IsIpv4 == First.IsIpv4 && Mask(address, MappedLength) == First;

    /// <summary>CIDR notation.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}/{Length}");

    private static Address Mask(Address address, int bits)
    {
        ulong high = bits >= 64 ? ulong.MaxValue : bits == 0 ? 0 : ulong.MaxValue << (64 - bits);
        ulong low = bits <= 64 ? 0 : ulong.MaxValue << (128 - bits);
        return new Address(address.High & high, address.Low & low);
    }
}
