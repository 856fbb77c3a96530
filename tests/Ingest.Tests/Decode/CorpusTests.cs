using System.Globalization;
using System.Security.Cryptography;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Tests.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Captures of others, against what tshark says of every message in them (tests/corpus/captures/decode/README.md).</summary>
public sealed class CorpusTests
{
    private static readonly string Folder = FindFolder();

    public static TheoryData<string> Names => [.. Provenance().Select(row => row[0])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_message_is_what_tshark_says_it_is(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, name + ".tsv"));
        string[] columns = lines[0].Split('\t');
        using var source = new CaptureSource(Path.Combine(Folder, name), new SourceOptions());
        source.Start();
        var decoder = new FrameDecoder();
        var buffer = new EventBuffer(1);
        List<string> rows = [];
        foreach (ReadFrame frame in Captures.Drain(source).Frames)
        {
            buffer.Clear();
            if (decoder.Decode(frame.Info, frame.Bytes, buffer) < DecodeOutcome.NotIcmp)
                rows.Add(string.Join('\t', columns.Select(column => Field(column, buffer))));
        }

        Assert.NotEmpty(lines[1..]);
        Assert.Equal(lines[1..], rows);
    }

    [Fact]
    public void Every_capture_is_the_one_that_its_provenance_names()
    {
        foreach (string[] row in Provenance())
            Assert.Equal(row[5], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, row[0])))));
    }

    private static IEnumerable<string[]> Provenance() => File.ReadLines(Path.Combine(Folder, "PROVENANCE.tsv")).Skip(1).Select(line => line.Split('\t'));

    private static string Field(string column, EventBuffer buffer)
    {
        ref readonly IcmpEvent e = ref buffer.Events[0];
        IcmpEventDetail detail = e.Detail != 0 ? buffer.DetailOf(e) : default;
        bool isQuoted = detail.Groups.HasFlag(DetailGroups.Quoted), hasPorts = detail.Groups.HasFlag(DetailGroups.QuotedPorts);
        VlanStack vlans = e.Vlans;
        object? value = column switch
        {
            "frame" => e.Frame,
            "epoch_ns" => e.FirstNs,
            "icmp_src" => e.Source,
            "icmp_dst" => e.Destination,
            "ttl" => e.Ttl,
            "vlan_ids" => string.Join(',', Enumerable.Range(0, e.VlanCount).Select(i => vlans[i])),
            "mpls_labels" => string.Join(',', Enumerable.Range(0, detail.MplsCount).Select(i => detail.MplsLabels[i])),
            "type" => e.Type,
            "code" => e.Code,
            "checksum" => e.Flags.HasFlag(EventFlags.HasChecksum) ? $"0x{e.Checksum:x4}" : null,
            "checksum_status" => e.ChecksumStatus.ToString().ToLowerInvariant(),
            "ident" => e.HasIdentifier ? e.Identifier : null,
            "seq" => e.HasSequence ? e.Sequence : null,
            "mtu" => e.HasMtu ? e.Mtu : null,
            "redir_gw" => e.IpVersion == 4 && e.Type == 5 && e.HasRestOfHeader ? Address.FromIpv4(e.RestOfHeader) : null,
            "quoted_src" => isQuoted ? detail.QuotedSource : null,
            "quoted_dst" => isQuoted ? detail.QuotedDestination : null,
            "quoted_proto" => isQuoted ? detail.QuotedProtocol : null,
            "quoted_sport" => hasPorts ? detail.QuotedSourcePort : null,
            "quoted_dport" => hasPorts ? detail.QuotedDestinationPort : null,
            "outcome" => string.Concat(e.Outcome.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")),
            _ => throw new ArgumentException(column),
        };
        return Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
    }

    private static string FindFolder()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string folder = Path.Combine(up.FullName, "tests", "corpus", "captures", "decode");
            if (Directory.Exists(folder))
                return folder;
        }

        throw new DirectoryNotFoundException("tests/corpus/captures/decode");
    }
}
