using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>
/// Reads <c>icmpstream.v1.IcmpEvent</c> into an <see cref="EventBuffer"/>. What an event derives from other fields (last_ns
/// aside: ident, seq, mtu, payload_bytes) is checked for its range and then left to the event.
/// </summary>
internal static class IcmpEventReader
{
    /// <summary>The ten nullable details and the four lists, at a byte each where there is none.</summary>
    internal const int DetailFields = 14;

    /// <summary>Reads an event and adds it to a buffer with room for it.</summary>
    public static void Read(ref AvroReader reader, EventBuffer buffer)
    {
        int length = IcmpEventPlainReader.Read(reader.Rest, buffer);
        if (length != 0)
            reader.Skip(length);
        else
            ReadAny(ref reader, buffer);
    }

    /// <summary>Reads an event of any shape, field by field: what the plain reader is held against, and what names errors.</summary>
    internal static void ReadAny(ref AvroReader reader, EventBuffer buffer)
    {
        ref IcmpEvent e = ref buffer.Add();
        ReadFrame(ref reader, ref e);
        ReadIp(ref reader, ref e);
        ReadMessage(ref reader, ref e);
        ReadPayload(ref reader, ref e, buffer);
        if (HasNoDetail(reader.Rest))
            reader.Skip(DetailFields);
        else if (reader.Error == AvroError.None)
            IcmpDetailReader.Read(ref reader, ref e, buffer);
    }

    /// <summary>True where the ten nullable details are null and the four lists empty: 14 zeros.</summary>
    internal static bool HasNoDetail(ReadOnlySpan<byte> rest) =>
        rest.Length >= DetailFields
        && (BinaryPrimitives.ReadUInt64LittleEndian(rest) | BinaryPrimitives.ReadUInt64LittleEndian(rest[(DetailFields - 8)..])) == 0;

    private static void ReadFrame(ref AvroReader reader, ref IcmpEvent e)
    {
        e.FirstNs = reader.ReadLong();
        ulong span = (ulong)(reader.ReadLong() - e.FirstNs);
        if (span > uint.MaxValue)
            reader.Fail(AvroError.OutOfRange);
        e.SpanNs = (uint)span;
        e.Count = reader.ReadUInt32();
        if (e.Count == 0)
            reader.Fail(AvroError.OutOfRange);
        e.Bytes = reader.ReadUInt32();
        ReadFlag(ref reader, ref e, EventFlags.Late);
        e.Frame = reader.ReadLong();
        e.InterfaceId = reader.ReadUInt16();
        e.LinkType = reader.ReadUInt16();
        e.FrameBytes = reader.ReadUInt32();
        for (long left = 0; reader.NextItem(ref left);)
        {
            ushort vlan = reader.ReadUInt16();
            if (e.VlanCount == VlanStack.Capacity)
                reader.Fail(AvroError.TooLarge);
            else
                e.Vlans[e.VlanCount++] = vlan;
        }
    }

    private static void ReadIp(ref AvroReader reader, ref IcmpEvent e)
    {
        e.IpVersion = ReadIpVersion(ref reader);
        e.Source = reader.ReadAddress();
        e.Destination = reader.ReadAddress();
        e.Ttl = reader.ReadUInt8();
        e.TrafficClass = reader.ReadUInt8();
        e.IpId = reader.ReadUInt32();
        e.FragmentOffset = reader.ReadUInt16();
        ReadFlag(ref reader, ref e, EventFlags.MoreFragments);
        ReadFlag(ref reader, ref e, EventFlags.DontFragment);
        e.IpChecksumStatus = (ChecksumStatus)reader.ReadEnum(EnumSizes.ChecksumStatus);
    }

    private static void ReadMessage(ref AvroReader reader, ref IcmpEvent e)
    {
        e.Type = reader.ReadUInt8();
        e.Code = reader.ReadUInt8();
        if (reader.ReadBranch())
        {
            e.Checksum = reader.ReadUInt16();
            e.Flags |= EventFlags.HasChecksum;
        }

        e.ChecksumStatus = (ChecksumStatus)reader.ReadEnum(EnumSizes.ChecksumStatus);
        if (reader.ReadBranch())
        {
            e.RestOfHeader = reader.ReadUInt32();
            e.Flags |= EventFlags.HasRestOfHeader;
        }

        ReadIdentifier(ref reader, ref e);
        reader.ReadOptionalUInt32();
        e.MessageBytes = reader.ReadUInt16();
        ReadFlag(ref reader, ref e, EventFlags.Cut);
        e.Outcome = (DecodeOutcome)reader.ReadEnum(EnumSizes.DecodeOutcome);
    }

    // Both stand in the rest of the header; where the message was cut between them, the first is all there is of it.
    private static void ReadIdentifier(ref AvroReader reader, ref IcmpEvent e)
    {
        ushort? identifier = reader.ReadOptionalUInt16();
        bool hasSequence = reader.ReadOptionalUInt16().HasValue;
        if (identifier is null)
        {
            if (hasSequence)
                reader.Fail(AvroError.Inconsistent);
            return;
        }

        if (hasSequence != e.HasRestOfHeader)
            reader.Fail(AvroError.Inconsistent);
        e.Flags |= hasSequence ? EventFlags.HasIdentifier : EventFlags.IdentifierOnly;
        if (!hasSequence)
            e.RestOfHeader = (uint)identifier << 16;
    }

    private static void ReadPayload(ref AvroReader reader, ref IcmpEvent e, EventBuffer buffer)
    {
        reader.ReadUInt16();
        e.PayloadCaptured = reader.ReadUInt16();
        e.PayloadHash = reader.ReadHash();
        e.PayloadFamily = (PayloadFamily)reader.ReadEnum(EnumSizes.PayloadFamily);
        for (long left = 0; reader.NextItem(ref left);)
            e.Signatures |= 1U << (int)reader.ReadUpTo(31);
        e.InnerHeader = (InnerHeader)reader.ReadEnum(EnumSizes.InnerHeader);
        e.InnerOffset = reader.ReadUInt8();
        e.EntropyMillibits = reader.ReadUInt16();
        ReadOnlySpan<byte> prefix = reader.ReadBytes(ushort.MaxValue);
        if (prefix.IsEmpty)
            return;
        if (!prefix.TryCopyTo(buffer.FreeArena))
        {
            reader.Fail(AvroError.BufferFull);
            return;
        }

        e.PrefixOffset = buffer.Commit(prefix.Length);
        e.PrefixLength = (ushort)prefix.Length;
    }

    /// <summary>Reads an IP version: 4 or 6.</summary>
    internal static byte ReadIpVersion(ref AvroReader reader)
    {
        byte version = reader.ReadUInt8();
        if (version is not (4 or 6))
            reader.Fail(AvroError.OutOfRange);
        return version;
    }

    private static void ReadFlag(ref AvroReader reader, ref IcmpEvent e, EventFlags flag)
    {
        if (reader.ReadBoolean())
            e.Flags |= flag;
    }
}
