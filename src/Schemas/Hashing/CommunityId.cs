using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace IcmpStream.Schemas;

/// <summary>
/// Community ID of an ICMP flow, version 1 of the specification by Corelight, seed 0: the same text as Zeek, Suricata and Packetbeat
/// give it. Type and counter type stand for ports; types without a counterpart are one-way, with the code for the other port.
/// </summary>
public static class CommunityId
{
    private const byte Icmp = 1, Icmpv6 = 58;

    /// <summary>The id of a message's flow.</summary>
    public static string Of(Address source, Address destination, byte type, byte code)
    {
        bool isIpv4 = source.IsIpv4 && destination.IsIpv4;
        int counter = isIpv4 ? CounterType4(type) : CounterType6(type);
        (ushort sourcePort, ushort destinationPort) = ((ushort)type, (ushort)(counter < 0 ? code : counter));
        int order = source.CompareTo(destination);
        bool isSwapped = counter >= 0 && (order > 0 || (order == 0 && sourcePort > destinationPort));
        if (isSwapped)
            (source, destination, sourcePort, destinationPort) = (destination, source, destinationPort, sourcePort);
        Span<byte> input = stackalloc byte[2 + (2 * Address.Size) + 2 + 4];
        int length = 2;
        length += Write(source, isIpv4, input[length..]);
        length += Write(destination, isIpv4, input[length..]);
        input[length++] = isIpv4 ? Icmp : Icmpv6;
        input[length++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(input[length..], sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(input[(length + 2)..], destinationPort);
        return "1:" + Hash(input[..(length + 4)]);
    }

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The specification says SHA-1; nothing is protected by it.")]
    private static string Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input, hash);
        return Convert.ToBase64String(hash);
    }

    private static int Write(Address address, bool isIpv4, Span<byte> into)
    {
        if (isIpv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(into, address.Ipv4);
            return sizeof(uint);
        }

        address.Write(into);
        return Address.Size;
    }

    private static int CounterType4(byte type) => type switch
    {
        0 => 8,
        8 => 0,
        9 => 10,
        10 => 9,
        13 => 14,
        14 => 13,
        15 => 16,
        16 => 15,
        17 => 18,
        18 => 17,
        _ => -1,
    };

    private static int CounterType6(byte type) => type switch
    {
        128 => 129,
        129 => 128,
        130 => 131,
        131 => 130,
        133 => 134,
        134 => 133,
        135 => 136,
        136 => 135,
        139 => 140,
        140 => 139,
        144 => 145,
        145 => 144,
        _ => -1,
    };
}
