using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>The quoted datagram's ports in tcpdump's words, which both families share.</summary>
internal static class TcpdumpQuote
{
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>Writes <c>192.0.2.1 udp port 53</c>, and <c> unreachable</c> where the protocol has no name.</summary>
    public static void WritePort(ByteSink sink, in IcmpEventDetail quoted)
    {
        sink.Write(quoted.QuotedDestination);
        if (quoted.QuotedProtocol is Tcp or Udp)
        {
            sink.Write(quoted.QuotedProtocol == Tcp ? " tcp port "u8 : " udp port "u8);
            sink.Write(quoted.QuotedDestinationPort);
            return;
        }

        sink.Write(" protocol "u8);
        sink.Write(quoted.QuotedProtocol);
        sink.Write(" port "u8);

        // The second two bytes behind the header, whatever they are: of ICMP the checksum.
        sink.Write((quoted.Groups & DetailGroups.QuotedIcmp) != DetailGroups.None ? quoted.QuotedChecksum : quoted.QuotedDestinationPort);
    }

    /// <summary>True for the protocols that tcpdump has a name for here.</summary>
    public static bool IsNamed(in IcmpEventDetail quoted) => quoted.QuotedProtocol is Tcp or Udp;

    /// <summary>True where the port that tcpdump would print was captured.</summary>
    public static bool HasPort(in IcmpEventDetail quoted) =>
        quoted.QuotedProtocol is not (Tcp or Udp) || (quoted.Groups & DetailGroups.QuotedPorts) != DetailGroups.None;
}
