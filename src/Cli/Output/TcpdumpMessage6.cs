using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>An ICMPv6 message in tcpdump's words.</summary>
internal sealed class TcpdumpMessage6(ByteSink sink)
{
    private const byte Unreachable = 1;
    private const byte TooBig = 2;
    private const byte TimeExceeded = 3;
    private const byte ParameterProblem = 4;
    private const byte EchoRequest = 128;
    private const byte EchoReply = 129;
    private const byte ListenerQuery = 130;
    private const byte ListenerReport = 131;
    private const byte ListenerDone = 132;
    private const byte NeighborSolicitation = 135;
    private const byte NeighborAdvertisement = 136;
    private const byte Redirect = 137;
    private const byte ListenerReport2 = 143;
    private const byte HomeAgentRequest = 144;
    private const byte PrefixSolicitation = 146;

    /// <summary>A version 1 listener message is this long (RFC 2710 section 3); a longer query is of version 2.</summary>
    private const int ListenerBytes = 24;

    /// <summary>Writes the message without its length. False where the capture ends before what tcpdump would print.</summary>
    public bool TryWrite(in IcmpEvent e, EventBuffer buffer)
    {
        if (e.FragmentOffset != 0 || (e.Flags & EventFlags.MoreFragments) != EventFlags.None)
            WriteFragment(in e);
        sink.Write("ICMP6, "u8);
        WriteName(e.Type);
        IcmpEventDetail detail = e.Detail == 0 ? default : buffer.DetailOf(e);
        switch (e.Type)
        {
            case Unreachable:
                return TryWriteUnreachable(e.Code, in detail);
            case TooBig:
                sink.Write(", mtu "u8);
                sink.Write(e.RestOfHeader);
                return e.HasRestOfHeader;
            case TimeExceeded:
                return TryWriteTimeExceeded(e.Code, in detail);
            case ParameterProblem:
                WriteProblem(e.Code);
                sink.Write(e.RestOfHeader);
                return e.HasRestOfHeader;
            case EchoRequest or EchoReply:
                return TryWriteIdentifier(in e);
            case ListenerQuery or ListenerReport or ListenerDone:
                return TryWriteListener(in e, in detail);
            case ListenerReport2:
                sink.Write(", "u8);
                sink.Write((ushort)e.RestOfHeader);
                sink.Write(" group record(s)"u8);
                return e.HasRestOfHeader;
            case NeighborSolicitation or NeighborAdvertisement:
                return TryWriteNeighbor(e.Type, in detail);
            case Redirect:
                return TryWriteRedirect(in detail);
            case HomeAgentRequest or PrefixSolicitation:
                sink.Write(", id 0x"u8);
                sink.WriteHex(e.RestOfHeader >> 16, 4);
                return e.HasRestOfHeader;
            default:
                return true;
        }
    }

    private void WriteFragment(in IcmpEvent e)
    {
        sink.Write("frag ("u8);
        sink.Write(e.FragmentOffset * 8L);
        sink.WriteByte((byte)'|');
        sink.Write(e.MessageBytes);
        sink.Write(") "u8);
    }

