namespace IcmpStream.Schemas.Tests.Values;

/// <summary>Draws events that the contract can hold, every field and every group of the detail among them.</summary>
public static class EventValues
{
    public static BatchEnvelope Envelope(Tape tape) => new()
    {
        Sensor = tape.Text(5),
        Domain = tape.U32(),
        Run = new RunId(tape.Number(64), tape.Number(64)),
        Stream = tape.U32(),
        FirstSequence = tape.Long(),
        WatermarkNs = tape.Flag() ? BatchEnvelope.NoWatermark : tape.Long(),
        Seen = tape.Long(),
        KernelDrops = tape.Long(),
        Shed = tape.Long(),
        Final = tape.Flag(),
    };

    public static void Add(Tape tape, EventBuffer buffer)
    {
        ref IcmpEvent e = ref buffer.Add();
        e.FirstNs = tape.Long();
        e.SpanNs = tape.U32();
        e.Count = Math.Max(1, tape.U32());
        e.Bytes = tape.U32();
        e.Frame = tape.Long();
        e.InterfaceId = tape.U16();
        e.LinkType = tape.U16();
        e.FrameBytes = tape.U32();
        e.VlanCount = (byte)tape.UpTo(VlanStack.Capacity);
        for (int i = 0; i < e.VlanCount; i++)
            e.Vlans[i] = tape.U16();
        e.IpVersion = tape.Flag() ? (byte)6 : (byte)4;
        e.Source = tape.Address();
        e.Destination = tape.Address();
        e.Ttl = tape.U8();
        e.TrafficClass = tape.U8();
        e.IpId = tape.U32();
        e.FragmentOffset = tape.U16();
        e.IpChecksumStatus = tape.Symbol<ChecksumStatus>(EnumSizes.ChecksumStatus);
        AddMessage(tape, ref e);
        AddPayload(tape, ref e, buffer);
        if (tape.Flag())
            AddDetail(tape, ref e, buffer);
    }

    private static void AddMessage(Tape tape, ref IcmpEvent e)
    {
        e.Type = tape.Byte() switch { < 60 => 3, < 100 => 2, < 140 => 42, < 160 => 160, _ => tape.U8() };
        e.Code = tape.Flag() ? (byte)4 : tape.U8();
        e.ChecksumStatus = tape.Symbol<ChecksumStatus>(EnumSizes.ChecksumStatus);
        e.MessageBytes = tape.U16();
        e.Outcome = tape.Symbol<DecodeOutcome>(EnumSizes.DecodeOutcome);
        const EventFlags Free = EventFlags.MoreFragments | EventFlags.DontFragment | EventFlags.HasChecksum | EventFlags.Late | EventFlags.Cut;
        e.Flags = (EventFlags)tape.U16() & Free;
        if ((e.Flags & EventFlags.HasChecksum) != EventFlags.None)
            e.Checksum = tape.U16();
        if (!tape.Flag())
        {
            if (tape.Flag())
                return;
            e.Flags |= EventFlags.IdentifierOnly;
            e.RestOfHeader = (uint)tape.U16() << 16;
            return;
        }

        e.Flags |= EventFlags.HasRestOfHeader;
        e.RestOfHeader = tape.U32();
        if (tape.Flag())
            e.Flags |= EventFlags.HasIdentifier;
    }

    private static void AddPayload(Tape tape, ref IcmpEvent e, EventBuffer buffer)
    {
        e.PayloadCaptured = tape.U16();
        e.PayloadHash = tape.Number(64);
        e.PayloadFamily = tape.Symbol<PayloadFamily>(EnumSizes.PayloadFamily);
        e.Signatures = tape.Flag() ? tape.U32() : 0;
        e.InnerHeader = tape.Symbol<InnerHeader>(EnumSizes.InnerHeader);
        e.InnerOffset = tape.U8();
        e.EntropyMillibits = tape.U16();
        byte[] prefix = tape.Bytes(80);
        prefix.CopyTo(buffer.FreeArena);
        e.PrefixLength = (ushort)prefix.Length;
        if (prefix.Length > 0)
            e.PrefixOffset = buffer.Commit(prefix.Length);
    }

    private static void AddDetail(Tape tape, ref IcmpEvent e, EventBuffer buffer)
    {
        ref IcmpEventDetail detail = ref buffer.AddDetail();
        if (tape.Flag())
        {
            e.Flags |= EventFlags.QuotedKey;
            AddQuoted(tape, ref detail);
        }

        if (tape.Flag())
            AddPath(tape, ref detail);
        AddSmallGroups(tape, ref detail);
        AddNeighbor(tape, ref detail);
        if (tape.Flag())
            buffer.CommitLists(ref detail, ListValues.Write(tape, buffer.FreeArena));
        if (detail.Groups == DetailGroups.None && detail.ListsLength == 0)
            detail.Groups = DetailGroups.Mask;
    }

