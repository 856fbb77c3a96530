using IcmpStream.EndToEnd.Tests.Running;
using YamlDotNet.RepresentationModel;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>infra/compose.yaml and the image: what can be held without a container engine.</summary>
public class ComposeTests
{
    private static readonly YamlNode Compose = Yaml.Document(Repository.PathOf("infra/compose.yaml"));

    public static TheoryData<string> Ours => [.. Compose.At("services").Pairs().Where(service => Image(service.Key) == "icmpstream:latest").Select(service => service.Key)];

    [Fact]
    public void All_that_is_promised_is_there()
    {
        Assert.Superset(
            new HashSet<string> { "kafka", "registry", "topics", "ingest", "process", "prometheus", "grafana" }, Compose.At("services").Pairs().Select(s => s.Key).ToHashSet());
        Assert.Equal(["ingest", "process", "topics"], Ours.Select(row => row.Data).Order());
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Our_commands_are_what_the_parser_takes(string service) =>
        CommandLines.Check(service, Compose.At("services", service, "command").Texts());

    [Fact]
    public void Every_port_is_on_loopback()
    {
        string[] ports = [.. Compose.At("services").Pairs().SelectMany(service => service.Value.At("ports").Texts())];
        Assert.NotEmpty(ports);
        Assert.All(ports, port => Assert.StartsWith("127.0.0.1:", port));
    }

    [Fact]
    public void Images_have_a_version_and_mounted_files_exist()
    {
        foreach ((string name, YamlNode service) in Compose.At("services").Pairs())
        {
            if (Image(name) != "icmpstream:latest")
                Assert.Matches(@"^[a-z./-]+:v?\d+\.\d+\.\d+$", Image(name));
            foreach (string volume in service.At("volumes").Texts().Where(volume => volume.StartsWith("./", StringComparison.Ordinal)))
                Assert.True(Path.Exists(Repository.PathOf(Path.Combine("infra", volume.Split(':')[0]))), $"{name} mounts {volume}");
        }
    }

    [Fact]
    public void No_secret_is_in_the_repository()
    {
        Assert.Contains("token", Repository.Read("infra/compose/.gitignore").Split('\n'));
        Assert.Equal("./compose/token", Compose.At("secrets", "http_token", "file").Text());
    }

    [Fact]
    public void The_image_is_built_in_stages_and_runs_without_root()
    {
        string[] lines = [.. Repository.Read("infra/Dockerfile").Split('\n').Where(line => !line.StartsWith('#'))];
        string[] stages = [.. lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal))];
        Assert.Equal("FROM runtime AS run", stages[^1]);
        Assert.All(stages[..^1], stage => Assert.Matches(@"^FROM \S+:\d+\.\d+-\S+ AS \w+$", stage));
        Assert.Contains("chiseled", stages.Single(stage => stage.EndsWith(" AS runtime", StringComparison.Ordinal)));
        string[] run = [.. lines.SkipWhile(line => line != stages[^1])];
        Assert.Contains("USER $APP_UID", run);
        Assert.Contains(run, line => line.StartsWith("ENTRYPOINT [", StringComparison.Ordinal));
        Assert.DoesNotContain(run, line => line.StartsWith("RUN ", StringComparison.Ordinal));
    }

    private static string Image(string service)
    {
        YamlNode node = Compose.At("services", service)!;
        return (node.At("image") ?? node.At("<<", "image")).Text() ?? "";
    }
}
