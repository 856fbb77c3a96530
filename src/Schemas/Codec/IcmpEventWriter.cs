using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace IcmpStream.Schemas;

/// <summary>
/// Writes <c>icmpstream.v1.IcmpEvent</c>: the hot path of ingest. The caller has found room for <see cref="MaxBytes"/>, so
/// nothing here asks for room; a position goes through, and a value's length adds to it. Values that hardly vary (sizes, TTL,
/// flags) are branches that the processor predicts, values that look random (checksum, identifier) have none.
/// </summary>
internal static class IcmpEventWriter
{
    /// <summary>
    /// All fields from first_ns to the length of the prefix at their longest (203), the details' nulls (14), and
    /// <see cref="WideEventWriter.Slack"/>; rounded up.
    /// </summary>
    private const int MaxCoreBytes = 288;

    /// <summary>The records of the detail at their longest (307), rounded up.</summary>
    private const int MaxDetailBytes = 320;

    private const int DetailFields = 14;

    /// <summary>The most bytes that an event takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MaxBytes(EventBuffer buffer, in IcmpEvent e)
    {
        int bytes = MaxCoreBytes + e.PrefixLength;
        if (e.Detail != 0)
            bytes += MaxDetailBytes + (int)buffer.DetailOf(e).ListsLength;
        return bytes;
    }

    /// <summary>Writes an event at a position; returns the next.</summary>
    public static int Write(Span<byte> destination, int position, EventBuffer buffer, in IcmpEvent e)
    {
        if (!WideEventWriter.Takes(e))
            return WriteAny(destination, position, buffer, e);
        position = WideEventWriter.Write(destination, position, buffer.Prefix(e), e);
        if (e.Detail == 0)
            return position + DetailFields;
        ref readonly IcmpEventDetail detail = ref buffer.DetailOf(e);
        return IcmpDetailWriter.Write(destination, position, detail, buffer.Lists(detail));
    }

