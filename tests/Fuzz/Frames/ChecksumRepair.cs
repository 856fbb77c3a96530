using System.Buffers.Binary;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Frames;

/// <summary>Makes the checksums of a mutated frame right again, so that the decoder takes the rest of it seriously.</summary>
public static class ChecksumRepair
{
    /// <summary>Repairs what the map shows: the extension of an error, the message, then the IPv4 headers.</summary>
    public static void Repair(FuzzCase made, FrameMap map)
    {
        map.Read(made.Bytes, made.LinkType);
        if (map.Packets.IsEmpty)
            return;
        Span<byte> frame = made.Bytes;
        Packet carrier = map.Packets[^1];
        if (map.ExtensionStart != 0)
            Write(frame, map.ExtensionStart + 2, map.ExtensionStart, carrier.End, 0);
        if (map.MessageStart != 0)
            Write(frame, map.MessageStart + 2, map.MessageStart, carrier.End, map.IsMessageVersion6 ? Pseudo(frame, carrier, map.MessageStart) : 0);
        foreach (Packet packet in map.Packets)
        {
            if (frame[packet.Start] >> 4 == 4)
                Write(frame, packet.Start + 10, packet.Start, packet.UpperStart, 0);
        }
    }

    private static void Write(Span<byte> frame, int at, int start, int end, uint sum)
    {
        if (end > frame.Length || start >= end || at + 2 > end)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], FrameBuilder.Checksum(frame[start..end], sum));
    }

    // RFC 8200 section 8.1; ICMPv6 in IPv4 has no rule, and is left as it comes.
    private static uint Pseudo(ReadOnlySpan<byte> frame, Packet carrier, int messageStart)
    {
        if (frame[carrier.Start] >> 4 != 6)
            return 0;
        ushort addresses = (ushort)~FrameBuilder.Checksum(frame.Slice(carrier.Start + 8, 32));
        return (uint)(addresses + Math.Max(0, carrier.End - messageStart) + 58);
    }
}
