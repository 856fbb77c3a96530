using System.Diagnostics;
using System.Globalization;

namespace IcmpStream.Ingest.Tests.Tshark;

/// <summary>What tshark says of the ICMP messages of a capture, in the columns of <c>decode --format tsv</c>.</summary>
internal static class Tshark
{
    private static readonly string[] Fields =
    [
        "frame.number", "frame.protocols", "ip.src", "ip.dst", "ip.ttl", "ipv6.src", "ipv6.dst", "ipv6.hlim", "vlan.id", "ieee8021ad.id", "icmp.type", "icmp.code",
        "icmp.checksum", "icmp.checksum.status", "icmp.ident", "icmp.seq", "icmp.mtu", "icmp.redir_gw", "icmpv6.type", "icmpv6.code", "icmpv6.checksum",
        "icmpv6.checksum.status", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "icmpv6.mtu", "mpls.label",
    ];

    /// <summary>Columns that are held against ours.</summary>
    public static readonly string[] Columns =
        ["icmp_src", "icmp_dst", "ttl", "vlan_ids", "mpls_labels", "type", "code", "checksum", "checksum_status", "ident", "seq", "mtu", "redir_gw"];

    /// <summary>Its version; null where it is not installed.</summary>
    public static string? Version { get; } = Run("--version") is { } text ? text.Split('\n')[0].Split(" (Git")[0] : null;

    /// <summary>Rows by frame number: only frames with an ICMP message that is not a quoted one.</summary>
    public static Dictionary<long, string[]> Rows(string capture)
    {
        string[] fields = [.. Fields.SelectMany(field => new[] { "-e", field })];
        string text = Run(
            [
                "-n", "-2", "-r", capture, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "ip.check_checksum:TRUE", "-Y", "icmp || icmpv6",
                "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", .. fields,
            ]) ?? throw new InvalidOperationException("tshark failed");
        var rows = new Dictionary<long, string[]>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] values = line.Split('\t');
            string[] Field(string name) => values[Array.IndexOf(Fields, name)].Split(',');
            if (Row(Field) is { } row)
                rows[long.Parse(values[0], CultureInfo.InvariantCulture)] = row;
        }

        return rows;
    }

    // The first ICMP layer is the message; the IP headers in front of it are counted by family, to find the one that carries it.
    private static string[]? Row(Func<string, string[]> field)
    {
        string[] layers = field("frame.protocols")[0].Split(':');
        int at = Array.FindIndex(layers, layer => layer is "icmp" or "icmpv6");
        int carrier = Array.FindLastIndex(layers, Math.Max(at, 0), layer => layer is "ip" or "ipv6");
        if (carrier < 0)
            return null;
        string family = layers[carrier], icmp = layers[at];
        int index = layers[..carrier].Count(layer => layer == family);
        string First(string name) => field(name)[0];
        string Nth(string name) => field(name) is { } all && index < all.Length ? all[index] : "";
        bool four = icmp == "icmp";
        string type = First($"{icmp}.type");
        if (type.Length == 0)
            return null;
        bool hasIdentifier = four ? type is "0" or "8" or "13" or "14" or "15" or "16" or "17" or "18" or "42" or "43" : type is "128" or "129" or "160" or "161";
        return
        [
            Nth($"{family}.src"), Nth($"{family}.dst"), Nth(family == "ip" ? "ip.ttl" : "ipv6.hlim"), string.Join(',', field("vlan.id")),
            string.Join(',', field("mpls.label")), type, First($"{icmp}.code"), First($"{icmp}.checksum"),
            First($"{icmp}.checksum.status") switch { "0" => "bad", "1" => "good", "" => "", _ => "unverified" },
            hasIdentifier ? Decimal(First(four ? "icmp.ident" : "icmpv6.echo.identifier")) : "",
            hasIdentifier ? First(four ? "icmp.seq" : "icmpv6.echo.sequence_number") : "",
            First(four ? "icmp.mtu" : "icmpv6.mtu"), four && type == "5" ? First("icmp.redir_gw") : "",
        ];
    }

    private static string Decimal(string number) => number.StartsWith("0x", StringComparison.Ordinal)
        ? Convert.ToInt32(number, 16).ToString(CultureInfo.InvariantCulture)
        : number;

    private static string? Run(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TZ"] = "UTC";
        start.Environment["LC_ALL"] = "C";
        start.Environment["HOME"] = Path.GetTempPath();
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
