using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>PROBE (RFC 8335 sections 2 and 3): ICMPv4 42, 43; ICMPv6 160, 161.</summary>
internal static class ExtendedEcho
{
    private const int BitsOffset = 7;

    /// <summary>Fills the bits, and of a request the interface identification object.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, bool isRequest, EventBuffer into)
    {
        ref IcmpEventDetail detail = ref into.AddDetail();
        detail.Groups |= DetailGroups.ExtendedEcho;
        detail.ExtendedEchoBits = message[BitsOffset];
        if (!isRequest || onWire <= IcmpEvent.HeaderBytes)
            return DecodeOutcome.Ok;

        // The structure holds exactly one object (section 2); what senders put behind it is data, and not in its checksum.
        ReadOnlySpan<byte> extension = message[IcmpEvent.HeaderBytes..];
        int extensionOnWire = onWire - IcmpEvent.HeaderBytes;
        if (extension.Length >= MultipartExtension.HeaderBytes + sizeof(ushort))
        {
            int objectBytes = BinaryPrimitives.ReadUInt16BigEndian(extension[MultipartExtension.HeaderBytes..]);
            int bytes = MultipartExtension.HeaderBytes + objectBytes;
            if (bytes < extensionOnWire)
            {
                extensionOnWire = bytes;
                extension = extension[..Math.Min(bytes, extension.Length)];
            }
        }

        return MultipartExtension.Read(extension, extensionOnWire, lengthField: 0, into);
    }
}
