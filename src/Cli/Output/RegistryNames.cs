using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Cli.Output;

/// <summary>The names of the IANA registries.</summary>
internal sealed class RegistryNames : IIcmpNames
{
    private RegistryNames()
    {
    }

    public static RegistryNames Instance { get; } = new();

    public string? TypeName(byte ipVersion, byte type) => IcmpTypes.Name(ipVersion, type);

    public string? CodeName(byte ipVersion, byte type, byte code) => IcmpTypes.CodeName(ipVersion, type, code);
}
