using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IPv6 extension headers (RFC 8200 section 4; mobility RFC 6275, HIP RFC 7401, shim6 RFC 5533; AH RFC 4302).</summary>
internal static class Ipv6Extensions
{
    /// <summary>
    /// More than any sender needs: RFC 8200 section 4.1 knows seven kinds, one of them twice; RFC 9098 reports that routers give
    /// up sooner. Beyond it the chain is an attack or noise.
    /// </summary>
    public const int MaxHeaders = 32;

    private const int UnitBytes = 8;
    private const int AddressOffsetInRouting = 8;

    /// <summary>Moves the walk over the chain; <paramref name="nextHeader"/> becomes the upper-layer protocol.</summary>
    public static bool TryRead(ref PacketWalk walk, ref byte nextHeader)
    {
        for (int count = 0; count <= MaxHeaders; count++)
        {
            if (!IsExtension(nextHeader))
                return true;
            if (count == MaxHeaders)
                break;
            if (walk.Captured < UnitBytes)
                return Fail(ref walk, DecodeOutcome.ExtensionHeaderMalformed);
            ReadOnlySpan<byte> rest = walk.Rest;
            int bytes = nextHeader == IpProtocols.Fragment ? UnitBytes : (rest[1] + 1) * UnitBytes;
            if (bytes > rest.Length)
                return Fail(ref walk, DecodeOutcome.ExtensionHeaderMalformed);
            ReadOnlySpan<byte> header = rest[..bytes];
            byte kind = nextHeader;
            nextHeader = header[0];
            walk.Skip(bytes);
            walk.Ip.MessageBytes -= Math.Min(walk.Ip.MessageBytes, (uint)bytes);
            switch (kind)
            {
                case IpProtocols.Fragment:
                    if (!ReadFragment(ref walk, header))
                        return false;
                    break;
                case IpProtocols.Routing:
                    ReadRouting(ref walk, header);
                    break;
                case IpProtocols.DestinationOptions:
                    ReadHomeAddress(ref walk, header);
                    break;
                default:
                    break;
            }
        }

        return Fail(ref walk, DecodeOutcome.ExtensionHeaderDepth);
    }

    /// <summary>True for headers of the common form: next header, length in units of 8 bytes without the first.</summary>
    public static bool IsExtension(byte nextHeader) => nextHeader is IpProtocols.HopByHop or IpProtocols.Routing or IpProtocols.Fragment
        or IpProtocols.DestinationOptions or IpProtocols.Mobility or IpProtocols.Hip or IpProtocols.Shim6;

    // RFC 8200 section 4.5. A fragment that is the whole datagram ("atomic", RFC 6946) is no fragment.
    private static bool ReadFragment(ref PacketWalk walk, ReadOnlySpan<byte> header)
    {
        ushort field = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        ref IpHeader ip = ref walk.Ip;
        ip.FragmentOffset = (ushort)(field >> 3);
        ip.MoreFragments = (field & 1) != 0;
        ip.Id = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        walk.Fragmented |= ip.MoreFragments;

        // Of the headers before this one the datagram keeps all but the fixed one in its length (RFC 8200 section 4.5).
        long bytesBefore = (long)ip.Bytes - Ipv6Layer.HeaderBytes - UnitBytes - ip.MessageBytes;
        walk.Fragment = new FragmentField(
            walk.Offset, (int)Math.Min(ip.MessageBytes, ushort.MaxValue), (int)Math.Clamp(bytesBefore, 0, ushort.MaxValue), header[0]);
        return ip.FragmentOffset == 0 || Fail(ref walk, DecodeOutcome.FragmentLater);
    }

    // The checksum covers the final destination (RFC 8200 section 8.1), which a routing header with segments left still holds:
    // the last address of type 0 (RFC 2460 section 4.4) and type 2 (RFC 6275 section 6.4), the first of the reversed list of
    // type 4 (RFC 8754 section 2), and the last of type 3, whose addresses leave out what they share (RFC 6554 section 3).
    private static void ReadRouting(ref PacketWalk walk, ReadOnlySpan<byte> header)
    {
        byte type = header[2], segmentsLeft = header[3];
        int addresses = (header.Length - AddressOffsetInRouting) / Address.Size;
        if (segmentsLeft == 0)
            return;
        switch (type)
        {
            case 0 or 2 when addresses > 0:
                walk.Ip.PseudoDestination = Address.Read(header[(AddressOffsetInRouting + ((addresses - 1) * Address.Size))..]);
                break;
            case 4 when addresses > 0:
                walk.Ip.PseudoDestination = Address.Read(header[AddressOffsetInRouting..]);
                break;
            case 3:
                ReadCompressedRoute(ref walk, header);
                break;
            default:
                break;
        }
    }

    private static void ReadCompressedRoute(ref PacketWalk walk, ReadOnlySpan<byte> header)
    {
        int elided = header[4] & 0x0F;
        int padding = header[5] >> 4;
        int lastBytes = Address.Size - elided;
        int start = header.Length - padding - lastBytes;
        if (start < AddressOffsetInRouting)
            return;
        Span<byte> last = stackalloc byte[Address.Size];
        walk.Ip.Destination.Write(last);
        header.Slice(start, lastBytes).CopyTo(last[elided..]);
        walk.Ip.PseudoDestination = Address.Read(last);
    }

    /// <summary>
    /// Finds the jumbo payload option (RFC 2675 section 2) in a hop-by-hop header that follows a payload length of zero.
    /// </summary>
    public static bool TryReadJumbo(ReadOnlySpan<byte> rest, out uint bytes)
    {
        const byte Pad1 = 0, Jumbo = 0xC2;
        const int LengthBytes = 4;
        bytes = 0;
        if (rest.Length < UnitBytes)
            return false;
        ReadOnlySpan<byte> header = rest[..Math.Min((rest[1] + 1) * UnitBytes, rest.Length)];
        for (int at = 2; at + 2 <= header.Length;)
        {
            if (header[at] == Pad1)
            {
                at++;
                continue;
            }

            int length = header[at + 1];
            if (header[at] == Jumbo && length == LengthBytes && at + 2 + length <= header.Length)
            {
                bytes = BinaryPrimitives.ReadUInt32BigEndian(header[(at + 2)..]);
                return true;
            }

            at += 2 + length;
        }

        return false;
    }

    // RFC 6275 section 6.3: the home address option stands for the source in the checksum (section 11.3.1).
    private static void ReadHomeAddress(ref PacketWalk walk, ReadOnlySpan<byte> header)
    {
        const byte Pad1 = 0, HomeAddress = 201;
        for (int at = 2; at + 2 <= header.Length;)
        {
            if (header[at] == Pad1)
            {
                at++;
                continue;
            }

            int length = header[at + 1];
            if (header[at] == HomeAddress && length == Address.Size && at + 2 + length <= header.Length)
                walk.Ip.PseudoSource = Address.Read(header[(at + 2)..]);
            at += 2 + length;
        }
    }

    private static bool Fail(ref PacketWalk walk, DecodeOutcome outcome)
    {
        walk.Outcome = outcome;
        return false;
    }
}
