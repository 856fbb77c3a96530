using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Neighbor discovery (RFC 4861 section 4): 133 to 137.</summary>
internal static class NeighborDiscovery
{
    private const byte RouterSolicitation = 133;
    private const byte RouterAdvertisement = 134;
    private const byte NeighborAdvertisement = 136;
    private const byte Redirect = 137;

    private const int SolicitationBytes = 8;
    private const int AdvertisementBytes = 16;
    private const int NeighborBytes = 24;
    private const int RedirectBytes = 40;

    /// <summary>A router forwards nothing that has it, so that it proves the sender to be on the link (RFC 4861 section 3.1).</summary>
    private const byte OnLinkHopLimit = 255;

    /// <summary>Fills the groups of the type.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        int headerBytes = e.Type switch
        {
            RouterSolicitation => SolicitationBytes,
            RouterAdvertisement => AdvertisementBytes,
            Redirect => RedirectBytes,
            _ => NeighborBytes,
        };
        if (message.Length < headerBytes)
            return DecodeOutcome.Ok;
        if (e.Type == RouterAdvertisement)
            ReadRouter(message, ref into.AddDetail());
        else if (e.Type != RouterSolicitation)
            ReadNeighbor(message, ref into.AddDetail(), e.Type);

        DecodeOutcome ofOptions = NeighborOptions.Read(message[headerBytes..], onWire - headerBytes, ref e, into);
        return e.Ttl != OnLinkHopLimit ? DecodeOutcome.HopLimitInvalid : ofOptions;
    }

    private static void ReadRouter(ReadOnlySpan<byte> message, ref IcmpEventDetail detail)
    {
        detail.Groups |= DetailGroups.Router;
        detail.HopLimit = message[4];
        detail.NeighborFlags = message[5];
        detail.RouterLifetimeSeconds = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        detail.ReachableMs = BinaryPrimitives.ReadUInt32BigEndian(message[8..]);
        detail.RetransmitMs = BinaryPrimitives.ReadUInt32BigEndian(message[12..]);
    }

    private static void ReadNeighbor(ReadOnlySpan<byte> message, ref IcmpEventDetail detail, byte type)
    {
        detail.Groups |= DetailGroups.Neighbor;
        detail.Target = Address.Read(message[8..]);
        if (type == NeighborAdvertisement)
            detail.NeighborFlags = message[4];
        if (type == Redirect)
            detail.Redirected = Address.Read(message[24..]);
    }
}
