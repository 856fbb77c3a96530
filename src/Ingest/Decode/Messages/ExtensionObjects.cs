using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Objects of an RFC 4884 extension: MPLS label stack (RFC 4950 section 3), interface information (RFC 5837 section 4), interface
/// identification (RFC 8335 section 2.1).
/// </summary>
internal static class ExtensionObjects
{
    private const byte MplsClass = 1;
    private const byte InformationClass = 2;
    private const byte IdentificationClass = 3;

    private const int HeaderBytes = 4;
    private const int NumberBytes = 4;
    private const int AddressHeaderBytes = 4;

    // RFC 5837 section 4.1: bits of the C-Type say which parts follow, in this order.
    private const byte HasIndex = 0x08;
    private const byte HasAddress = 0x04;
    private const byte HasName = 0x02;
    private const byte HasMtu = 0x01;

    // RFC 8335 section 2.1: the C-Type says by what the interface is named.
    private const byte ByName = 1;
    private const byte ByIndex = 2;
    private const byte ByAddress = 3;

    // IANA "Address Family Numbers".
    private const ushort Ipv4Family = 1;
    private const ushort Ipv6Family = 2;

    /// <summary>
    /// Reads what was captured of an object; false where it does not hold what its type promises.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> captured, ushort length, out ExtensionObject read)
    {
        byte number = captured[2], type = captured[3];
        ReadOnlySpan<byte> body = captured[HeaderBytes..];
        switch (number)
        {
            case MplsClass:
                read = new ExtensionObject { Class = number, CType = type, Length = length, Labels = MplsLabels.FromWire(body) };
                return body.Length % NumberBytes == 0 && !body.IsEmpty;
            case InformationClass:
                return TryReadInformation(body, type, length, out read);
            case IdentificationClass:
                return TryReadIdentification(body, type, length, out read);
            default:
                read = new ExtensionObject { Class = number, CType = type, Length = length, Data = body };
                return true;
        }
    }

    private static bool TryReadInformation(ReadOnlySpan<byte> body, byte type, ushort length, out ExtensionObject read)
    {
        uint? index = null, mtu = null;
        Address? address = null;
        ReadOnlySpan<byte> name = default;
        bool isNamed = false, isWhole = true;
        if ((type & HasIndex) != 0)
            isWhole = TryTakeNumber(ref body, out index);
        if (isWhole && (type & HasAddress) != 0)
            isWhole = TryTakeAddress(ref body, out address);
        if (isWhole && (type & HasName) != 0)
            isWhole = isNamed = TryTakeName(ref body, out name);
        if (isWhole && (type & HasMtu) != 0)
            isWhole = TryTakeNumber(ref body, out mtu);
        read = new ExtensionObject
        {
            Class = InformationClass,
            CType = type,
            Length = length,
            InterfaceIndex = index,
            InterfaceAddress = address,
            HasInterfaceName = isNamed,
            InterfaceName = name,
            Mtu = mtu,
        };
        return isWhole;
    }

    private static bool TryReadIdentification(ReadOnlySpan<byte> body, byte type, ushort length, out ExtensionObject read)
    {
        uint? index = null;
        Address? address = null;
        ReadOnlySpan<byte> name = default;
        bool isWhole = type switch
        {
            ByName => true,
            ByIndex => TryTakeNumber(ref body, out index),
            ByAddress => TryReadLengthAddress(body, out address),
            _ => false,
        };
        if (type == ByName)
            name = body.TrimEnd((byte)0);
        read = new ExtensionObject
        {
            Class = IdentificationClass,
            CType = type,
            Length = length,
            InterfaceIndex = index,
            InterfaceAddress = address,
            HasInterfaceName = type == ByName,
            InterfaceName = name,
        };
        return isWhole;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> body, out uint? number)
    {
        number = null;
        if (body.Length < NumberBytes)
            return false;
        number = BinaryPrimitives.ReadUInt32BigEndian(body);
        body = body[NumberBytes..];
        return true;
    }

    // RFC 5837 section 4.2: family, reserved, address.
    private static bool TryTakeAddress(ref ReadOnlySpan<byte> body, out Address? address)
    {
        address = null;
        if (body.Length < AddressHeaderBytes)
            return false;
        ushort family = BinaryPrimitives.ReadUInt16BigEndian(body);
        body = body[AddressHeaderBytes..];
        switch (family)
        {
            case Ipv4Family when body.Length >= NumberBytes:
                address = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(body));
                body = body[NumberBytes..];
                return true;
            case Ipv6Family when body.Length >= Address.Size:
                address = Address.Read(body);
                body = body[Address.Size..];
                return true;
            default:
                return false;
        }
    }

    // RFC 5837 section 4.3: one byte of length, itself included, then the name, padded with zeros.
    private static bool TryTakeName(scoped ref ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (body.IsEmpty || body[0] == 0 || body[0] > body.Length)
            return false;
        name = body[1..body[0]].TrimEnd((byte)0);
        body = body[body[0]..];
        return true;
    }

    // RFC 8335 section 2.1: family, length of the address, reserved, address.
    private static bool TryReadLengthAddress(ReadOnlySpan<byte> body, out Address? address)
    {
        address = null;
        if (body.Length < AddressHeaderBytes)
            return false;
        ushort family = BinaryPrimitives.ReadUInt16BigEndian(body);
        int bytes = body[2];
        body = body[AddressHeaderBytes..];
        if (bytes > body.Length)
            return false;

        // A MAC address and other families are legal, but no IP address.
        address = (family, bytes) switch
        {
            (Ipv4Family, NumberBytes) => Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(body)),
            (Ipv6Family, Address.Size) => Address.Read(body),
            _ => null,
        };
        return family is not (Ipv4Family or Ipv6Family) || address is not null;
    }
}
