using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>The Debian package, built around the executable that the tests run.</summary>
public class PackageTests
{
    [Fact]
    public async Task The_package_has_all_that_an_installation_needs()
    {
        Tools.Need("dpkg-deb");
        using var folder = new TemporaryFolder();
        // The command's own output, as the build left it: what is in the package otherwise is the published, self-contained form of the same.
        string built = Path.Combine(Repository.Root, "src", "Cli", "bin", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!, "net10.0");
        using (ProcessRun build = ProcessRun.Bash($"OUTPUT={folder.FullName} {Repository.PathOf("infra/package/build.sh")} {built}"))
        {
            (int code, string output, string[] errors) = await build.EndAsync();
            Assert.True(code == 0, output + string.Join('\n', errors));
        }

        string package = Assert.Single(Directory.GetFiles(folder.FullName, "*.deb"));
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
}
