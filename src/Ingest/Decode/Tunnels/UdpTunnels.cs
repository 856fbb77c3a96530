namespace IcmpStream.Ingest.Decode;

/// <summary>
/// UDP (RFC 768), where a port names a tunnel. The lower port is asked first and then the higher one, for the well-known end
/// of a flow is the lower one far more often than not.
/// </summary>
internal static class UdpTunnels
{
    private const int HeaderBytes = 8;

    private const ushort L2tp = 1701;
    private const ushort GtpUser = 2152;
    private const ushort Teredo = 3544;
    private const ushort LispData = 4341;
    private const ushort GreInUdp = 4754;
    private const ushort Vxlan = 4789;
    private const ushort VxlanGpe = 4790;
    private const ushort Geneve = 6081;
    private const ushort MplsInUdp = 6635;
    private const ushort VxlanLinux = 8472;

    /// <summary>Reads the header and, where a port says so, the tunnel's.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return Layer.Stop;
        ushort source = walk.Peek16(0), destination = walk.Peek16(2);
        ushort port = Math.Min(source, destination);
        if (!IsTunnel(port))
            port = Math.Max(source, destination);
        if (!IsTunnel(port))
            return Layer.Stop;
        int length = walk.Peek16(4);
        if (length >= HeaderBytes)
            walk.Clip(length);
        walk.Skip(HeaderBytes);
        return port switch
        {
            L2tp => L2tpLayer.Read(ref walk),
            GtpUser => GtpLayer.Read(ref walk),
            Teredo => TeredoLayer.Read(ref walk),
            LispData => LispLayer.Read(ref walk),
            GreInUdp => Layer.Gre,
            Vxlan or VxlanLinux => VxlanLayer.Read(ref walk),
            VxlanGpe => VxlanLayer.ReadGeneric(ref walk),
            Geneve => GeneveLayer.Read(ref walk),
            _ => Layer.Mpls,
        };
    }

    private static bool IsTunnel(ushort port) =>
        port is L2tp or GtpUser or Teredo or LispData or GreInUdp or Vxlan or VxlanGpe or Geneve or MplsInUdp or VxlanLinux;
}
