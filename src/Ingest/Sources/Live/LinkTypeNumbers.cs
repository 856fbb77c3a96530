namespace IcmpStream.Ingest.Sources.Live;

/// <summary>The LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) that live interfaces have here.</summary>
internal static class LinkTypeNumbers
{
    public const ushort Ethernet = 1;
    public const ushort RawIp = 101;
}
