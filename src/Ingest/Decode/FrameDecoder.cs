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
    private readonly EchoLanes? _lanes;

    /// <summary>Makes a decoder; <paramref name="options"/> are read at each frame and do not change.</summary>
    public FrameDecoder(DecodeOptions? options = null)
    {
        _options = options ?? DecodeOptions.Default;
        if (_options.Accelerated && EchoLanes.IsSupported)
            _lanes = new EchoLanes(this, _options.Privacy);
    }

    /// <summary>Frames by outcome, this decoder's own.</summary>
    public DecodeCounters Counters { get; } = new();

    /// <summary>Whether tunnels are read through.</summary>
    internal bool FollowsTunnels => _options.FollowTunnels;

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

    /// <summary>
    /// Decodes the next frames of a cursor, as many as fit a batch and the buffer: the same as one by one.
    /// </summary>
    /// <param name="cursor">Stands behind the last frame decoded afterwards.</param>
    /// <param name="into">Takes the events.</param>
    /// <param name="frames">Refilled with the frames decoded, and what became of each.</param>
    /// <returns>
    /// How many frames were decoded; 0 when the cursor's read has no further whole frame, or <paramref name="into"/> is full.
    /// </returns>
    public int Decode(ref FrameCursor cursor, EventBuffer into, FrameBatch frames)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(frames);
        frames.Clear();
        if (into.IsFull)
            return 0;
        FrameCursor before = cursor;
        int read = frames.Read(ref cursor, into.Capacity - into.Count);
        int decoded = Decode(cursor.Memory, frames, into);
        if (decoded < read)
        {
            // The arena is full before the events are, or there is a fragment: the frames left are read again.
            cursor = before;
            frames.Read(ref cursor, decoded);
        }

        return decoded;
    }

    /// <summary>
    /// Decodes a batch of frames that lie in <paramref name="memory"/>; returns how many before <paramref name="into"/> was full, or
    /// <see cref="FrameBatch.StopsAtFragments"/> said so.
    /// </summary>
    public int Decode(ReadOnlySpan<byte> memory, FrameBatch frames, EventBuffer into)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(frames);
        if (_lanes is not null)
            return _lanes.Decode(memory, frames, into);
        ReadOnlySpan<FrameInfo> infos = frames.Infos;
        for (int index = 0; index < infos.Length; index++)
        {
            if (into.IsFull)
                return index;
            frames.Verdicts[index] = Decode(infos[index], memory.Slice(frames.Offsets[index], (int)infos[index].CapturedBytes), into);
            if (frames.StopsAtFragments && FragmentStage.Concerns(frames.Verdicts[index], into))
                return index + 1;
        }

        return infos.Length;
    }

    private DecodeOutcome Read(in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into)
    {
        var walk = new PacketWalk(frame, info.OriginalBytes, _options.FollowTunnels);
        Layer layer = LinkTypes.First(ref walk, info.LinkType);
        return Follow(ref walk, layer, info, into);
    }

    private DecodeOutcome Follow(ref PacketWalk walk, Layer layer, in FrameInfo info, EventBuffer into)
    {
        for (int depth = 0; depth < MaxLayers; depth++)
        {
            switch (layer)
            {
                case Layer.Ethernet:
                    layer = EthernetLayer.Read(ref walk);
                    break;
                case Layer.Ip:
                    layer = IpLayer.Read(ref walk);
                    break;
                case Layer.Icmpv4:
                    return IcmpMessage.Read(ref walk, info, into, _options, version: 4);
                case Layer.Icmpv6:
                    return IcmpMessage.Read(ref walk, info, into, _options, version: 6);
                case Layer.Stop:
                    return walk.Outcome;
                case Layer.Sflow:
                    return ReadSamples(walk, info, into);
                default:
                    layer = Next(ref walk, layer);
                    break;
            }
        }

        return DecodeOutcome.TunnelDepth;
    }

    /// <summary>Walks to the message or the fragment in a frame and makes no event of it; samples are not looked into.</summary>
    internal static PacketWalk WalkTo(in FrameInfo info, ReadOnlySpan<byte> frame, bool followTunnels)
    {
        var walk = new PacketWalk(frame, info.OriginalBytes, followTunnels);
        Layer layer = LinkTypes.First(ref walk, info.LinkType);
        for (int depth = 0; depth < MaxLayers && layer is not (Layer.Icmpv4 or Layer.Icmpv6 or Layer.Stop); depth++)
        {
            layer = layer switch
            {
                Layer.Ethernet => EthernetLayer.Read(ref walk),
                Layer.Ip => IpLayer.Read(ref walk),
                _ => Next(ref walk, layer),
            };
        }

        return walk;
    }

    // The layers that most frames do not have, out of the way of those that they do.
    private static Layer Next(ref PacketWalk walk, Layer layer) => layer switch
    {
        Layer.EtherType => EtherTypes.Read(ref walk),
        Layer.Ipv4 => Ipv4Layer.Read(ref walk),
        Layer.Ipv6 => Ipv6Layer.Read(ref walk),
        Layer.Llc => LlcLayer.Read(ref walk),
        Layer.Mpls => MplsLayer.Read(ref walk),
        Layer.Ppp => PppLayer.Read(ref walk),
        Layer.Pppoe => PppLayer.ReadPppoe(ref walk),
        Layer.Gre => GreLayer.Read(ref walk),
        Layer.Udp => UdpTunnels.Read(ref walk),
        Layer.Nsh => NshLayer.Read(ref walk),
        Layer.Minimal => OtherIpTunnels.ReadMinimal(ref walk),
        Layer.CiscoHdlc => SerialLayers.ReadCiscoHdlc(ref walk),
        Layer.FrameRelay => SerialLayers.ReadFrameRelay(ref walk),
        Layer.Wlan => WlanLayer.Read(ref walk),
        Layer.Infiniband => LocalLayers.ReadInfiniband(ref walk),
        Layer.Trill => ShimLayers.ReadTrill(ref walk),
        Layer.Batman => ShimLayers.ReadBatman(ref walk),
        Layer.Macsec => ShimLayers.ReadMacsec(ref walk),
        _ => Layer.Stop,
    };

    // The first sampled frame with an ICMP message gives the event: a frame has one event at most.
    private DecodeOutcome ReadSamples(in PacketWalk walk, in FrameInfo info, EventBuffer into)
    {
        if (walk.IsSample || !SflowDatagram.TryOpen(walk, out SflowDatagram datagram))
            return DecodeOutcome.NotIcmp;
        while (datagram.TryNext(out PacketWalk sample, out Layer layer))
        {
            DecodeOutcome outcome = Follow(ref sample, layer, info, into);
            if (outcome < DecodeOutcome.NotIcmp)
                return outcome;
        }

        return DecodeOutcome.NotIcmp;
    }
}
