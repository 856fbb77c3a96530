using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IEEE 802.11 data frames (IEEE 802.11-2020 section 9.2.4), unencrypted.</summary>
internal static class WlanLayer
{
    private const int MinHeaderBytes = 24;
    private const int FourthAddressBytes = 6;
    private const int QosBytes = 2;
    private const int HighThroughputBytes = 4;
    private const int AggregateHeaderBytes = 14;

    private const int DataType = 2;
    private const int QosSubtype = 8;
    private const int NoDataSubtype = 4;
    private const byte ToSystem = 0x01;
    private const byte FromSystem = 0x02;
    private const byte MoreFragments = 0x04;
    private const byte Protected = 0x40;
    private const byte Order = 0x80;
    private const byte AggregatePresent = 0x80;

    /// <summary>Reads a frame whose control field is in the order of the standard.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < 2)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        return Read(ref walk, walk.Frame[walk.Offset], walk.Frame[walk.Offset + 1]);
    }

    /// <summary>Reads a frame whose control field has its two bytes swapped, as some controllers send it in CAPWAP.</summary>
    public static Layer ReadSwapped(ref PacketWalk walk)
    {
        if (walk.Captured < 2)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        return Read(ref walk, walk.Frame[walk.Offset + 1], walk.Frame[walk.Offset]);
    }

    private static Layer Read(ref PacketWalk walk, byte control, byte flags)
    {
        int type = (control >> 2) & 3, subtype = control >> 4;
        if ((control & 3) != 0 || type != DataType || (subtype & NoDataSubtype) != 0 || (flags & Protected) != 0)
            return Layer.Stop;
        int bytes = MinHeaderBytes, qosAt = 0;
        if ((flags & (ToSystem | FromSystem)) == (ToSystem | FromSystem))
            bytes += FourthAddressBytes;
        if ((subtype & QosSubtype) != 0)
        {
            qosAt = bytes;
            bytes += QosBytes + ((flags & Order) != 0 ? HighThroughputBytes : 0);
        }

        if (walk.WlanPadded)
            bytes = (bytes + 3) & ~3;
        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        bool aggregate = qosAt != 0 && (walk.Frame[walk.Offset + qosAt] & AggregatePresent) != 0;

        // Sequence control: the low four bits number the fragments.
        bool isLater = (BinaryPrimitives.ReadUInt16LittleEndian(walk.Frame.Slice(walk.Offset + 22, 2)) & 0x0F) != 0;
        walk.Skip(bytes);
        if (isLater)
            return walk.Fail(DecodeOutcome.FragmentLater);
        walk.Fragmented |= (flags & MoreFragments) != 0;
        return aggregate ? ReadAggregate(ref walk) : Layer.Llc;
    }

    // An A-MSDU (section 9.3.2.2): addresses and a length before each frame; the first one is read.
    private static Layer ReadAggregate(ref PacketWalk walk)
    {
        if (walk.Captured < AggregateHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        int length = walk.Peek16(12);
        walk.Skip(AggregateHeaderBytes);
        walk.Clip(length);
        return Layer.Llc;
    }
}
