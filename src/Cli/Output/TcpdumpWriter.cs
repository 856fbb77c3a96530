using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// <c>decode --format text</c>: one line a message in the manner of <c>tcpdump -nn</c> without its options, times in UTC. What a
/// cut message no longer shows ends the line with <c>[|icmp]</c>, as there.
/// </summary>
internal sealed class TcpdumpWriter : LineWriter
{
    private const long NsPerSecond = 1_000_000_000;
    private const long NsPerMicrosecond = 1_000;
    private const long SecondsPerDay = 86_400;

    // LINKTYPE_ values.
    private const ushort Ethernet = 1;
    private const ushort RawIp = 101;
    private const int EthernetBytes = 14;
    private const int TagBytes = 4;

    private readonly TcpdumpMessage _message4;
    private readonly TcpdumpMessage6 _message6;

    public TcpdumpWriter(ByteSink sink, bool flushesLines)
        : base(sink, flushesLines)
    {
        _message4 = new TcpdumpMessage(sink);
        _message6 = new TcpdumpMessage6(sink);
    }

    protected override void WriteLine(in IcmpEvent e, EventBuffer buffer)
    {
        WriteTime(e.FirstNs);
        Sink.Write(e.IpVersion == 4 ? " IP "u8 : " IP6 "u8);
        WriteMissing(in e, buffer);
        Sink.Write(e.Source);
        Sink.Write(" > "u8);
        Sink.Write(e.Destination);
        Sink.Write(": "u8);
        int start = Sink.Position;
        switch (e.IpVersion == 4 ? _message4.Write(in e, buffer) : _message6.Write(in e, buffer))
        {
            case TcpdumpEnd.Length:
                Sink.Write(", length "u8);
                Sink.Write(e.MessageBytes);
                break;
            case TcpdumpEnd.Cut when e.IpVersion == 4:
                // tcpdump puts the text of an ICMPv4 message together before it prints any of it.
                Sink.GoBack(start);
                Sink.Write(" [|icmp]"u8);
                break;
            case TcpdumpEnd.Cut:
                Sink.Write(" [|icmp6]"u8);
                break;
            default:
                break;
        }
    }

    // IPv4 only, as there: the datagram goes on behind the frame.
    private void WriteMissing(in IcmpEvent e, EventBuffer buffer)
    {
        if (e.Outcome != DecodeOutcome.LengthMismatch || e.IpVersion != 4)
            return;
        long missing = IsBehindLinkHeader(e, buffer)
            ? e.Bytes - (e.FrameBytes - (e.LinkType == Ethernet ? EthernetBytes + (TagBytes * e.VlanCount) : 0L))
            : e.PayloadBytes - e.PayloadCaptured;
        Sink.Write("truncated-ip - "u8);
        Sink.Write(missing);
        Sink.Write(" bytes missing! "u8);
    }

    // Where the frame has no more headers than these, its length on the wire tells how much of the datagram there was.
    private static bool IsBehindLinkHeader(in IcmpEvent e, EventBuffer buffer) =>
        e.LinkType is Ethernet or RawIp && (e.Detail == 0 || (buffer.DetailOf(e).Groups & DetailGroups.Path) == DetailGroups.None);

    private void WriteTime(long timeNs)
    {
        // Floor, not truncation: captures have times before 1970.
        long seconds = Math.DivRem(timeNs, NsPerSecond, out long restNs);
        if (restNs < 0)
            (seconds, restNs) = (seconds - 1, restNs + NsPerSecond);
        long ofDay = ((seconds % SecondsPerDay) + SecondsPerDay) % SecondsPerDay;
        ClockText.Write(Sink, ofDay);
        Sink.WriteByte((byte)'.');
        Sink.WritePadded(restNs / NsPerMicrosecond, 6);
    }
}
