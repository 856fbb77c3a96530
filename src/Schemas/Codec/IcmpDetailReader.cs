namespace IcmpStream.Schemas;

/// <summary>
/// Reads the details of <c>icmpstream.v1.IcmpEvent</c>. Groups that share fields of <see cref="IcmpEventDetail"/>, because no
/// message can have both, are <see cref="AvroError.Inconsistent"/> together.
/// </summary>
internal static class IcmpDetailReader
{
    private const uint MplsLabelMost = (1 << 20) - 1;

    /// <summary>Reads a detail for the last event added.</summary>
    public static void Read(ref AvroReader reader, ref IcmpEvent e, EventBuffer buffer)
    {
        ref IcmpEventDetail detail = ref buffer.AddDetail();
        if (reader.ReadBranch())
        {
            ReadQuoted(ref reader, ref detail);
            e.Flags |= EventFlags.QuotedKey;
        }

        if (reader.ReadBranch())
            ReadPath(ref reader, ref detail);
        if (reader.ReadBranch())
        {
            detail.Groups |= DetailGroups.Timestamps;
            detail.OriginateMs = reader.ReadUInt32();
            detail.ReceiveMs = reader.ReadUInt32();
            detail.TransmitMs = reader.ReadUInt32();
        }

        if (reader.ReadBranch())
        {
            detail.Groups |= DetailGroups.Mask;
            detail.AddressMask = reader.ReadUInt32();
        }

        ReadNeighbors(ref reader, ref detail);
        if (reader.ReadBranch())
        {
            detail.Groups |= DetailGroups.ExtendedEcho;
            detail.ExtendedEchoBits = reader.ReadUInt8();
        }

        if (reader.ReadBranch())
        {
            detail.Groups |= DetailGroups.Extension;
            detail.ExtensionVersion = reader.ReadUInt8();
            detail.ExtensionLength = reader.ReadUInt8();
            detail.ExtensionChecksumStatus = (ChecksumStatus)reader.ReadEnum(EnumSizes.ChecksumStatus);
        }

        ReadLists(ref reader, ref detail, buffer);
    }

    private static void ReadQuoted(ref AvroReader reader, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Quoted;
        detail.QuotedIpVersion = IcmpEventReader.ReadIpVersion(ref reader);
        detail.QuotedSource = reader.ReadAddress();
        detail.QuotedDestination = reader.ReadAddress();
        detail.QuotedProtocol = reader.ReadUInt8();
        detail.QuotedTtl = reader.ReadUInt8();
        detail.QuotedIpBytes = reader.ReadUInt16();
        detail.QuotedIpId = reader.ReadUInt32();
        detail.QuotedFragmentOffset = reader.ReadUInt16();
        detail.QuotedCaptured = reader.ReadUInt16();
        ushort? sourcePort = reader.ReadOptionalUInt16();
        ushort? destinationPort = reader.ReadOptionalUInt16();
        byte? type = reader.ReadOptionalUInt8();
        byte? code = reader.ReadOptionalUInt8();
        ushort? checksum = reader.ReadOptionalUInt16();
        ushort? identifier = reader.ReadOptionalUInt16();
        ushort? sequence = reader.ReadOptionalUInt16();
        bool ports = sourcePort.HasValue, icmp = type.HasValue, echo = identifier.HasValue;
        if (ports != destinationPort.HasValue || icmp != code.HasValue || icmp != checksum.HasValue || echo != sequence.HasValue || (echo && !icmp))
            reader.Fail(AvroError.Inconsistent);
        if (ports)
            detail.Groups |= DetailGroups.QuotedPorts;
        if (icmp)
            detail.Groups |= DetailGroups.QuotedIcmp;
        if (echo)
            detail.Groups |= DetailGroups.QuotedEcho;
        detail.QuotedSourcePort = sourcePort.GetValueOrDefault();
        detail.QuotedDestinationPort = destinationPort.GetValueOrDefault();
        detail.QuotedType = type.GetValueOrDefault();
        detail.QuotedCode = code.GetValueOrDefault();
        detail.QuotedChecksum = checksum.GetValueOrDefault();
        detail.QuotedIdentifier = identifier.GetValueOrDefault();
        detail.QuotedSequence = sequence.GetValueOrDefault();
    }

    private static void ReadPath(ref AvroReader reader, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Path;
        detail.OuterSource = reader.ReadAddress();
        detail.OuterDestination = reader.ReadAddress();
        detail.SourceMac = reader.ReadMac();
        detail.DestinationMac = reader.ReadMac();
        for (long left = 0; reader.NextItem(ref left);)
        {
            uint label = reader.ReadUpTo(MplsLabelMost);
            if (detail.MplsCount == MplsStack.Capacity)
                reader.Fail(AvroError.TooLarge);
            else
                detail.MplsLabels[detail.MplsCount++] = label;
        }

        for (long left = 0; reader.NextItem(ref left);)
        {
            TunnelKind tunnel = (TunnelKind)reader.ReadEnum(EnumSizes.TunnelKind);
            if (detail.TunnelCount == TunnelStack.Capacity)
                reader.Fail(AvroError.TooLarge);
            else
                detail.Tunnels[detail.TunnelCount++] = tunnel;
        }

        detail.Vni = reader.ReadUInt32();
    }

    private static void ReadNeighbors(ref AvroReader reader, ref IcmpEventDetail detail)
    {
        if (reader.ReadBranch())
        {
            detail.Groups |= DetailGroups.Router;
            detail.HopLimit = reader.ReadUInt8();
            detail.NeighborFlags = reader.ReadUInt8();
            detail.RouterLifetimeSeconds = reader.ReadUInt16();
            detail.ReachableMs = reader.ReadUInt32();
            detail.RetransmitMs = reader.ReadUInt32();
        }

        if (TakeShared(ref reader, ref detail, DetailGroups.Neighbor, DetailGroups.Router))
        {
            detail.Target = reader.ReadAddress();
            detail.Redirected = reader.ReadAddress();
            detail.NeighborFlags = reader.ReadUInt8();
        }

        if (TakeShared(ref reader, ref detail, DetailGroups.Listener, DetailGroups.Neighbor))
        {
            detail.Target = reader.ReadAddress();
            detail.MaximumResponseCode = reader.ReadUInt16();
            detail.QueryFlags = reader.ReadUInt8();
            detail.QueryIntervalCode = reader.ReadUInt8();
        }

        if (TakeShared(ref reader, ref detail, DetailGroups.NodeInformation, DetailGroups.Router | DetailGroups.Neighbor))
        {
            detail.QueryType = reader.ReadUInt16();
            detail.NeighborFlags = reader.ReadUInt16();
            detail.Nonce = reader.ReadHash();
        }
    }

    private static bool TakeShared(ref AvroReader reader, ref IcmpEventDetail detail, DetailGroups group, DetailGroups rivals)
    {
        if (!reader.ReadBranch())
            return false;
        if ((detail.Groups & rivals) != DetailGroups.None)
            reader.Fail(AvroError.Inconsistent);
        detail.Groups |= group;
        return true;
    }

    private static void ReadLists(ref AvroReader reader, ref IcmpEventDetail detail, EventBuffer buffer)
    {
        ListsWriter writer = new(buffer.FreeArena);
        EventLists.Copy(ref reader, ref writer);
        if (reader.Error != AvroError.None)
            return;
        buffer.CommitLists(ref detail, writer.Finish());
    }
}