    /// <summary>The same, field by field: any event, on any machine.</summary>
    public static int WriteAny(Span<byte> destination, int position, EventBuffer buffer, in IcmpEvent e)
    {
        position = WriteFrame(destination, position, e);
        position = WriteIp(destination, position, e);
        position = WriteMessage(destination, position, e);
        position = WritePayload(destination, position, e);
        if (e.PrefixLength != 0)
        {
            buffer.Prefix(e).CopyTo(destination[position..]);
            position += e.PrefixLength;
        }

        if (e.Detail != 0)
        {
            ref readonly IcmpEventDetail detail = ref buffer.DetailOf(e);
            return IcmpDetailWriter.Write(destination, position, detail, buffer.Lists(detail));
        }

        destination.Slice(position, DetailFields).Clear();
        return position + DetailFields;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteFrame(Span<byte> destination, int position, in IcmpEvent e)
    {
        position = Varint.WriteLong(destination, position, e.FirstNs);
        position = Varint.WriteLong(destination, position, e.LastNs);
        position = Varint.WriteSmall(destination, position, e.Count);
        position = Varint.WriteSmall(destination, position, e.Bytes);
        destination[position++] = Bit(e, EventFlags.Late);
        position = Varint.WriteLong(destination, position, e.Frame);
        position = Varint.WriteSmall(destination, position, e.InterfaceId);
        position = Varint.WriteSmall(destination, position, e.LinkType);
        position = Varint.WriteSmall(destination, position, e.FrameBytes);
        return e.VlanCount == 0 ? WriteZero(destination, position) : WriteVlans(destination, position, e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteIp(Span<byte> destination, int position, in IcmpEvent e)
    {
        destination[position++] = (byte)(e.IpVersion << 1);
        Span<byte> addresses = destination.Slice(position, 2 * Address.Size);
        BinaryPrimitives.WriteUInt64BigEndian(addresses, e.Source.High);
        BinaryPrimitives.WriteUInt64BigEndian(addresses[8..], e.Source.Low);
        BinaryPrimitives.WriteUInt64BigEndian(addresses[16..], e.Destination.High);
        BinaryPrimitives.WriteUInt64BigEndian(addresses[24..], e.Destination.Low);
        position += 2 * Address.Size;
        position = Varint.WriteSmall(destination, position, e.Ttl);
        position = Varint.WriteSmall(destination, position, e.TrafficClass);
        position = e.IpId <= ushort.MaxValue
            ? Varint.Write16(destination, position, (ushort)e.IpId)
            : Varint.Write32(destination, position, e.IpId);
        position = Varint.WriteSmall(destination, position, e.FragmentOffset);
        destination[position] = Bit(e, EventFlags.MoreFragments);
        destination[position + 1] = Bit(e, EventFlags.DontFragment);
        destination[position + 2] = (byte)((uint)e.IpChecksumStatus << 1);
        return position + 3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteMessage(Span<byte> destination, int position, in IcmpEvent e)
    {
        position = Varint.WriteSmall(destination, position, e.Type);
        position = Varint.WriteSmall(destination, position, e.Code);
        position = WriteOptional16(destination, position, e.Flags & EventFlags.HasChecksum, e.Checksum);
        destination[position++] = (byte)((uint)e.ChecksumStatus << 1);
        position = WriteOptional32(destination, position, e.HasRestOfHeader, e.RestOfHeader);
        position = WriteOptional16(destination, position, e.Flags & (EventFlags.HasIdentifier | EventFlags.IdentifierOnly), e.Identifier);
        position = WriteOptional16(destination, position, e.Flags & EventFlags.HasIdentifier, e.Sequence);
        position = WriteOptional32(destination, position, e.HasMtu, e.Mtu);
        position = Varint.WriteSmall(destination, position, e.MessageBytes);
        destination[position] = Bit(e, EventFlags.Cut);
        destination[position + 1] = (byte)((uint)e.Outcome << 1);
        return position + 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WritePayload(Span<byte> destination, int position, in IcmpEvent e)
    {
        position = Varint.WriteSmall(destination, position, (uint)e.PayloadBytes);
        position = Varint.WriteSmall(destination, position, e.PayloadCaptured);
        BinaryPrimitives.WriteUInt64BigEndian(destination[position..], e.PayloadHash);
        position += sizeof(ulong);
        destination[position++] = (byte)((uint)e.PayloadFamily << 1);
        position = e.Signatures == 0 ? WriteZero(destination, position) : WriteSignatures(destination, position, e.Signatures);
        destination[position++] = (byte)((uint)e.InnerHeader << 1);
        position = Varint.WriteSmall(destination, position, e.InnerOffset);
        position = Varint.WriteSmall(destination, position, e.EntropyMillibits);
        return Varint.WriteSmall(destination, position, e.PrefixLength);
    }

    private static byte Bit(in IcmpEvent e, EventFlags flag) => (e.Flags & flag) != EventFlags.None ? (byte)1 : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteZero(Span<byte> destination, int position)
    {
        destination[position] = 0;
        return position + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteOptional16(Span<byte> destination, int position, EventFlags flag, ushort value)
    {
        if (flag == EventFlags.None)
            return WriteZero(destination, position);
        destination[position] = 2;
        return Varint.Write16(destination, position + 1, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteOptional32(Span<byte> destination, int position, bool present, uint value)
    {
        if (!present)
            return WriteZero(destination, position);
        destination[position] = 2;
        return Varint.Write32(destination, position + 1, value);
    }

    private static int WriteVlans(Span<byte> destination, int position, in IcmpEvent e)
    {
        int count = Math.Min((int)e.VlanCount, VlanStack.Capacity);
        position = Varint.WriteSmall(destination, position, (uint)count);
        for (int i = 0; i < count; i++)
            position = Varint.WriteSmall(destination, position, e.Vlans[i]);
        return WriteZero(destination, position);
    }

    private static int WriteSignatures(Span<byte> destination, int position, uint signatures)
    {
        position = Varint.WriteSmall(destination, position, (uint)System.Numerics.BitOperations.PopCount(signatures));
        for (; signatures != 0; signatures &= signatures - 1)
            position = Varint.WriteSmall(destination, position, (uint)System.Numerics.BitOperations.TrailingZeroCount(signatures));
        return WriteZero(destination, position);
    }
}
