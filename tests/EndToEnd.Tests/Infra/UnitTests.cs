using System.Globalization;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>The systemd units and the configuration that the package puts beside them.</summary>
public partial class UnitTests
{
    /// <summary>systemd-analyze's measure of what an attacker could do from inside: 0 nothing, 10 everything.</summary>
    private const double MostExposure = 3.0;

    public static TheoryData<string> Units => [.. Directory.EnumerateFiles(Repository.PathOf("infra/systemd"), "*.service").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Units))]
    public void What_a_unit_starts_is_what_the_parser_takes(string unit)
    {
        string start = Regex.Match(Repository.Read($"infra/systemd/{unit}"), "^ExecStart=/usr/bin/icmpstream (.+)$", RegexOptions.Multiline).Groups[1].Value;
        string[] args = start.Replace("%i", "eth1", StringComparison.Ordinal).Replace("%I", "eth1", StringComparison.Ordinal).Replace("%H", "host", StringComparison.Ordinal)
            .Replace("%d/config", Repository.PathOf($"infra/package/etc/{Command(unit)}.json"), StringComparison.Ordinal).Split(' ');
        CommandLines.Check(unit, args);
        Assert.Equal(Command(unit), args[0]);
        Assert.Contains($"LoadCredential=config:/etc/icmpstream/{Command(unit)}.json", Repository.Read($"infra/systemd/{unit}"));
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void A_unit_is_hardened(string unit)
    {
        string[] lines = Repository.Read($"infra/systemd/{unit}").Split('\n');
        foreach (string line in (string[])["DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "SystemCallArchitectures=native", "RestrictNamespaces=yes"])
            Assert.Contains(line, lines);
        Assert.Contains(lines, line => line.StartsWith("SystemCallFilter=", StringComparison.Ordinal));
        string capabilities = lines.Single(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal)).Split('=')[1];
        Assert.Equal(unit.Contains("ingest") ? "CAP_NET_RAW CAP_NET_ADMIN CAP_BPF CAP_PERFMON CAP_IPC_LOCK" : "", capabilities);
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Systemd_takes_a_unit_and_finds_it_little_exposed(string unit)
    {
        Tools.Need("systemd-analyze");
        using var folder = new TemporaryFolder();
        // Where the package has not been installed, neither has what the unit starts; true(1) takes its place.
        string text = Repository.Read($"infra/systemd/{unit}").Replace("/usr/bin/icmpstream", "/usr/bin/true", StringComparison.Ordinal).Replace("man:icmpstream(1) ", "", StringComparison.Ordinal);
        string path = folder.Write(unit, text);
        using (ProcessRun verify = ProcessRun.Start("systemd-analyze", "verify", "--man=no", path))
        {
            (int code, string output, string[] errors) = await verify.EndAsync();
            Assert.True(code == 0 && errors.Length == 0, output + string.Join('\n', errors));
        }

        using ProcessRun security = ProcessRun.Start("systemd-analyze", "security", "--offline=true", "--no-pager", path);
        string verdict = (await security.EndAsync()).Output;
        Match exposure = Exposure().Match(verdict);
        Assert.True(exposure.Success, verdict);
        Assert.True(double.Parse(exposure.Groups[1].Value, CultureInfo.InvariantCulture) <= MostExposure, exposure.Value);
    }

    [Theory]
    [InlineData("ingest", "--source", "afpacket:eth1")]
    [InlineData("process", "--instance-id", "host-1")]
    public void The_configuration_of_the_package_is_valid(params string[] command) =>
        CommandLines.Check(command[0], [.. command, "--config", Repository.PathOf($"infra/package/etc/{command[0]}.json")]);

    private static string Command(string unit) => unit.Split('-', '@')[1];

    [GeneratedRegex(@"Overall exposure level for \S+: ([0-9.]+)")]
    private static partial Regex Exposure();
}