    private void WriteName(byte type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            Unreachable => "destination unreachable"u8,
            TooBig => "packet too big"u8,
            TimeExceeded => "time exceeded in-transit"u8,
            ParameterProblem => "parameter problem"u8,
            EchoRequest => "echo request"u8,
            EchoReply => "echo reply"u8,
            ListenerQuery => "multicast listener query"u8,
            ListenerReport => "multicast listener report"u8,
            ListenerDone => "multicast listener done"u8,
            133 => "router solicitation"u8,
            134 => "router advertisement"u8,
            NeighborSolicitation => "neighbor solicitation"u8,
            NeighborAdvertisement => "neighbor advertisement"u8,
            Redirect => "redirect"u8,
            138 => "router renumbering"u8,
            139 => "who-are-you request"u8,
            140 => "who-are-you reply"u8,
            141 => "inverse neighbor solicitation"u8,
            142 => "inverse neighbor advertisement"u8,
            ListenerReport2 => "multicast listener report v2"u8,
            HomeAgentRequest => "ha discovery request"u8,
            145 => "ha discovery reply"u8,
            PrefixSolicitation => "mobile router solicitation"u8,
            147 => "mobile router advertisement"u8,
            155 => "RPL"u8,
            _ => default,
        };
        if (name.IsEmpty)
        {
            sink.Write("unknown icmp6 type ("u8);
            sink.Write(type);
            sink.WriteByte((byte)')');
        }
        else
        {
            sink.Write(name);
        }
    }

    private bool TryWriteUnreachable(byte code, in IcmpEventDetail quoted)
    {
        ReadOnlySpan<byte> name = code switch
        {
            0 => ", unreachable route"u8,
            1 => ", unreachable prohibited"u8,
            2 => ", beyond scope"u8,
            3 => ", unreachable address"u8,
            4 => ", unreachable port"u8,
            _ => ", unknown unreach code ("u8,
        };
        sink.Write(name);
        if (name.EndsWith("("u8))
        {
            sink.Write(code);
            sink.WriteByte((byte)')');
            return true;
        }

        if ((quoted.Groups & DetailGroups.Quoted) == DetailGroups.None)
            return false;
        if (code == 4)
        {
            sink.Write(", "u8);
            TcpdumpQuote.WritePort(sink, in quoted);
            return TcpdumpQuote.HasPort(in quoted);
        }

        sink.WriteByte((byte)' ');
        sink.Write(quoted.QuotedDestination);
        if (code == 2)
        {
            sink.Write(", source address "u8);
            sink.Write(quoted.QuotedSource);
        }

        return true;
    }

    private bool TryWriteTimeExceeded(byte code, in IcmpEventDetail quoted)
    {
        if (code == 1)
        {
            sink.Write(" (reassembly)"u8);
            return true;
        }

        if (code > 1)
        {
            sink.Write(", unknown code ("u8);
            sink.Write(code);
            sink.WriteByte((byte)')');
            return true;
        }

        if ((quoted.Groups & DetailGroups.Quoted) == DetailGroups.None)
            return false;
        sink.Write(" for "u8);
        sink.Write(quoted.QuotedDestination);
        return true;
    }

    private void WriteProblem(byte code)
    {
        ReadOnlySpan<byte> text = code switch
        {
            0 => ", erroneous - octet "u8,
            1 => ", next header - octet "u8,
            2 => ", option - octet "u8,
            3 => ", incomplete header chain - octet "u8,
            _ => default,
        };
        if (text.IsEmpty)
        {
            sink.Write(", code-#"u8);
            sink.Write(code);
            sink.Write(" - octet "u8);
        }
        else
        {
            sink.Write(text);
        }
    }

    private bool TryWriteIdentifier(in IcmpEvent e)
    {
        if (!e.HasSequence)
            return false;
        sink.Write(", id "u8);
        sink.Write(e.Identifier);
        sink.Write(", seq "u8);
        sink.Write(e.Sequence);
        return true;
    }

    private bool TryWriteListener(in IcmpEvent e, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Listener) == DetailGroups.None)
            return false;
        if (e.Type == ListenerQuery && e.MessageBytes > ListenerBytes)
        {
            sink.Write(" [gaddr "u8);
            sink.Write(detail.Target);
            sink.WriteByte((byte)']');
            return true;
        }

        sink.Write("max resp delay: "u8);
        sink.Write(detail.MaximumResponseCode);
        sink.Write(" addr: "u8);
        sink.Write(detail.Target);
        return true;
    }

    private bool TryWriteNeighbor(byte type, in IcmpEventDetail detail)
    {
        sink.Write(type == NeighborSolicitation ? ", who has "u8 : ", tgt is "u8);
        if ((detail.Groups & DetailGroups.Neighbor) == DetailGroups.None)
            return false;
        sink.Write(detail.Target);
        return true;
    }

    private bool TryWriteRedirect(in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Neighbor) == DetailGroups.None)
            return false;
        sink.Write(", "u8);
        sink.Write(detail.Redirected);
        sink.Write(" to "u8);
        sink.Write(detail.Target);
        return true;
    }
}
