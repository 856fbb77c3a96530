using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>Writes the details of <c>icmpstream.v1.IcmpEvent</c>, from quoted to router_addresses, as its caller writes the rest.</summary>
internal static class IcmpDetailWriter
{
    private const byte Present = 2;
    private const int Lists = 4;

    /// <summary>Writes a detail at a position; returns the next.</summary>
    public static int Write(Span<byte> destination, int position, in IcmpEventDetail detail, ReadOnlySpan<byte> lists)
    {
        position = WriteQuoted(destination, position, detail);
        position = WritePath(destination, position, detail);
        position = WriteTimes(destination, position, detail);
        position = WriteNeighbors(destination, position, detail);
        if (lists.IsEmpty)
        {
            destination.Slice(position, Lists).Clear();
            return position + Lists;
        }

        lists.CopyTo(destination[position..]);
        return position + lists.Length;
    }

    private static int WriteQuoted(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        DetailGroups groups = detail.Groups;
        if ((groups & DetailGroups.Quoted) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        destination[position++] = Present;
        destination[position++] = (byte)(detail.QuotedIpVersion << 1);
        detail.QuotedSource.Write(destination[position..]);
        detail.QuotedDestination.Write(destination[(position + Address.Size)..]);
        position += 2 * Address.Size;
        position = Varint.WriteSmall(destination, position, detail.QuotedProtocol);
        position = Varint.WriteSmall(destination, position, detail.QuotedTtl);
        position = Varint.WriteSmall(destination, position, detail.QuotedIpBytes);
        position = Varint.Write32(destination, position, detail.QuotedIpId);
        position = Varint.WriteSmall(destination, position, detail.QuotedFragmentOffset);
        position = Varint.WriteSmall(destination, position, detail.QuotedCaptured);
        if ((groups & DetailGroups.QuotedPorts) == DetailGroups.None)
        {
            position = WriteZeros(destination, position, 2);
        }
        else
        {
            position = WritePresent(destination, position, detail.QuotedSourcePort);
            position = WritePresent(destination, position, detail.QuotedDestinationPort);
        }

        if ((groups & DetailGroups.QuotedIcmp) == DetailGroups.None)
        {
            position = WriteZeros(destination, position, 3);
        }
        else
        {
            position = WritePresent(destination, position, detail.QuotedType);
            position = WritePresent(destination, position, detail.QuotedCode);
            position = WritePresent(destination, position, detail.QuotedChecksum);
        }

        if ((groups & DetailGroups.QuotedEcho) == DetailGroups.None)
            return WriteZeros(destination, position, 2);
        position = WritePresent(destination, position, detail.QuotedIdentifier);
        return WritePresent(destination, position, detail.QuotedSequence);
    }

    private static int WritePath(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Path) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        destination[position++] = Present;
        detail.OuterSource.Write(destination[position..]);
        detail.OuterDestination.Write(destination[(position + Address.Size)..]);
        position += 2 * Address.Size;
        position = WriteMac(destination, position, detail.SourceMac);
        position = WriteMac(destination, position, detail.DestinationMac);
        int labels = Math.Min((int)detail.MplsCount, MplsStack.Capacity);
        if (labels != 0)
            position = Varint.WriteSmall(destination, position, (uint)labels);
        for (int i = 0; i < labels; i++)
            position = Varint.WriteSmall(destination, position, detail.MplsLabels[i]);
        destination[position++] = 0;
        int tunnels = Math.Min((int)detail.TunnelCount, TunnelStack.Capacity);
        if (tunnels != 0)
            position = Varint.WriteSmall(destination, position, (uint)tunnels);
        for (int i = 0; i < tunnels; i++)
            destination[position++] = (byte)((uint)detail.Tunnels[i] << 1);
        destination[position++] = 0;
        return Varint.Write32(destination, position, detail.Vni);
    }

    private static int WriteTimes(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Timestamps) == DetailGroups.None)
        {
            position = WriteZeros(destination, position, 1);
        }
        else
        {
            destination[position++] = Present;
            position = Varint.Write32(destination, position, detail.OriginateMs);
            position = Varint.Write32(destination, position, detail.ReceiveMs);
            position = Varint.Write32(destination, position, detail.TransmitMs);
        }

        return (detail.Groups & DetailGroups.Mask) == DetailGroups.None
            ? WriteZeros(destination, position, 1)
            : WritePresent(destination, position, detail.AddressMask);
    }

    private static int WriteNeighbors(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        position = WriteRouter(destination, position, detail);
        position = WriteNeighbor(destination, position, detail);
        position = WriteListener(destination, position, detail);
        position = WriteNodeInformation(destination, position, detail);
        position = (detail.Groups & DetailGroups.ExtendedEcho) == DetailGroups.None
            ? WriteZeros(destination, position, 1)
            : WritePresent(destination, position, detail.ExtendedEchoBits);
        if ((detail.Groups & DetailGroups.Extension) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        position = WritePresent(destination, position, detail.ExtensionVersion);
        position = Varint.WriteSmall(destination, position, detail.ExtensionLength);
        destination[position] = (byte)((uint)detail.ExtensionChecksumStatus << 1);
        return position + 1;
    }

    private static int WriteRouter(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Router) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        position = WritePresent(destination, position, detail.HopLimit);
        position = Varint.WriteSmall(destination, position, detail.NeighborFlags);
        position = Varint.WriteSmall(destination, position, detail.RouterLifetimeSeconds);
        position = Varint.Write32(destination, position, detail.ReachableMs);
        return Varint.Write32(destination, position, detail.RetransmitMs);
    }

    private static int WriteNeighbor(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Neighbor) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        destination[position++] = Present;
        detail.Target.Write(destination[position..]);
        detail.Redirected.Write(destination[(position + Address.Size)..]);
        return Varint.WriteSmall(destination, position + (2 * Address.Size), detail.NeighborFlags);
    }

    private static int WriteListener(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Listener) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        destination[position++] = Present;
        detail.Target.Write(destination[position..]);
        position = Varint.WriteSmall(destination, position + Address.Size, detail.MaximumResponseCode);
        position = Varint.WriteSmall(destination, position, detail.QueryFlags);
        return Varint.WriteSmall(destination, position, detail.QueryIntervalCode);
    }

    private static int WriteNodeInformation(Span<byte> destination, int position, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.NodeInformation) == DetailGroups.None)
            return WriteZeros(destination, position, 1);
        position = WritePresent(destination, position, detail.QueryType);
        position = Varint.WriteSmall(destination, position, detail.NeighborFlags);
        BinaryPrimitives.WriteUInt64BigEndian(destination[position..], detail.Nonce);
        return position + sizeof(ulong);
    }

    private static int WritePresent(Span<byte> destination, int position, uint value)
    {
        destination[position] = Present;
        return Varint.WriteSmall(destination, position + 1, value);
    }

    private static int WriteMac(Span<byte> destination, int position, ulong mac)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[position..], mac << 16);
        return position + 6;
    }

    private static int WriteZeros(Span<byte> destination, int position, int count)
    {
        destination.Slice(position, count).Clear();
        return position + count;
    }
}
