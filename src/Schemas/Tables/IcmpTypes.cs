namespace IcmpStream.Schemas.Tables;

/// <summary>
/// Names and sizes of every registered ICMP type and code, deprecated ones included: the one table behind all outputs and the
/// decoder's verdicts. Sources: IANA "Internet Control Message Protocol (ICMP) Parameters" and "Internet Control Message Protocol
/// version 6 (ICMPv6) Parameters". Lookups allocate nothing and throw for no number.
/// </summary>
public static class IcmpTypes
{
    private const int TypesPerVersion = 256;

    /// <summary>
    /// Type, code and checksum: all that an unregistered type is known to have.
    /// </summary>
    private const byte UnregisteredHeaderBytes = 4;

    private static readonly IcmpType?[] Types = Index();
    private static readonly byte[] Headers = [.. Types.Select(type => type?.HeaderBytes ?? UnregisteredHeaderBytes)];

    /// <summary>
    /// The registry's name of a type ("Echo", "Neighbor Solicitation"); null where it is unassigned.
    /// </summary>
    /// <param name="version">4 or 6: whose types they are.</param>
    /// <param name="type">The type as on the wire.</param>
    public static string? Name(int version, byte type) => Find(version, type)?.Name;

    /// <summary>The registry's name of a code ("Port Unreachable"); null where it has none.</summary>
    /// <param name="version">4 or 6.</param>
    /// <param name="type">The type as on the wire.</param>
    /// <param name="code">The code as on the wire.</param>
    public static string? CodeName(int version, byte type, byte code)
    {
        string?[]? codes = Find(version, type)?.Codes;
        return codes is not null && code < codes.Length ? codes[code] : null;
    }

    /// <summary>True for types that are assigned; false for unassigned and reserved ones.</summary>
    public static bool IsRegistered(int version, byte type) => Find(version, type) is { Use: not IcmpTypeUse.Reserved };

    /// <summary>True for codes that are registered for an assigned type.</summary>
    public static bool IsRegistered(int version, byte type, byte code) => Find(version, type) switch
    {
        null or { Use: IcmpTypeUse.Reserved } => false,
        { Use: IcmpTypeUse.AnyCode } => true,
        { Codes.Length: 0 } => code == 0,
        { } found => code < found.Codes.Length && found.Codes[code] is not null,
    };

    /// <summary>The least a whole message of the type has, bytes; 4 for unregistered types.</summary>
    public static int HeaderBytes(int version, byte type) => Headers[Slot(version, type)];

    private static int Slot(int version, byte type) => (version == 6 ? TypesPerVersion : 0) + type;

    private static IcmpType? Find(int version, byte type) => Types[Slot(version, type)];

    private static IcmpType?[] Index()
    {
        var types = new IcmpType?[2 * TypesPerVersion];
        foreach (IcmpType type in Icmpv4Types.All)
            types[Slot(4, type.Number)] = type;
        foreach (IcmpType type in Icmpv6Types.All)
            types[Slot(6, type.Number)] = type;
        return types;
    }
}
