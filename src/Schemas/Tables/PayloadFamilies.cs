namespace IcmpStream.Schemas.Tables;

/// <summary>Names of the payloads that ordinary tools send.</summary>
public static class PayloadFamilies
{
    private static readonly string[] Names =
    [
        "none",
        "empty",
        "Linux iputils",
        "macOS and BSD",
        "Windows",
        "all zero",
        "all one byte",
        "incrementing bytes",
        "nmap OS detection",
        "fping",
        "smokeping",
        "BusyBox",
        "Cisco IOS",
    ];

    /// <summary>What a family is called in text for people; null for a number that this version does not know.</summary>
    public static string? Name(PayloadFamily family) => (int)family < Names.Length ? Names[(int)family] : null;
}
