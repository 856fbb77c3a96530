using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Turns frames into events, one frame at a time, in plain scalar code: the oracle of any faster decoder, and what such a one
/// falls back to for a frame it does not know. It reads only inside the span it is given, allocates nothing, throws on no input,
/// and does a bounded amount of work per byte. Not thread-safe: one decoder per reading thread.
/// </summary>
public sealed class FrameDecoder
{
    /// <summary>
    /// The most headers read in one frame: eight tunnels of three headers each (IP, UDP, the tunnel's own) and the link in
    /// front. Each read moves the walk forward, so this bounds time, not only depth.
    /// </summary>
    public const int MaxLayers = 32;

    private readonly DecodeOptions _options;

    /// <summary>Makes a decoder; <paramref name="options"/> are read at each frame and do not change.</summary>
    public FrameDecoder(DecodeOptions? options = null) => _options = options ?? DecodeOptions.Default;

    /// <summary>Frames by outcome, this decoder's own.</summary>
    public DecodeCounters Counters { get; } = new();

    /// <summary>
    /// Reads a frame. Where it carries an ICMP message, the innermost through tunnels, its event is added to
    /// <paramref name="into"/>, which must not be full, and the outcome is below <see cref="DecodeOutcome.NotIcmp"/>; else the
    /// outcome says why there is none.
    /// </summary>
    public DecodeOutcome Decode(in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into)
    {
        ArgumentNullException.ThrowIfNull(into);
        DecodeOutcome outcome = Read(info, frame, into);
        Counters.Count(outcome);
        return outcome;
    }

    private DecodeOutcome Read(in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into)
    {
        var walk = new PacketWalk(frame, info.OriginalBytes);
        Layer layer = LinkTypes.First(ref walk, info.LinkType);
        for (int depth = 0; depth < MaxLayers; depth++)
        {
            switch (layer)
            {
                case Layer.Ethernet:
                    layer = EthernetLayer.Read(ref walk);
                    break;
                case Layer.EtherType:
                    layer = EtherTypes.Read(ref walk);
                    break;
                case Layer.Ip:
                    layer = IpLayer.Read(ref walk);
                    break;
                case Layer.Ipv4:
                    layer = Ipv4Layer.Read(ref walk);
                    break;
                case Layer.Ipv6:
                    layer = Ipv6Layer.Read(ref walk);
                    break;
                case Layer.Llc:
                    layer = LlcLayer.Read(ref walk);
                    break;
                case Layer.Mpls:
                    layer = MplsLayer.Read(ref walk);
                    break;
                case Layer.Ppp:
                    layer = PppLayer.Read(ref walk);
                    break;
                case Layer.Pppoe:
                    layer = PppLayer.ReadPppoe(ref walk);
                    break;
                case Layer.Gre:
                    layer = GreLayer.Read(ref walk);
                    break;
                case Layer.Udp:
                    layer = UdpTunnels.Read(ref walk);
                    break;
                case Layer.Nsh:
                    layer = NshLayer.Read(ref walk);
                    break;
                case Layer.Icmpv4:
                    return IcmpMessage.Read(ref walk, info, into, _options, version: 4);
                case Layer.Icmpv6:
                    return IcmpMessage.Read(ref walk, info, into, _options, version: 6);
                default:
                    return walk.Outcome;
            }
        }

        return DecodeOutcome.TunnelDepth;
    }
}
