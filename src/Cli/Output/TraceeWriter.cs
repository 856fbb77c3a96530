using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// <c>decode --format tracee</c>: the network fields of Tracee's <c>net_packet_icmp</c> and <c>net_packet_icmpv6</c> events
/// (https://aquasecurity.github.io/tracee/latest/docs/events/builtin/man/network/net_packet_icmp), one object a line. As there,
/// every ICMPv4 message has an id and a seq, whatever its type has in these four bytes, and ICMPv6 has neither.
/// </summary>
internal sealed class TraceeWriter(ByteSink sink, bool flushesLines) : LineWriter(sink, flushesLines)
{
    protected override void WriteLine(in IcmpEvent e, EventBuffer buffer)
    {
        bool isIpv4 = e.IpVersion == 4;
        Sink.Write("{\"timestamp\":"u8);
        Sink.Write(e.FirstNs);
        Sink.Write(isIpv4 ? ",\"eventName\":\"net_packet_icmp\""u8 : ",\"eventName\":\"net_packet_icmpv6\""u8);
        Sink.Write(",\"argsNum\":3,\"args\":[{\"name\":\"src\",\"type\":\"const char*\",\"value\":\""u8);
        Sink.Write(e.Source);
        Sink.Write("\"},{\"name\":\"dst\",\"type\":\"const char*\",\"value\":\""u8);
        Sink.Write(e.Destination);
        Sink.Write(isIpv4
            ? "\"},{\"name\":\"proto_icmp\",\"type\":\"trace.ProtoICMP\",\"value\":{\"typeCode\":\""u8
            : "\"},{\"name\":\"proto_icmpv6\",\"type\":\"trace.ProtoICMPv6\",\"value\":{\"typeCode\":\""u8);
        TraceeTypeCode.Write(Sink, e.IpVersion, e.Type, e.Code);
        Sink.Write("\",\"checksum\":"u8);
        Sink.Write(e.Checksum);
        if (isIpv4)
        {
            Sink.Write(",\"id\":"u8);
            Sink.Write(e.Identifier);
            Sink.Write(",\"seq\":"u8);
            Sink.Write((ushort)e.RestOfHeader);
        }

        Sink.Write("}}]}"u8);
    }
}
