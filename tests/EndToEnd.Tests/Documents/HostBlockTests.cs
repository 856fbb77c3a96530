using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Infra;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>
/// What the documents tell to do to a machine (install, start services, clone) is not done by a test, each for its reason; but all that it names must be there, and a line of a new kind
/// has to be given its check here.
/// </summary>
public sealed partial class HostBlockTests
{
    private static readonly Lazy<HashSet<string>> Installed = new(() =>
        [.. PackageList().Matches(Repository.Read("infra/setup.sh")).SelectMany(list => list.Groups[1].Value.Split(' '))]);

    public static TheoryData<string, string> Lines =>
        [.. DocumentBlock.All.Where(block => block is { Language: "sh", Tag: "host" })
            .SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (block.Place, line)))];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Whatever_a_line_for_the_host_names_is_there(string place, string line)
    {
        Assert.NotEmpty(place);
        string[] words = line.Split(' ');
        switch (words)
        {
            // The reader's copy of this repository; a clone and its build take minutes, and the gate is run in one.
            case ["git", "clone", ..]:
                Assert.Contains("make setup setup-test", Repository.Read(".ci/run"), StringComparison.Ordinal);
                break;
            // Builds for minutes what the tests have before them: the same recipe, looked at only.
            case ["make", string target]:
                await DryRunAsync(target);
                break;
            // Made by the recipe above; PackageTests builds one and looks into it.
            case ["sudo", "dpkg", "-i", string package]:
                Assert.Matches(new Regex(Regex.Escape(package).Replace(@"\*", ".*")), "artifacts/icmpstream_0.1.0_amd64.deb");
                Assert.Contains("icmpstream_", Repository.Read("infra/package/build.sh"), StringComparison.Ordinal);
                break;
            // Opens an editor; the files are those that the package brings.
            case ["sudoedit", .. string[] files]:
                Assert.All(files, file => Assert.True(File.Exists(Repository.PathOf($"infra/package{file.Replace("/etc/icmpstream", "/etc", StringComparison.Ordinal)}")), file));
                break;
            // Starts services on the machine; UnitTests holds the units themselves against systemd.
            case ["sudo", "systemctl", "enable", "--now", .. string[] units]:
                Assert.All(units, unit => Assert.True(File.Exists(Repository.PathOf($"infra/systemd/{unit.Split('@')[0]}@.service")), unit));
                break;
            // Into a folder of the test's own, with the same words.
            case ["sudo", "install", ..]:
                await InstallAsync(line);
                break;
            // Needs a kcat with Avro, which Debian's is not: it must know all that is said to it but the registry.
            case ["kcat", ..]:
                await AskKcatAsync(line);
                break;
            // No engine is here: `make image` runs the same where one is. What the program is told is held against its parser, and what it may do against that recipe and the unit.
            case ["docker", "run", ..]:
                CheckRun(place, words);
                break;
            // The rest of a block that begins with a clone: DocumentTests runs the same on other captures.
            case ["bin/icmpstream", ..]:
                break;
            default:
                Assert.Fail($"{place}: nothing checks '{line}'");
                break;
        }
    }

    [Fact]
    public async Task Every_make_target_in_the_documents_exists()
    {
        string[] targets = [.. DocumentBlock.Pages.SelectMany(page => MakeTarget().Matches(Repository.Read(page))).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)];
        Assert.Superset(new HashSet<string> { "app", "demo", "test", "bench", "sim", "fuzz" }, targets.ToHashSet());
        foreach (string target in targets)
            await DryRunAsync(target);
    }

    [Fact]
    public void Every_Debian_package_in_the_documents_is_one_that_the_gate_installs()
    {
        string[] packages = [.. DocumentBlock.Pages.SelectMany(page => AptGet().Matches(Repository.Read(page))).SelectMany(match => match.Groups[1].Value.Split(' '))];
        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(package, Installed.Value));
        // The table for those who install by hand.
        string table = Repository.Read("CONTRIBUTING.md");
        Assert.All(Installed.Value, package => Assert.Matches($@"[| ]{Regex.Escape(package)}[ ;|]", table));
    }

    private static async Task DryRunAsync(string target)
    {
        Tools.Need("make");
        using ProcessRun make = ProcessRun.Start("make", "-n", "-C", Repository.Root, target);
        (int code, string output, string[] errors) = await make.EndAsync();
        Assert.True(code == 0 && output.Length > 0, $"make {target}: {string.Join('\n', errors)}");
    }

    private static async Task InstallAsync(string line)
    {
        using var folder = new TemporaryFolder();
        folder.Write("process.json", "{}");
        Directory.CreateDirectory(folder.PathOf("etc/icmpstream"));
        string own = line["sudo ".Length..].Replace(" /etc/", $" {folder.FullName}/etc/", StringComparison.Ordinal);
        if (!Environment.IsPrivilegedProcess)
            own = own.Replace(" -o root -g root", "", StringComparison.Ordinal);
        using ProcessRun install = ProcessRun.Bash($"cd {folder.FullName} && {own} && stat -c %a etc/icmpstream/process.json");
        (int code, string output, string[] errors) = await install.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        Assert.Equal("640\n", output);
    }

    private static void CheckRun(string place, string[] words)
    {
        int image = Array.IndexOf(words, "icmpstream");
        Assert.True(image > 0, $"{place}: no image is named");
        CommandLines.Check(place, words[(image + 1)..]);
        string recipe = Repository.Read("infra/image.sh"), unit = Repository.Read("infra/systemd/icmpstream-ingest@.service");
        foreach (string narrowed in (string[])["--read-only", "--tmpfs /tmp", "--cap-drop ALL", "--security-opt no-new-privileges"])
        {
            Assert.Contains(narrowed, string.Join(' ', words[..image]), StringComparison.Ordinal);
            Assert.Contains(narrowed, recipe, StringComparison.Ordinal);
        }

        for (int at = Array.IndexOf(words, "--cap-add"); at > 0; at = Array.IndexOf(words, "--cap-add", at + 1))
            Assert.Contains($"CAP_{words[at + 1]}", unit, StringComparison.Ordinal);
    }

    private static async Task AskKcatAsync(string line)
    {
        Tools.Need("kcat");
        using ProcessRun version = ProcessRun.Bash("kcat -V");
        if ((await version.EndAsync()).Output.Contains("Avro", StringComparison.OrdinalIgnoreCase))
            Assert.Skip("this kcat knows Avro: the line can be run here, in DocumentTests");
        // It says what it lacks before it asks a broker for anything.
        using ProcessRun run = ProcessRun.Bash(line);
        (int code, _, string[] errors) = await run.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains(errors, error => error.Contains("avro", StringComparison.OrdinalIgnoreCase) || error.Contains("schema-registry", StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^(?:build|test|live_test)_packages=""([^""]+)""", RegexOptions.Multiline)]
    private static partial Regex PackageList();

    [GeneratedRegex(@"(?:`|^|    )make ([a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex MakeTarget();

    [GeneratedRegex(@"apt-get install ([a-z0-9 +.-]*[a-z0-9])`")]
    private static partial Regex AptGet();
}
