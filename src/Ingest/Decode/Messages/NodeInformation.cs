using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Node information query and response (RFC 4620 section 4).</summary>
internal static class NodeInformation
{
    private const int HeaderBytes = 16;

    /// <summary>Fills the group.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, ref IcmpEventDetail detail)
    {
        if (message.Length < HeaderBytes)
            return DecodeOutcome.Ok;
        detail.Groups |= DetailGroups.NodeInformation;
        detail.QueryType = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        detail.NeighborFlags = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        detail.Nonce = BinaryPrimitives.ReadUInt64BigEndian(message[8..]);
        return DecodeOutcome.Ok;
    }
}
