using System.Net.NetworkInformation;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Cli.Live;

/// <summary>Interfaces that are named where a capture is expected.</summary>
internal static class InterfaceName
{
    /// <summary>True for a bare word that an interface has for its name, and no file.</summary>
    public static bool IsMeant(string text, SourceAddress address) =>
        address.Kind == SourceKind.Pcap && string.Equals(text, address.Target, StringComparison.Ordinal) && !File.Exists(text)
        && NetworkInterface.GetAllNetworkInterfaces().Any(i => string.Equals(i.Name, text, StringComparison.Ordinal));

    /// <summary>Tells a user who named an interface alone how to name it; throws <see cref="UsageException"/>.</summary>
    public static void Refuse(string text, SourceAddress address)
    {
        if (IsMeant(text, address))
            throw new UsageException($"{text} is an interface and no file: afpacket:{text} reads it");
    }
}
