using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Multicast listener query, report and done (RFC 2710 section 3, RFC 3810 section 5.1).</summary>
internal static class MulticastListener
{
    private const byte QueryType = 130;
    private const int MessageBytes = 24;
    private const int QueryVersion2Bytes = 28;

    /// <summary>Fills the group; a query of version 2 must hold the sources it counts.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, ref IcmpEventDetail detail, byte type)
    {
        if (message.Length < MessageBytes)
            return DecodeOutcome.Ok;
        detail.Groups |= DetailGroups.Listener;
        detail.MaximumResponseCode = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        detail.Target = Address.Read(message[8..]);
        if (type != QueryType || message.Length < QueryVersion2Bytes)
            return DecodeOutcome.Ok;
        detail.QueryFlags = message[24];
        detail.QueryIntervalCode = message[25];
        int sources = BinaryPrimitives.ReadUInt16BigEndian(message[26..]);
        return QueryVersion2Bytes + (sources * Address.Size) > onWire ? DecodeOutcome.ListenerMalformed : DecodeOutcome.Ok;
    }
}
