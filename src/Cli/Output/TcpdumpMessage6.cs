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
    private const byte RouterRenumbering = 138;
    private const byte ListenerReport2 = 143;
    private const byte Routing = 155;
    private const byte HomeAgentRequest = 144;
    private const byte PrefixSolicitation = 146;

    private const byte UnreachableCodes = 5;
    private const int QuotedHeaderBytes = 40;

    /// <summary>A version 2 query's sources stand behind this many bytes (RFC 3810 section 5.1).</summary>
    private const int QuerySourcesAt = 28;

    /// <summary>A version 1 listener message is this long (RFC 2710 section 3); a longer query is of version 2.</summary>
    private const int ListenerBytes = 24;

    /// <summary>Writes the message without its length, and says what is to follow.</summary>
    public TcpdumpEnd Write(in IcmpEvent e, EventBuffer buffer) => !TryWrite(in e, buffer) ? TcpdumpEnd.Cut
        : e.Type == Unreachable && e.Code >= UnreachableCodes ? TcpdumpEnd.Nothing
        : TcpdumpEnd.Length;

    private bool TryWrite(in IcmpEvent e, EventBuffer buffer)
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
                if (e.PayloadCaptured < QuotedHeaderBytes)
                    return false;
                WriteProblem(in e);
                return true;
            case EchoRequest or EchoReply:
                return TryWriteIdentifier(in e);
            case ListenerQuery or ListenerReport or ListenerDone:
                return TryWriteListener(in e, in detail);
            case ListenerReport2:
                sink.Write(", "u8);
                sink.Write((ushort)e.RestOfHeader);
                sink.Write(" group record(s)"u8);
                return e.HasRestOfHeader;
            case RouterRenumbering:
                WriteRenumbering(in e);
                return e.HasRestOfHeader;
            case Routing:
                WriteRouting(e.Code);
                if (e.Code is > 3 and < 0x80)
                    sink.Write(e.Code);
                return true;
            case NeighborSolicitation or NeighborAdvertisement:
                return TryWriteNeighbor(e.Type, in detail);
            case Redirect:
                return TryWriteRedirect(in detail);
            case HomeAgentRequest or PrefixSolicitation:
                if (!e.HasRestOfHeader)
                    return false;
                sink.Write(", id 0x"u8);
                sink.WriteHex(e.RestOfHeader >> 16, 4);
                return true;
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
            RouterRenumbering => "router renumbering"u8,
            139 => "who-are-you request"u8,
            140 => "who-are-you reply"u8,
            141 => "inverse neighbor solicitation"u8,
            142 => "inverse neighbor advertisement"u8,
            ListenerReport2 => "multicast listener report v2"u8,
            HomeAgentRequest => "ha discovery request"u8,
            145 => "ha discovery reply"u8,
            PrefixSolicitation => "mobile router solicitation"u8,
            147 => "mobile router advertisement"u8,
            Routing => "RPL"u8,
            200 => "mtrace response"u8,
            201 => "mtrace message"u8,
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
            1 => ",  unreachable prohibited"u8,
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
            // Of other protocols it does not look for a port here.
            if (!TcpdumpQuote.IsNamed(in quoted) || !TcpdumpQuote.HasPort(in quoted))
                return false;
            sink.Write(", "u8);
            TcpdumpQuote.WritePort(sink, in quoted);
            return true;
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

    private void WriteProblem(in IcmpEvent e)
    {
        ReadOnlySpan<byte> text = e.Code switch
        {
            0 => ", erroneous - octet "u8,
            1 => ", next header - octet "u8,
            2 => ", option - octet "u8,
            3 => ", incomplete header chain - octet "u8,
            _ => ", code-#"u8,
        };
        sink.Write(text);
        sink.Write(e.Code > 3 ? e.Code : e.RestOfHeader);
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
        if (e.Type == ListenerQuery && e.MessageBytes is not ListenerBytes and < QuerySourcesAt)
        {
            sink.Write(" unknown-version (len "u8);
            sink.Write(e.MessageBytes);
            sink.Write(") "u8);
            return true;
        }

        if (e.MessageBytes < ListenerBytes)
            return true;
        if ((detail.Groups & DetailGroups.Listener) == DetailGroups.None)
            return false;
        if (e.Type == ListenerQuery && e.MessageBytes > ListenerBytes)
        {
            sink.Write(" v2 [gaddr "u8);
            sink.Write(detail.Target);
            WriteSources(in e);
            sink.WriteByte((byte)']');
            return true;
        }

        sink.Write("max resp delay: "u8);
        sink.Write(detail.MaximumResponseCode);
        sink.Write(" addr: "u8);
        sink.Write(detail.Target);
        return true;
    }

    private void WriteSources(in IcmpEvent e)
    {
        // Their number itself is not kept; of a sound query the length says it.
        (int sources, int rest) = Math.DivRem(e.MessageBytes - QuerySourcesAt, Address.Size);
        if (e.Outcome == DecodeOutcome.ListenerMalformed || rest != 0)
        {
            sink.Write(" [invalid number of sources]"u8);
        }
        else if (sources > 0)
        {
            sink.Write(", "u8);
            sink.Write(sources);
            sink.Write(" source(s)"u8);
        }
    }

    // RFC 2894 section 3.1: command, result, reset of the sequence number. The prefixes behind are tcpdump's alone.
    private void WriteRenumbering(in IcmpEvent e)
    {
        sink.Write(e.Code switch { 0 => ", command"u8, 1 => ", result"u8, 255 => ", sequence number reset"u8, _ => ", code-#"u8 });
        if (e.Code is > 1 and < 255)
            sink.Write(e.Code);
        sink.Write(", seq="u8);
        sink.Write(e.RestOfHeader);
    }

    // RFC 6550 section 6: the high bit of the code says that the message is secured.
    private void WriteRouting(byte code) => sink.Write(code switch
    {
        0 => ", (CLR)DODAG Information Solicitation"u8,
        1 => ", (CLR)DODAG Information Object"u8,
        2 => ", (CLR)Destination Advertisement Object"u8,
        3 => ", (CLR)Destination Advertisement Object Ack"u8,
        < 0x80 => ", (CLR)RPL message, unknown code "u8,
        _ => ", (SEC) [worktodo]"u8,
    });

    private bool TryWriteNeighbor(byte type, in IcmpEventDetail detail)
    {
        if ((detail.Groups & DetailGroups.Neighbor) == DetailGroups.None)
            return false;
        sink.Write(type == NeighborSolicitation ? ", who has "u8 : ", tgt is "u8);
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
