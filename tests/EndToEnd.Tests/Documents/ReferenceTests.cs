using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>Reference pages against the program that they describe.</summary>
public partial class ReferenceTests
{
    [Fact]
    public void Docs_cli_is_what_the_program_says_of_itself() =>
        Assert.Equal(CliRun.Of("reference", "commands").Succeeded().Text, Repository.Read("docs/cli.md"));

    [Fact]
    public void The_table_of_metrics_is_what_the_program_exports()
    {
        Match table = MetricTable().Match(Repository.Read("docs/operators/metrics.md"));
        Assert.True(table.Success, "docs/operators/metrics.md has lost its marks");
        Assert.Equal(CliRun.Of("reference", "metrics").Succeeded().Text, table.Groups[1].Value);
    }

    [Fact]
    public async Task The_manual_page_is_clean_for_groff()
    {
        Tools.Need("groff");
        using ProcessRun run = ProcessRun.Bash("\"$icmpstream\" reference man | groff -man -Tutf8 -ww -rLL=80n -P-cbou");
        (int code, string text, string[] errors) = await run.EndAsync();
        Assert.Equal(0, code);
        Assert.Empty(errors);
        Assert.Contains("icmpstream analyze CAPTURE|INTERFACE [options]", text);
        Assert.Contains("--topic-prefix P", text);
    }

    [Fact]
    public void The_version_says_what_a_bug_report_needs()
    {
        string[] lines = CliRun.Of("--version").Succeeded().Lines;
        Assert.Equal(["icmpstream", "commit", "runtime", "librdkafka", "libbpf"], lines.Select(line => line.Split(' ')[0]));
        string version = System.Xml.Linq.XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal($"icmpstream {version}", lines[0]);
        Assert.Matches(@"^commit     ([0-9a-f]{12}|unknown)$", lines[1]);
        Assert.Matches(@"^runtime    \.NET 10\.", lines[2]);
        Assert.Matches(@"^librdkafka \d+\.\d+\.\d+", lines[3]);
        Assert.Matches(@"^libbpf     (\d+\.\d+|absent \()", lines[4]);
    }

    [Fact]
    public void No_other_file_of_the_build_has_a_version_of_its_own()
    {
        string[] projects = [.. Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)];
        Assert.NotEmpty(projects);
        Assert.All(projects, project => Assert.DoesNotContain("<Version", File.ReadAllText(project), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"<!-- icmpstream reference metrics -->\n(.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex MetricTable();
}
