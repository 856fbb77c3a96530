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
        Sink.Write(e.Source);
        Sink.Write(" > "u8);
        Sink.Write(e.Destination);
        Sink.Write(": "u8);
        bool isWhole = e.IpVersion == 4 ? _message4.TryWrite(in e, buffer) : _message6.TryWrite(in e, buffer);
        if (isWhole)
        {
            Sink.Write(", length "u8);
            Sink.Write(e.MessageBytes);
        }
        else
        {
            Sink.Write(e.IpVersion == 4 ? " [|icmp]"u8 : " [|icmp6]"u8);
        }
    }

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
