using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>An ICMPv4 message in tcpdump's words.</summary>
internal sealed class TcpdumpMessage(ByteSink sink)
{
    private const byte EchoReply = 0;
    private const byte Unreachable = 3;
    private const byte Redirect = 5;
    private const byte EchoRequest = 8;
    private const byte RouterAdvertisement = 9;
    private const byte TimeExceeded = 11;
    private const byte ParameterProblem = 12;
    private const byte TimestampRequest = 13;
    private const byte TimestampReply = 14;
    private const byte MaskReply = 18;

    /// <summary>It looks for the quoted header before it prints that a time was exceeded.</summary>
    private const int QuotedHeaderBytes = 20;

    private const byte CodeProtocol = 2;
    private const byte CodePort = 3;
    private const byte CodeTooLong = 4;

    /// <summary>By code of an unreachable: what stands before and behind the quoted destination.</summary>
    private static readonly (byte[] Before, byte[] Behind)[] UnreachableTexts = Texts(
        "net | unreachable",
        "host | unreachable",
        "| unreachable",
        "| unreachable",
        "| unreachable",
        "| unreachable - source route failed",
        "net | unreachable - unknown",
        "host | unreachable - unknown",
        "| unreachable - source host isolated",
        "net | unreachable - admin prohibited",
        "host | unreachable - admin prohibited",
        "net | unreachable - tos prohibited",
        "host | unreachable - tos prohibited",
        "host | unreachable - admin prohibited filter",
        "host | unreachable - host precedence violation",
        "host | unreachable - precedence cutoff");

    /// <summary>Writes the message without its length, and says what is to follow.</summary>
    public TcpdumpEnd Write(in IcmpEvent e, EventBuffer buffer) => TryWrite(in e, buffer) ? TcpdumpEnd.Length : TcpdumpEnd.Cut;

    private bool TryWrite(in IcmpEvent e, EventBuffer buffer)
    {
        sink.Write("ICMP "u8);
        switch (e.Type)
        {
            case EchoRequest or EchoReply:
                sink.Write(e.Type == EchoRequest ? "echo request"u8 : "echo reply"u8);
                return TryWriteIdentifier(in e, ", id "u8, ", seq "u8);
            case Unreachable:
                return TryWriteUnreachable(in e, buffer);
            case Redirect:
                return TryWriteRedirect(in e, buffer);
            case RouterAdvertisement:
                return TryWriteRouters(in e, buffer);
            case TimeExceeded:
                WriteTimeExceeded(e.Code);
                return e.PayloadCaptured >= QuotedHeaderBytes;
            case ParameterProblem:
                sink.Write(e.Code == 0 ? "parameter problem - octet "u8 : "parameter problem - code "u8);
                sink.Write(e.Code == 0 ? e.RestOfHeader >> 24 : e.Code);
                return e.HasRestOfHeader;
            case TimestampRequest:
                sink.Write("time stamp query"u8);
                return TryWriteIdentifier(in e, " id "u8, " seq "u8);
            case TimestampReply:
                sink.Write("time stamp reply"u8);
                return TryWriteIdentifier(in e, " id "u8, " seq "u8) && TryWriteTimes(in e, buffer);
            case MaskReply:
                return TryWriteMask(in e, buffer);
            default:
                WriteName(e.Type);
                return true;
        }
    }

    private static IcmpEventDetail Detail(in IcmpEvent e, EventBuffer buffer) => e.Detail == 0 ? default : buffer.DetailOf(e);

