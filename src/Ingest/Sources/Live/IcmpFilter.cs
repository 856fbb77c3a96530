namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// The filter that the kernel runs so that other traffic never enters a ring: ICMPv4 with all its fragments (the protocol is in each), and
/// authentication headers (RFC 4302), which it may follow;
/// IPv6 with ICMPv6 or any extension header behind the fixed one, since ICMPv6 may follow (libpcap's <c>icmp6</c> would lose MLD behind
/// its hop-by-hop options). What only user space can tell apart comes along, and is counted there.
/// <para>The outermost VLAN tag is not in the bytes where the kernel has taken it out, and is where a driver leaves it; so tags are
/// passed over wherever they are, up to <see cref="MaxTags"/> of them. A frame with more is let through: user space reads on.</para>
/// </summary>
internal static class IcmpFilter
{
    /// <summary>Tags that the filter looks behind: classic BPF has no loops, and the provider bridges of IEEE 802.1ad use two.</summary>
    public const int MaxTags = 8;

    /// <summary>As much of a frame as there is: MAXIMUM_SNAPLEN of libpcap.</summary>
    public const uint AcceptBytes = 262_144;

    private const uint EtherTypeIpv4 = 0x0800;
    private const uint EtherTypeIpv6 = 0x86dd;
    private const uint Icmpv4 = 1;
    private const uint Udp = 17;
    private const uint AuthenticationHeader = 51;

    // IEEE 802.1Q, 802.1ad, and two that vendors used before it.
    private static readonly uint[] TagTypes = [0x8100, 0x88a8, 0x9100, 0x9200];

    // MPLS (RFC 3032), PPPoE sessions (RFC 2516).
    private static readonly uint[] TunnelTypes = [0x8847, 0x8848, 0x8864];

    // IPIP (RFC 2003), 6in4 (RFC 4213), GRE (RFC 2784).
    private static readonly uint[] TunnelProtocols = [4, 41, 47];

    // VXLAN (RFC 7348) and the port that Linux used before it, GENEVE (RFC 8926).
    private static readonly uint[] TunnelPorts = [4789, 8472, 6081];

    // ICMPv6, and RFC 8200 section 4's extension headers with those of RFC 4302, 6275, 7401 and 5533.
    private static readonly uint[] Ipv6Headers = [58, 0, 43, 44, 51, 60, 135, 139, 140];

    /// <summary>The program.</summary>
    /// <param name="linkType">LINKTYPE_ value of the interface: Ethernet, or raw IP.</param>
    /// <param name="withTunnels">True to let tunnels through, which may carry ICMP.</param>
    public static BpfInstruction[] Program(ushort linkType, bool withTunnels)
    {
        var code = new BpfAssembler();
        int ipv4 = code.NewLabel(), ipv6 = code.NewLabel(), udpv4 = code.NewLabel(), udpv6 = code.NewLabel();
        int accept = code.NewLabel(), reject = code.NewLabel();
        uint network = linkType == LinkTypeNumbers.Ethernet ? 14u : 0;

        // X is how far tags have moved the rest of the frame.
        code.Add(BpfInstruction.LoadXConstant, 0);
        if (linkType == LinkTypeNumbers.Ethernet)
            WriteEtherType(code, withTunnels, ipv4, ipv6, accept, reject);
        else
            WriteVersion(code, ipv4, ipv6, reject);

        code.Mark(ipv4);
        code.Add(BpfInstruction.LoadByteAtX, network + 9);
        code.Branch(BpfInstruction.JumpEqual, Icmpv4, accept);
        code.Branch(BpfInstruction.JumpEqual, AuthenticationHeader, accept);
        WriteTunnelProtocols(code, withTunnels, udpv4, accept, reject);

        code.Mark(ipv6);
        code.Add(BpfInstruction.LoadByteAtX, network + 6);
        foreach (uint header in Ipv6Headers)
            code.Branch(BpfInstruction.JumpEqual, header, accept);
        WriteTunnelProtocols(code, withTunnels, udpv6, accept, reject);

        if (withTunnels)
        {
            // Only a first fragment has ports; X then stands at the UDP header.
            code.Mark(udpv4);
            code.Add(BpfInstruction.LoadHalfAtX, network + 6);
            code.Branch(BpfInstruction.JumpAnyBit, 0x1fff, reject);
            code.Add(BpfInstruction.LoadByteAtX, network);
            code.Add(BpfInstruction.And, 0x0f);
            code.Add(BpfInstruction.ShiftLeft, 2);
            code.Add(BpfInstruction.AddX);
            code.Add(BpfInstruction.AToX);
            WritePorts(code, network, accept);
            code.Add(BpfInstruction.ReturnConstant, 0);
            code.Mark(udpv6);
            WritePorts(code, network + 40, accept);
        }

        code.Mark(reject);
        code.Add(BpfInstruction.ReturnConstant, 0);
        code.Mark(accept);
        code.Add(BpfInstruction.ReturnConstant, AcceptBytes);
        return code.Build();
    }

    /// <summary>The program that lets nothing through: a ring that is being drained.</summary>
    public static BpfInstruction[] Nothing() => [new BpfInstruction(BpfInstruction.ReturnConstant, 0, 0, 0)];

    private static void WriteEtherType(BpfAssembler code, bool withTunnels, int ipv4, int ipv6, int accept, int reject)
    {
        int type = code.NewLabel();
        for (int depth = 0; depth <= MaxTags; depth++)
        {
            int tag = depth < MaxTags ? code.NewLabel() : accept;
            code.Add(BpfInstruction.LoadHalfAtX, 12);
            foreach (uint tagType in TagTypes[..^1])
                code.Branch(BpfInstruction.JumpEqual, tagType, tag);
            code.Branch(BpfInstruction.JumpEqual, TagTypes[^1], tag, type);
            if (depth == MaxTags)
                break;
            code.Mark(tag);
            code.Add(BpfInstruction.XToA);
            code.Add(BpfInstruction.AddConstant, 4);
            code.Add(BpfInstruction.AToX);
        }

        code.Mark(type);
        code.Branch(BpfInstruction.JumpEqual, EtherTypeIpv4, ipv4);
        if (withTunnels)
        {
            foreach (uint tunnelType in TunnelTypes)
                code.Branch(BpfInstruction.JumpEqual, tunnelType, accept);
        }

        code.Branch(BpfInstruction.JumpEqual, EtherTypeIpv6, ipv6, reject);
    }

    private static void WriteVersion(BpfAssembler code, int ipv4, int ipv6, int reject)
    {
        code.Add(BpfInstruction.LoadByteAtX, 0);
        code.Add(BpfInstruction.ShiftRight, 4);
        code.Branch(BpfInstruction.JumpEqual, 4, ipv4);
        code.Branch(BpfInstruction.JumpEqual, 6, ipv6, reject);
    }

    private static void WriteTunnelProtocols(BpfAssembler code, bool withTunnels, int udp, int accept, int reject)
    {
        if (withTunnels)
        {
            foreach (uint protocol in TunnelProtocols)
                code.Branch(BpfInstruction.JumpEqual, protocol, accept);
            code.Branch(BpfInstruction.JumpEqual, Udp, udp, reject);
        }
        else
        {
            code.Add(BpfInstruction.ReturnConstant, 0);
        }
    }

    private static void WritePorts(BpfAssembler code, uint offset, int accept)
    {
        for (uint port = 0; port <= 2; port += 2)
        {
            code.Add(BpfInstruction.LoadHalfAtX, offset + port);
            foreach (uint number in TunnelPorts)
                code.Branch(BpfInstruction.JumpEqual, number, accept);
        }
    }
}
