using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Publish;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Ingest;

/// <summary>One rule of <c>--rewrite FROM=TO</c>: addresses of one network become those of another of the same size, host by host.</summary>
/// <param name="From">The network, its host bits 0.</param>
/// <param name="To">The network that it becomes, its host bits 0.</param>
/// <param name="HostMask">1 where an address keeps its own bits.</param>
internal readonly record struct AddressRewrite(Address From, Address To, Address HostMask)
{
    /// <summary>An IPv4 address is the last 32 bits of its mapped form.</summary>
    private const int MappedBits = 96;

    /// <summary>Reads one, as <c>192.0.2.0/24=10.9.0.0/24</c> or <c>192.0.2.1=10.9.0.1</c>.</summary>
    public static ValueKind<AddressRewrite> Values { get; } =
        new("of the form NETWORK=NETWORK, as 192.0.2.0/24=10.9.0.0/24, both of one family and size and with host bits 0", TryParse);

    /// <summary>Changes an address that is in the network.</summary>
    /// <returns>False where it is not.</returns>
    public bool TryApply(ref Address address)
    {
        if ((address.High & ~HostMask.High) != From.High || (address.Low & ~HostMask.Low) != From.Low)
            return false;
        address = new Address(To.High | (address.High & HostMask.High), To.Low | (address.Low & HostMask.Low));
        return true;
    }

    private static bool TryParse(string text, [MaybeNullWhen(false)] out AddressRewrite rewrite)
    {
        rewrite = default;
        string[] halves = text.Split('=');
        if (halves.Length != 2 || !TryNetwork(halves[0], out Address from, out int fromBits) || !TryNetwork(halves[1], out Address to, out int toBits))
            return false;
        Address mask = HostMaskOf(fromBits);
        rewrite = new AddressRewrite(from, to, mask);
        return fromBits == toBits && from.IsIpv4 == to.IsIpv4 && Host(from, mask) == default && Host(to, mask) == default;
    }

    private static bool TryNetwork(string text, out Address address, out int bits)
    {
        string[] parts = text.Split('/');
        bits = 128;
        if (!Address.TryParse(parts[0], out address) || parts.Length > 2)
            return false;
        if (parts.Length == 1)
            return true;
        int most = address.IsIpv4 ? 32 : 128;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > most)
            return false;
        bits = address.IsIpv4 ? MappedBits + length : length;
        return true;
    }

    private static Address HostMaskOf(int bits) => new(bits >= 64 ? 0 : ulong.MaxValue >> bits, bits >= 128 ? 0 : bits <= 64 ? ulong.MaxValue : ulong.MaxValue >> (bits - 64));

    private static Address Host(Address address, Address mask) => new(address.High & mask.High, address.Low & mask.Low);
}

/// <summary>
/// Rewrites addresses on their way into the log: of the message, of the datagram it quotes, of the tunnel around it, of neighbor discovery. Keys
/// and partitions are made behind it, from the new ones. Addresses inside options and extension objects stay.
/// </summary>
/// <param name="inner">Where the events go on to.</param>
/// <param name="rules">The first that fits an address changes it.</param>
internal sealed class RewritingSink(IEventSink inner, IReadOnlyList<AddressRewrite> rules) : IEventSink
{
    public void Accept(in BatchEnvelope batch, EventBuffer events)
    {
        foreach (ref IcmpEvent e in events.Events)
        {
            Rewrite(ref e.Source);
            Rewrite(ref e.Destination);
        }

        foreach (ref IcmpEventDetail detail in events.Details)
        {
            Rewrite(ref detail.QuotedSource);
            Rewrite(ref detail.QuotedDestination);
            Rewrite(ref detail.OuterSource);
            Rewrite(ref detail.OuterDestination);
            Rewrite(ref detail.Target);
            Rewrite(ref detail.Redirected);
        }

        inner.Accept(batch, events);
    }

    private void Rewrite(ref Address address)
    {
        foreach (AddressRewrite rule in rules)
        {
            if (rule.TryApply(ref address))
                return;
        }
    }
}
