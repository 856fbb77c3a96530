using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IcmpStream.Schemas;

/// <summary>
/// An IPv6 address, or an IPv4 address in its mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2): 16 bytes, held as two
/// numbers in the order of the wire, so that comparing numbers compares addresses.
/// </summary>
/// <param name="High">The first eight bytes, read big-endian.</param>
/// <param name="Low">The last eight bytes, read big-endian.</param>
public readonly record struct Address(ulong High, ulong Low) : IComparable<Address>
{
    /// <summary>Size on the wire and in Avro, in bytes.</summary>
    public const int Size = 16;

    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>True for an IPv4 address in its mapped form.</summary>
    public bool IsIpv4 => High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>The IPv4 address as a number, meaningful where <see cref="IsIpv4"/> holds.</summary>
    public uint Ipv4 => (uint)Low;

    /// <summary>The mapped form of an IPv4 address given as a number (192.0.2.1 is 0xC0000201).</summary>
    public static Address FromIpv4(uint address) => new(0, MappedPrefix | address);

    /// <summary>Reads 16 bytes in wire order. Throws <see cref="ArgumentOutOfRangeException"/> on fewer.</summary>
    public static Address Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>Writes 16 bytes in wire order. Throws <see cref="ArgumentOutOfRangeException"/> on a shorter destination.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>
    /// Parses IPv4 of four decimal numbers without leading zeros, or IPv6 text without zone, brackets or port; IPv4 becomes
    /// mapped. False on anything else: of what the base class library reads as an address, 010.1 is 8.0.0.1.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        if (text.ContainsAny("[]%/") || !IPAddress.TryParse(text, out IPAddress? parsed))
            return false;
        Span<byte> bytes = stackalloc byte[Size];
        parsed.MapToIPv6().TryWriteBytes(bytes, out _);
        Address read = Read(bytes);
        Span<char> again = stackalloc char[MaxTextLength];
        if (parsed.AddressFamily == AddressFamily.InterNetwork && !(read.TryFormat(again, out int length) && text.SequenceEqual(again[..length])))
            return false;
        address = read;
        return true;
    }

    /// <summary>Numeric order of the 128 bits.</summary>
    public int CompareTo(Address other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>Order of the 128 bits.</summary>
    public static bool operator <(Address left, Address right) => left.High != right.High ? left.High < right.High : left.Low < right.Low;

    /// <summary>Order of the 128 bits.</summary>
    public static bool operator >(Address left, Address right) => right < left;

    /// <summary>Order of the 128 bits.</summary>
    public static bool operator <=(Address left, Address right) => !(right < left);

    /// <summary>Order of the 128 bits.</summary>
    public static bool operator >=(Address left, Address right) => !(left < right);

    /// <summary>The longest text form: 8 groups of four digits and 7 colons.</summary>
    public const int MaxTextLength = 45;

    /// <summary>Writes dotted IPv4, or RFC 5952 text. False where <paramref name="destination"/> is too short.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        if (IsIpv4)
            return FormatIpv4(destination, out charsWritten);
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return AddressText.TryFormatIpv6(bytes, destination, out charsWritten);
    }

    /// <summary>Dotted IPv4, or RFC 5952 text.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        TryFormat(text, out int length);
        return new string(text[..length]);
    }

    /// <summary>By hand, because an interpolated string boxes each number.</summary>
    private bool FormatIpv4(Span<char> destination, out int charsWritten)
    {
        charsWritten = 0;
        int written = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            if (!((byte)(Low >> shift)).TryFormat(destination[written..], out int digits))
                return false;
            written += digits;
            if (shift == 0)
                break;
            if (written == destination.Length)
                return false;
            destination[written++] = '.';
        }

        charsWritten = written;
        return true;
    }
}
