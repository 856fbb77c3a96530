using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// sFlow version 5 (https://sflow.org/sflow_version_5.txt): a datagram of samples, some of which hold the first bytes of a frame.
/// It is read as a list of frames to try, one after the other.
/// </summary>
internal ref struct SflowDatagram
{
    /// <summary>
    /// Samples tried: a datagram of 1500 bytes holds twenty with headers at most, and a jumbo one six times as many.
    /// </summary>
    public const int MaxRecords = 128;

    private const uint Version = 5;
    private const uint AgentIpv4 = 1;
    private const uint AgentIpv6 = 2;
    private const uint FlowSample = 1;
    private const uint ExpandedFlowSample = 3;
    private const uint RawHeader = 1;
    private const int TagBytes = 8;
    private const int RawHeaderBytes = 16;
    private const int FlowFixedBytes = 32;
    private const int ExpandedFlowFixedBytes = 44;

    private PacketWalk _walk;
    private int _samples;
    private int _records;
    private int _sampleEnd;
    private int _tried;

    /// <summary>Reads the datagram's own header; false where it is none.</summary>
    public static bool TryOpen(in PacketWalk walk, out SflowDatagram datagram)
    {
        datagram = new SflowDatagram { _walk = walk };
        ref PacketWalk at = ref datagram._walk;
        if (at.Captured < 8 || at.Peek32(0) != Version)
            return false;
        int agentBytes = at.Peek32(4) switch
        {
            AgentIpv4 => 4,
            AgentIpv6 => Address.Size,
            _ => 0,
        };
        int headerBytes = 8 + agentBytes + 16;
        if (agentBytes == 0 || at.Captured < headerBytes)
            return false;
        datagram._samples = (int)Math.Min(at.Peek32(headerBytes - 4), MaxRecords);
        at.Skip(headerBytes);
        datagram._sampleEnd = at.Offset;
        return at.Enter(TunnelKind.Mirror);
    }

    /// <summary>The next sampled frame: a walk that stands at its first byte, and what it begins with.</summary>
    public bool TryNext(out PacketWalk frame, out Layer layer)
    {
        while (_tried < MaxRecords)
        {
            if (_records == 0)
            {
                if (!TryNextSample())
                    break;
                continue;
            }

            _tried++;
            _records--;
            if (!TryTag(out uint format, out int length))
                break;
            int next = _walk.Offset + length;
            if (format == RawHeader && length >= RawHeaderBytes)
            {
                frame = Frame(length, out layer);
                _walk.Offset = next;
                return true;
            }

            _walk.Offset = next;
        }

        frame = default;
        layer = Layer.Stop;
        return false;
    }

    private bool TryNextSample()
    {
        _walk.Offset = _sampleEnd;
        if (_samples == 0 || !TryTag(out uint format, out int length))
            return false;
        _samples--;
        _tried++;
        _sampleEnd = _walk.Offset + length;
        int fixedBytes = format switch
        {
            FlowSample => FlowFixedBytes,
            ExpandedFlowSample => ExpandedFlowFixedBytes,
            _ => 0,
        };
        if (fixedBytes == 0 || length < fixedBytes)
            return true;
        _records = (int)Math.Min(_walk.Peek32(fixedBytes - 4), MaxRecords);
        _walk.Skip(fixedBytes);
        return true;
    }

    // A format and the length of what follows; of the last of a datagram that was cut, what is there.
    private bool TryTag(out uint format, out int length)
    {
        format = 0;
        length = 0;
        if (_walk.Captured < TagBytes)
            return false;
        format = _walk.Peek32(0);
        uint claimed = _walk.Peek32(4);
        _walk.Skip(TagBytes);
        length = (int)Math.Min(claimed, (uint)_walk.Captured);
        return true;
    }

    // Header protocol, frame length, bytes stripped, header length, header. Header protocols: 1 Ethernet, 4 frame relay, 7 PPP,
    // 11 IPv4, 12 IPv6, 13 MPLS.
    private readonly PacketWalk Frame(int length, out Layer layer)
    {
        PacketWalk frame = _walk;
        layer = frame.Peek32(0) switch
        {
            1 => Layer.Ethernet,
            4 => Layer.FrameRelay,
            7 => Layer.Ppp,
            11 => Layer.Ipv4,
            12 => Layer.Ipv6,
            13 => Layer.Mpls,
            _ => Layer.Stop,
        };
        uint original = frame.Peek32(4);
        int sampled = (int)Math.Min(frame.Peek32(12), (uint)(length - RawHeaderBytes));
        frame.Skip(RawHeaderBytes);
        frame.Sample(sampled, original);
        return frame;
    }
}
