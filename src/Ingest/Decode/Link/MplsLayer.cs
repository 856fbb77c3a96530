using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// MPLS label stack (RFC 3032 section 2.1). The stack does not say what it carries: the first nibble behind it does for IP (RFC 4928
/// section 3), and for a pseudowire a control word or an EtherType in its place (RFC 4448 section 4, RFC 4385 section 3).
/// </summary>
internal static class MplsLayer
{
    private const int EntryBytes = 4;
    private const int ControlWordBytes = 4;
    private const int EtherTypeOffset = 12;
    private const int BottomBit = 0x100;

    /// <summary>Reads the stack.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        // Ends: each turn but the last notes a label, and the stack of labels is bounded.
        while (true)
        {
            if (walk.Captured < EntryBytes)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            if (walk.MplsCount == MplsStack.Capacity)
                return walk.Fail(DecodeOutcome.MplsDepth);
            uint entry = walk.Peek32(0);
            walk.MplsLabels[walk.MplsCount++] = entry >> 12;
            walk.Skip(EntryBytes);
            if ((entry & BottomBit) != 0)
                break;
        }

        if (!walk.Enter(TunnelKind.Mpls))
            return Layer.Stop;
        return walk.Captured == 0 ? walk.Fail(DecodeOutcome.IpTruncated) : Guess(ref walk);
    }

    private static Layer Guess(ref PacketWalk walk)
    {
        switch (walk.Frame[walk.Offset] >> 4)
        {
            // 8.0.0.0/16 as a source address looks like an EtherType, and a MAC address may begin with 4: the checksum knows.
            case 4 when !IsEthernetAt(walk, 0) || InnerHeaderGuess.IsIpv4(walk.Rest):
                return Layer.Ipv4;
            case 6 when !IsEthernetAt(walk, 0):
                return Layer.Ipv6;
            case 0 when !IsEthernetAt(walk, 0) && IsEthernetAt(walk, ControlWordBytes):
                walk.Skip(ControlWordBytes);
                return Layer.Ethernet;
            default:
                return IsEthernetAt(walk, 0) ? Layer.Ethernet : Layer.Stop;
        }
    }

    private static bool IsEthernetAt(in PacketWalk walk, int at) =>
        walk.Captured >= at + EthernetLayer.HeaderBytes && EtherTypes.IsKnown(walk.Peek16(at + EtherTypeOffset));
}
