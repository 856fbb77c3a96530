using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>What each ICMPv4 type has behind type, code and checksum.</summary>
internal static class Icmpv4Message
{
    private const int TimestampsBytes = 20;
    private const int MaskBytes = 12;

    /// <summary>
    /// Fills the event from a message of which <paramref name="message"/> was captured and <paramref name="onWire"/> bytes were
    /// sent; says what is wrong with the body.
    /// </summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        bool hasRest = message.Length >= IcmpEvent.HeaderBytes;
        switch (e.Type)
        {
            case 0 or 8:
                IcmpMessage.FlagIdentifier(message, ref e);
                return DecodeOutcome.Ok;
            case 3 or 11 or 12:
                return hasRest ? MultipartMessage.Read(message, onWire, message[5], unitBytes: 4, ref e, into) : DecodeOutcome.Ok;
            case 4 or 5 or 31 or 40:
                return hasRest ? QuotedDatagram.Read(message[8..], onWire - 8, ref e, into) : DecodeOutcome.Ok;
            case 9:
                return hasRest ? RouterAdvertisementv4.Read(message, onWire, into) : DecodeOutcome.Ok;
            case 13 or 14:
                IcmpMessage.FlagIdentifier(message, ref e);
                if (message.Length >= TimestampsBytes)
                    ReadTimestamps(message, ref into.AddDetail());
                return DecodeOutcome.Ok;
            case 15 or 16:
                IcmpMessage.FlagIdentifier(message, ref e);
                return DecodeOutcome.Ok;
            case 17 or 18:
                IcmpMessage.FlagIdentifier(message, ref e);
                if (message.Length >= MaskBytes)
                    ReadMask(message, ref into.AddDetail());
                return DecodeOutcome.Ok;
            case 42 or 43:
                IcmpMessage.FlagIdentifier(message, ref e);
                return hasRest ? ExtendedEcho.Read(message, onWire, isRequest: e.Type == 42, into) : DecodeOutcome.Ok;
            default:
                return DecodeOutcome.Ok;
        }
    }

    // RFC 792, timestamp messages: three times in ms since midnight UT.
    private static void ReadTimestamps(ReadOnlySpan<byte> message, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Timestamps;
        detail.OriginateMs = BinaryPrimitives.ReadUInt32BigEndian(message[8..]);
        detail.ReceiveMs = BinaryPrimitives.ReadUInt32BigEndian(message[12..]);
        detail.TransmitMs = BinaryPrimitives.ReadUInt32BigEndian(message[16..]);
    }

    // RFC 950 appendix I.
    private static void ReadMask(ReadOnlySpan<byte> message, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Mask;
        detail.AddressMask = BinaryPrimitives.ReadUInt32BigEndian(message[8..]);
    }
}
