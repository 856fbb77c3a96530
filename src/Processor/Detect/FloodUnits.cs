namespace IcmpStream.Processor.Detect;

/// <summary>Names that the flood rules and their wording share.</summary>
internal static class FloodUnits
{
    public const string Packets = "packets/s";
    public const string Bits = "bits/s";
    public const string PacketsFeature = "packets_per_second";
    public const string BitsFeature = "bits_per_second";
    public const string PeersFeature = "peers";
}
