using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>The headers around a message, as the walk found them.</summary>
internal static class PathDetail
{
    /// <summary>Fills the group.</summary>
    public static void Fill(ref IcmpEventDetail detail, in PacketWalk walk)
    {
        detail.Groups |= DetailGroups.Path;
        detail.OuterSource = walk.OuterSource;
        detail.OuterDestination = walk.OuterDestination;
        detail.SourceMac = walk.SourceMac;
        detail.DestinationMac = walk.DestinationMac;
        detail.MplsLabels = walk.MplsLabels;
        detail.MplsCount = walk.MplsCount;
        detail.Tunnels = walk.Tunnels;
        detail.TunnelCount = walk.TunnelCount;
        detail.Vni = walk.Vni;
    }
}
