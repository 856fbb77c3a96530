using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>The Debian package, built around the executable that the tests run.</summary>
public class PackageTests(BuiltPackage built) : IClassFixture<BuiltPackage>
{
    [Fact]
    public async Task The_package_has_all_that_an_installation_needs()
    {
        Tools.Need("dpkg-deb");
        string package = built.Path;
        string version = System.Xml.Linq.XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.StartsWith($"icmpstream_{version}_", Path.GetFileName(package));
        using ProcessRun info = ProcessRun.Bash($"dpkg-deb --info {package} && dpkg-deb --contents {package} && dpkg-deb --info {package} conffiles");
        string text = (await info.EndAsync()).Output;
        foreach (string line in (string[])[$" Version: {version}", " Package: icmpstream", "/etc/icmpstream/ingest.json\n", "/etc/icmpstream/process.json\n"])
            Assert.Contains(line, text);
        foreach (string file in (string[])[
            "./usr/bin/icmpstream -> ../lib/icmpstream/icmpstream", "./usr/lib/icmpstream/icmpstream.dll", "./lib/systemd/system/icmpstream-ingest@.service", "./lib/systemd/system/icmpstream-process@.service",
            "./usr/share/man/man1/icmpstream.1.gz", "./usr/share/bash-completion/completions/icmpstream", "./usr/share/doc/icmpstream/cli.md", "./usr/share/doc/icmpstream/copyright"])
            Assert.Contains(file, text);
        string[] rows = [.. text.Split('\n').Where(line => line.Length > 10 && line[0] is '-' or 'd')];
        Assert.All(rows, row => Assert.Contains(" root/root ", row));
        // Nobody but root may write; the configuration, which may hold passwords, nobody else may read.
        Assert.All(rows, row => Assert.False(row[5] == 'w' || row[8] == 'w', row));
        Assert.All(rows.Where(row => row.EndsWith(".json", StringComparison.Ordinal) && row.Contains("./etc/", StringComparison.Ordinal)), row => Assert.StartsWith("-rw-r-----", row));
    }

    [Fact]
    public async Task It_is_installed_runs_and_leaves_nothing_behind_when_it_is_purged()
    {
        Tools.Need("dpkg-deb");
        Tools.NeedThat(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "dpkg gives files to root");
        using var folder = new TemporaryFolder();
        string root = Directory.CreateDirectory(folder.PathOf("root")).FullName, database = Path.Combine(root, "var", "lib", "dpkg");
        foreach (string needed in (string[])["info", "updates", "triggers"])
            Directory.CreateDirectory(Path.Combine(database, needed));
        await File.WriteAllTextAsync(Path.Combine(database, "status"), "", TestContext.Current.CancellationToken);

        // A system of its own in a folder, without what the package depends on: the machine's own libraries serve.
        string dpkg = $"dpkg --root={root} --log=/dev/null --force-depends,script-chrootless,unsafe-io";
        await ShellAsync($"{dpkg} --install {built.Path}");
        Assert.StartsWith("icmpstream ", await ShellAsync($"{root}/usr/bin/icmpstream --version"));

        // What an operator and systemd add.
        await ShellAsync(
            $"cd {root} && mkdir -p etc/systemd/system/multi-user.target.wants var/lib/private/icmpstream/eth1 var/lib/icmpstream && ln -s ../private/icmpstream/eth1 var/lib/icmpstream/eth1 "
            + "&& touch etc/icmpstream/ingest-eth1.env etc/systemd/system/multi-user.target.wants/icmpstream-ingest@eth1.service var/lib/private/icmpstream/eth1/spill");
        await ShellAsync($"{dpkg} --remove icmpstream");
        Assert.True(File.Exists(Path.Combine(root, "etc", "icmpstream", "ingest.json")), "the configuration stays until it is purged");
        await ShellAsync($"{dpkg} --purge icmpstream");
        Assert.Empty((await ShellAsync($"find {root} -path {database} -prune -o ! -type d -print")).Trim());
        Assert.Empty((await ShellAsync($"find {root} -name '*icmpstream*'")).Trim());
    }

    internal static async Task<string> ShellAsync(string line)
    {
        using ProcessRun run = ProcessRun.Bash(line);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
        return output;
    }
}

/// <summary>The package, built once for all its tests.</summary>
public sealed class BuiltPackage : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Path { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        // Without it there is no package, and the tests say so.
        if (!File.Exists("/usr/bin/dpkg-deb"))
            return;
        // The command's own output, as the build left it: what is in the package otherwise is the published, self-contained form of the same.
        string output = System.IO.Path.Combine(
            Repository.Root, "src", "Cli", "bin", System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!, "net10.0");
        await PackageTests.ShellAsync($"OUTPUT={_folder.FullName} {Repository.PathOf("infra/package/build.sh")} {output}");
        Path = Assert.Single(Directory.GetFiles(_folder.FullName, "*.deb"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
