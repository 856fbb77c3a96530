using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>ICMP types of echo messages in both families (RFC 792, RFC 4443).</summary>
internal static class EchoType
{
    public static byte Request(Address source) => source.IsIpv4 ? (byte)8 : (byte)128;

    public static byte Reply(Address source) => source.IsIpv4 ? (byte)0 : (byte)129;
}
