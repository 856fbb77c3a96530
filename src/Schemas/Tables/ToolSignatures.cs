namespace IcmpStream.Schemas.Tables;

/// <summary>
/// Signatures of tools that carry other things in ICMP payloads: the one table behind the decoder, which sets the bits, the rules,
/// which weigh them, and the outputs, which name them. Offsets are in the echo data, behind the eight bytes of the header. Numbers
/// are part of the contract.
/// </summary>
public static class ToolSignatures
{
    /// <summary>ptunnel's magic number.</summary>
    public const int Ptunnel = 0;

    /// <summary>ptunnel-ng's default magic number.</summary>
    public const int PtunnelNg = 1;

    /// <summary>The header of ptunnel and its successors, whatever the magic number.</summary>
    public const int PtunnelStructure = 2;

    /// <summary>Hans.</summary>
    public const int Hans = 3;

    /// <summary>icmptunnel by James Barlow.</summary>
    public const int IcmptunnelBarlow = 4;

    /// <summary>icmptunnel by Dhaval Kapil.</summary>
    public const int IcmptunnelKapil = 5;

    /// <summary>pingtunnel.</summary>
    public const int Pingtunnel = 6;

    /// <summary>icmpsh.</summary>
    public const int Icmpsh = 7;

    /// <summary>The banner of nishang's Invoke-PowerShellIcmp.</summary>
    public const int NishangBanner = 8;

    /// <summary>The prompt of nishang's Invoke-PowerShellIcmp.</summary>
    public const int NishangPrompt = 9;

    /// <summary>Pingback.</summary>
    public const int Pingback = 10;

    /// <summary>Loki2.</summary>
    public const int Loki2 = 11;

    /// <summary>A TFN command with its text.</summary>
    public const int TfnCommand = 12;

    /// <summary>A TFN reply's bare identifier.</summary>
    public const int TfnReply = 13;

    /// <summary>TFN2K's padding.</summary>
    public const int Tfn2k = 14;

    /// <summary>A Stacheldraht message with its text.</summary>
    public const int StacheldrahtText = 15;

    /// <summary>A Stacheldraht message's bare identifier.</summary>
    public const int Stacheldraht = 16;

    /// <summary>PyExfil.</summary>
    public const int PyExfil = 17;

    // T1095 Non-Application Layer Protocol; T1572 Protocol Tunneling; T1059 Command and Scripting Interpreter; T1498 Network Denial
    // of Service (the agents of TFN and Stacheldraht take their orders this way).
    private static readonly string[] Tunnel = ["T1095", "T1572"];
    private static readonly string[] Shell = ["T1095", "T1059"];
    private static readonly string[] Backdoor = ["T1095"];
    private static readonly string[] Agent = ["T1095", "T1498"];
    private static readonly string[] Exfiltration = ["T1095", "T1048.003"];

    private static readonly ToolSignature[] Table =
    [
        new(Ptunnel, "ptunnel", SignatureKind.Long, Tunnel, "0xD5200880 at offset 0"),
        new(PtunnelNg, "ptunnel-ng", SignatureKind.Long, Tunnel, "0xDEADC0DE at offset 0"),
        new(PtunnelStructure, "ptunnel-ng", SignatureKind.Long, Tunnel,
            "a 28-byte header whose data length at offset 20 is the payload's, and bit 30 or 31 of the state at offset 12"),
        new(Hans, "Hans", SignatureKind.Long, Tunnel, "'hanc' or 'hans' at offset 0, then a type from 1 to 9"),
        new(IcmptunnelBarlow, "icmptunnel (jamesbarlow)", SignatureKind.Long, Tunnel, "'TUNL' at offset 0, then a type from 0 to 5"),
        new(IcmptunnelKapil, "icmptunnel (DhavalKapil)", SignatureKind.Long, Tunnel,
            "a whole IPv4 packet at offset 0, its header checksum right, in a packet sent with TTL 255"),
        new(Pingtunnel, "pingtunnel", SignatureKind.Long, Tunnel, "a protobuf message of at most 888 bytes with field 6 = 0x30DAFA06"),
        new(Icmpsh, "icmpsh", SignatureKind.Short, Shell, "the banner of a Windows command shell in at most 64 bytes"),
        new(NishangBanner, "nishang", SignatureKind.Long, Shell, "'Windows PowerShell running as user'"),
        new(NishangPrompt, "nishang", SignatureKind.Short, Shell, "'PS ' at offset 0 and '> ' at the end"),
        new(Pingback, "Pingback", SignatureKind.Long, Backdoor,
            "sequence 1234, 1235 or 1236 little-endian, 788 or 1056 bytes that start with a command"),
        new(Loki2, "Loki2", SignatureKind.Short, Backdoor, "sequence number 0xF001"),
        new(TfnCommand, "TFN", SignatureKind.Long, Agent, "identifier 678 and '1234' at offset 0, or identifier 123 and 'shell bound to port'"),
        new(TfnReply, "TFN", SignatureKind.Short, Agent, "a reply with sequence 0 and one of its identifiers: 123, 234, 345, 456, 567, 666, 678, 789, 890 or 901"),
        new(Tfn2k, "TFN2K", SignatureKind.Short, Agent, "ten times 'A'"),
        new(StacheldrahtText, "Stacheldraht", SignatureKind.Long, Agent,
            "identifier 666 to 669 or 1000, and 'skillz', 'ficken', 'sicken' or 'spoofworks'"),
        new(Stacheldraht, "Stacheldraht", SignatureKind.Short, Agent, "a reply with identifier 666 to 669 or 1000"),
        new(PyExfil, "PyExfil", SignatureKind.Long, Exfiltration, "at the end of a file's name or data its marks of the beginning or the end of a transfer"),
    ];

    /// <summary>How many there are: bits at or above this are a newer version's.</summary>
    public static int Count => Table.Length;

    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<ToolSignature> All => Table;

    /// <summary>The bits of those that prove something by themselves.</summary>
    public static uint LongMask { get; } = Table.Where(signature => signature.Kind == SignatureKind.Long)
        .Aggregate(0U, (mask, signature) => mask | (1U << signature.Number));

    /// <summary>The signature of a number; null where this version knows none.</summary>
    public static ToolSignature? Find(int number) => (uint)number < (uint)Table.Length ? Table[number] : null;
}