    private void WriteName(byte type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            4 => "source quench"u8,
            10 => "router solicitation"u8,
            15 => "information request"u8,
            16 => "information reply"u8,
            17 => "address mask request"u8,
            _ => "type-#"u8,
        };
        sink.Write(name);
        if (name.EndsWith("#"u8))
            sink.Write(type);
    }

    private bool TryWriteIdentifier(in IcmpEvent e, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> sequence)
    {
        if (!e.HasSequence)
            return false;
        sink.Write(identifier);
        sink.Write(e.Identifier);
        sink.Write(sequence);
        sink.Write(e.Sequence);
        return true;
    }

    private bool TryWriteUnreachable(in IcmpEvent e, EventBuffer buffer)
    {
        IcmpEventDetail quoted = Detail(in e, buffer);
        if ((quoted.Groups & DetailGroups.Quoted) == DetailGroups.None)
        {
            sink.Write("unreachable-#"u8);
            sink.Write(e.Code);
            return false;
        }

        switch (e.Code)
        {
            case CodeProtocol:
                sink.Write(quoted.QuotedDestination);
                sink.Write(" protocol "u8);
                sink.Write(quoted.QuotedProtocol);
                sink.Write(" unreachable"u8);
                return true;
            case CodePort:
                TcpdumpQuote.WritePort(sink, in quoted);
                sink.Write(" unreachable"u8);
                return TcpdumpQuote.HasPort(in quoted);
            case CodeTooLong:
                sink.Write(quoted.QuotedDestination);
                sink.Write(" unreachable - need to frag"u8);
                WriteMtu(e.Mtu);
                return true;
            case var code when code < UnreachableTexts.Length:
                sink.Write(UnreachableTexts[code].Before);
                sink.Write(quoted.QuotedDestination);
                sink.Write(UnreachableTexts[code].Behind);
                return true;
            default:
                sink.Write(quoted.QuotedDestination);
                sink.Write(" unreachable - #"u8);
                sink.Write(e.Code);
                return true;
        }
    }

    private void WriteMtu(uint mtu)
    {
        if (mtu == 0)
            return;
        sink.Write(" (mtu "u8);
        sink.Write(mtu);
        sink.WriteByte((byte)')');
    }

    private bool TryWriteRedirect(in IcmpEvent e, EventBuffer buffer)
    {
        IcmpEventDetail quoted = Detail(in e, buffer);
        sink.Write(e.Code > 3 ? "redirect-#"u8 : e.Code >= 2 ? "redirect-tos "u8 : "redirect "u8);
        if (e.Code > 3)
            sink.Write(e.Code);
        if ((quoted.Groups & DetailGroups.Quoted) == DetailGroups.None)
            return false;
        if (e.Code > 3)
            sink.WriteByte((byte)' ');
        sink.Write(quoted.QuotedDestination);
        sink.Write(e.Code > 3 ? " to "u8 : e.Code % 2 == 0 ? " to net "u8 : " to host "u8);
        sink.Write(Address.FromIpv4(e.RestOfHeader));
        return true;
    }

    /// <summary>RFC 1256: number of addresses, size of an entry, lifetime in seconds; then the addresses with their preferences.</summary>
    private bool TryWriteRouters(in IcmpEvent e, EventBuffer buffer)
    {
        sink.Write("router advertisement lifetime "u8);
        if (!e.HasRestOfHeader)
            return false;
        WriteLifetime((ushort)e.RestOfHeader);
        sink.WriteByte((byte)' ');
        sink.Write(e.RestOfHeader >> 24);
        sink.WriteByte((byte)':');
        uint left = e.RestOfHeader >> 24;
        if (e.Detail == 0)
            return left == 0;
        foreach (RouterAddress router in buffer.ListsOf(in buffer.DetailOf(in e)).RouterAddresses)
        {
            sink.Write(" {"u8);
            sink.Write(router.Address);
            sink.WriteByte((byte)' ');

            // RFC 1256 has them signed, tcpdump has not.
            sink.Write((uint)router.Preference);
            sink.WriteByte((byte)'}');
            left--;
        }

        return left == 0;
    }

    /// <summary>Seconds, minutes and seconds, or hours, minutes and seconds.</summary>
    private void WriteLifetime(int seconds)
    {
        const int Minute = 60;
        const int Hour = 3600;
        if (seconds >= Hour)
        {
            sink.Write(seconds / Hour);
            sink.WriteByte((byte)':');
        }

        if (seconds >= Minute)
        {
            sink.WritePadded(seconds / Minute % Minute, seconds >= Hour ? (byte)2 : (byte)1);
            sink.WriteByte((byte)':');
        }

        sink.WritePadded(seconds % Minute, seconds >= Minute ? (byte)2 : (byte)1);
    }

    private void WriteTimeExceeded(byte code)
    {
        if (code > 1)
        {
            sink.Write("time exceeded-#"u8);
            sink.Write(code);
            return;
        }

        sink.Write(code == 0 ? "time exceeded in-transit"u8 : "ip reassembly time exceeded"u8);
    }

    private bool TryWriteTimes(in IcmpEvent e, EventBuffer buffer)
    {
        IcmpEventDetail detail = Detail(in e, buffer);
        if ((detail.Groups & DetailGroups.Timestamps) == DetailGroups.None)
            return false;
        sink.Write(": org "u8);
        WriteMilliseconds(detail.OriginateMs);
        sink.Write(", recv "u8);
        WriteMilliseconds(detail.ReceiveMs);
        sink.Write(", xmit "u8);
        WriteMilliseconds(detail.TransmitMs);
        return true;
    }

    private void WriteMilliseconds(uint ms)
    {
        ClockText.Write(sink, ms / 1000);
        sink.WriteByte((byte)'.');
        sink.WritePadded(ms % 1000, 3);
    }

    private bool TryWriteMask(in IcmpEvent e, EventBuffer buffer)
    {
        IcmpEventDetail detail = Detail(in e, buffer);
        sink.Write("address mask is 0x"u8);
        if ((detail.Groups & DetailGroups.Mask) == DetailGroups.None)
            return false;
        sink.WriteHex(detail.AddressMask, 8);
        return true;
    }

    private static (byte[] Before, byte[] Behind)[] Texts(params string[] texts) => Array.ConvertAll(texts, text =>
    {
        string[] parts = text.Split('|');
        return (Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(parts[1]));
    });
}
