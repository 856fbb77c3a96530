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
    private const ushort GtpVersion0 = 3386;
    private const ushort Teredo = 3544;
    private const ushort LispData = 4341;
    private const ushort GreInUdp = 4754;
    private const ushort Vxlan = 4789;
    private const ushort VxlanGpe = 4790;
    private const ushort Geneve = 6081;
    private const ushort MplsInUdp = 6635;
    private const ushort VxlanLinux = 8472;
    private const ushort Amt = 2268;
    private const ushort Ayiya = 5072;
    private const ushort CapwapData = 5247;
    private const ushort Gue = 6080;
    private const ushort Sflow = 6343;
    private const ushort JuniperMirror = 30030;
    private const ushort Tzsp = 37008;

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
            GtpUser or GtpVersion0 => GtpLayer.Read(ref walk),
            Teredo => TeredoLayer.Read(ref walk),
            LispData => LispLayer.Read(ref walk),
            GreInUdp => Layer.Gre,
            Vxlan or VxlanLinux => VxlanLayer.Read(ref walk),
            VxlanGpe => VxlanLayer.ReadGeneric(ref walk),
            Geneve => GeneveLayer.Read(ref walk),
            Amt => OtherUdpTunnels.ReadAmt(ref walk),
            Ayiya => OtherUdpTunnels.ReadAyiya(ref walk),
            CapwapData => OtherUdpTunnels.ReadCapwap(ref walk),
            Gue => OtherUdpTunnels.ReadGue(ref walk),
            Sflow => Layer.Sflow,
            JuniperMirror => OtherUdpTunnels.ReadJuniperMirror(ref walk),
            Tzsp => OtherUdpTunnels.ReadTzsp(ref walk),
            _ => Layer.Mpls,
        };
    }

    private static bool IsTunnel(ushort port) => port is L2tp or GtpUser or GtpVersion0 or Amt or Teredo or LispData or GreInUdp or Vxlan or VxlanGpe
        or Ayiya or CapwapData or Gue or Geneve or Sflow or MplsInUdp or VxlanLinux or JuniperMirror or Tzsp;
}