    private static void AddQuoted(Tape tape, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Quoted;
        detail.QuotedIpVersion = tape.Flag() ? (byte)6 : (byte)4;
        detail.QuotedSource = tape.Address();
        detail.QuotedDestination = tape.Address();
        detail.QuotedProtocol = tape.U8();
        detail.QuotedTtl = tape.U8();
        detail.QuotedIpBytes = tape.U16();
        detail.QuotedIpId = tape.U32();
        detail.QuotedFragmentOffset = tape.U16();
        detail.QuotedCaptured = tape.U16();
        if (tape.Flag())
        {
            detail.Groups |= DetailGroups.QuotedPorts;
            detail.QuotedSourcePort = tape.U16();
            detail.QuotedDestinationPort = tape.U16();
        }

        if (!tape.Flag())
            return;
        detail.Groups |= DetailGroups.QuotedIcmp;
        detail.QuotedType = tape.U8();
        detail.QuotedCode = tape.U8();
        detail.QuotedChecksum = tape.U16();
        if (!tape.Flag())
            return;
        detail.Groups |= DetailGroups.QuotedEcho;
        detail.QuotedIdentifier = tape.U16();
        detail.QuotedSequence = tape.U16();
    }

    private static void AddPath(Tape tape, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Path;
        detail.OuterSource = tape.Address();
        detail.OuterDestination = tape.Address();
        detail.SourceMac = tape.Number(48);
        detail.DestinationMac = tape.Number(48);
        detail.MplsCount = (byte)tape.UpTo(MplsStack.Capacity);
        for (int i = 0; i < detail.MplsCount; i++)
            detail.MplsLabels[i] = (uint)tape.Number(20);
        detail.TunnelCount = (byte)tape.UpTo(TunnelStack.Capacity);
        for (int i = 0; i < detail.TunnelCount; i++)
            detail.Tunnels[i] = tape.Symbol<TunnelKind>(EnumSizes.TunnelKind);
        detail.Vni = tape.U32();
    }

    private static void AddSmallGroups(Tape tape, ref IcmpEventDetail detail)
    {
        if (tape.Flag())
        {
            detail.Groups |= DetailGroups.Timestamps;
            (detail.OriginateMs, detail.ReceiveMs, detail.TransmitMs) = (tape.U32(), tape.U32(), tape.U32());
        }

        if (tape.Flag())
        {
            detail.Groups |= DetailGroups.Mask;
            detail.AddressMask = tape.U32();
        }

        if (tape.Flag())
        {
            detail.Groups |= DetailGroups.ExtendedEcho;
            detail.ExtendedEchoBits = tape.U8();
        }

        if (tape.Flag())
        {
            detail.Groups |= DetailGroups.Extension;
            (detail.ExtensionVersion, detail.ExtensionLength) = (tape.U8(), tape.U8());
            detail.ExtensionChecksumStatus = tape.Symbol<ChecksumStatus>(EnumSizes.ChecksumStatus);
        }
    }

    /// <summary>At most one of the groups that share fields, or router and listener, which share none.</summary>
    private static void AddNeighbor(Tape tape, ref IcmpEventDetail detail)
    {
        byte kind = tape.Byte();
        if (kind is >= 40 and < 100)
        {
            detail.Groups |= DetailGroups.Router;
            (detail.HopLimit, detail.NeighborFlags, detail.RouterLifetimeSeconds) = (tape.U8(), tape.U8(), tape.U16());
            (detail.ReachableMs, detail.RetransmitMs) = (tape.U32(), tape.U32());
        }

        if (kind is >= 80 and < 140)
        {
            detail.Groups |= DetailGroups.Listener;
            (detail.Target, detail.MaximumResponseCode) = (tape.Address(), tape.U16());
            (detail.QueryFlags, detail.QueryIntervalCode) = (tape.U8(), tape.U8());
        }

        if (kind is >= 140 and < 200)
        {
            detail.Groups |= DetailGroups.Neighbor;
            (detail.Target, detail.Redirected, detail.NeighborFlags) = (tape.Address(), tape.Address(), tape.U8());
        }

        if (kind >= 200)
        {
            detail.Groups |= DetailGroups.NodeInformation;
            (detail.QueryType, detail.NeighborFlags, detail.Nonce) = (tape.U16(), tape.U16(), tape.Number(64));
        }
    }
}
