using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// What the command line calls SRC: <c>pcap:FILE</c> (a bare path means the same), <c>afpacket:IFACE</c>,
/// <c>afxdp:IFACE[:QUEUE]</c> or <c>libpcap:IFACE</c>. <c>-</c> for FILE is standard input.
/// </summary>
/// <param name="Kind">Where frames come from.</param>
/// <param name="Target">A path, or the name of an interface.</param>
/// <param name="Queue">The receive queue of an <see cref="SourceKind.AfXdp"/> source; null for all of them.</param>
public sealed record SourceAddress(SourceKind Kind, string Target, int? Queue = null)
{
    /// <summary>The path that means standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>IFNAMSIZ of linux/if.h is 16 and counts the terminating zero.</summary>
    public const int MaxInterfaceNameLength = 15;

    /// <summary>ethtool and AF_XDP number queues with 32 bits; no device has more than 16 bits' worth of them.</summary>
    public const int MaxQueue = ushort.MaxValue;

    private const string Forms = "pcap:FILE, afpacket:IFACE, afxdp:IFACE[:QUEUE] or libpcap:IFACE";

    /// <summary>True for sources that read a network interface, and so do not end by themselves.</summary>
    public bool IsLive => Kind != SourceKind.Pcap;

    /// <summary>True where the capture comes in over standard input.</summary>
    public bool IsStandardInput => Kind == SourceKind.Pcap && string.Equals(Target, StandardInput, StringComparison.Ordinal);

    /// <summary>Reads an address. Whether the file or interface exists is seen only when the source starts.</summary>
    /// <param name="text">The address as typed.</param>
    /// <param name="address">The address, when the text is one.</param>
    /// <param name="error">One line that says what is wrong, when it is not.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SourceAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            error = $"the source is empty: expected {Forms}";
            return false;
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !LooksLikeScheme(text.AsSpan(0, colon)))
            return TryPath(text, text, out address, out error);

        string scheme = text[..colon];
        string rest = text[(colon + 1)..];
        switch (scheme)
        {
            case "pcap":
                return TryPath(text, rest, out address, out error);
            case "afpacket":
                return TryInterface(SourceKind.AfPacket, text, rest, null, out address, out error);
            case "libpcap":
                return TryInterface(SourceKind.Libpcap, text, rest, null, out address, out error);
            case "afxdp":
                return TryQueue(text, rest, out address, out error);
            default:
                error = $"'{text}': unknown source '{scheme}': expected {Forms} (for a file of this name write pcap:{text})";
                return false;
        }
    }

    /// <summary>The address in the form that <see cref="TryParse"/> reads.</summary>
    public override string ToString()
    {
        string scheme = Kind switch
        {
            SourceKind.Pcap => "pcap",
            SourceKind.AfPacket => "afpacket",
            SourceKind.AfXdp => "afxdp",
            _ => "libpcap",
        };
        return Queue is int queue ? string.Create(CultureInfo.InvariantCulture, $"{scheme}:{Target}:{queue}") : $"{scheme}:{Target}";
    }

    // Letters, digits and dashes before the first colon; "./a:b.pcap" and "/x/12:30.pcap" are paths.
    private static bool LooksLikeScheme(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
        }
        return true;
    }

    private static bool TryPath(string text, string path, [NotNullWhen(true)] out SourceAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        if (path.Length == 0)
        {
            error = $"'{text}': the file name is missing: expected pcap:FILE";
            return false;
        }
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            error = "the file name contains a zero byte";
            return false;
        }
        address = new SourceAddress(SourceKind.Pcap, path);
        error = null;
        return true;
    }

    private static bool TryQueue(string text, string rest, [NotNullWhen(true)] out SourceAddress? address, [NotNullWhen(false)] out string? error)
    {
        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return TryInterface(SourceKind.AfXdp, text, rest, null, out address, out error);
        if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int queue) || queue > MaxQueue)
        {
            address = null;
            error = $"'{text}': '{rest[(colon + 1)..]}' is not a queue number: expected afxdp:IFACE[:QUEUE] with QUEUE from 0 to {MaxQueue}";
            return false;
        }
        return TryInterface(SourceKind.AfXdp, text, rest[..colon], queue, out address, out error);
    }

    // The kernel's own rule for names, dev_valid_name in net/core/dev.c.
    private static bool TryInterface(
        SourceKind kind, string text, string name, int? queue, [NotNullWhen(true)] out SourceAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        if (name.Length == 0)
        {
            error = $"'{text}': the interface name is missing";
            return false;
        }
        if (name.Length > MaxInterfaceNameLength || name is "." or ".." || name.AsSpan().ContainsAny('/', ':', '\0') || name.Any(char.IsWhiteSpace))
        {
            error = $"'{text}': '{name}' cannot be an interface name: at most {MaxInterfaceNameLength} characters, without '/', ':' or blanks";
            return false;
        }
        address = new SourceAddress(kind, name, queue);
        error = null;
        return true;
    }
}
