using IcmpStream.EndToEnd.Tests.Running;
using YamlDotNet.RepresentationModel;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>The manifests: shapes that the API server would check, and promises of our own.</summary>
public class KubernetesTests
{
    private static readonly Dictionary<string, string> Versions = new(StringComparer.Ordinal)
    {
        ["Namespace"] = "v1",
        ["ConfigMap"] = "v1",
        ["Service"] = "v1",
        ["Job"] = "batch/v1",
        ["DaemonSet"] = "apps/v1",
        ["StatefulSet"] = "apps/v1",
        ["PodDisruptionBudget"] = "policy/v1",
        ["NetworkPolicy"] = "networking.k8s.io/v1",
    };

    private static readonly YamlNode[] Objects = [.. Yaml.Document(Repository.PathOf("infra/kubernetes/kustomization.yaml")).At("resources").Texts()
        .SelectMany(file => Yaml.Documents(Repository.PathOf($"infra/kubernetes/{file}")))];

    private static IEnumerable<YamlNode> Workloads => Objects.Where(o => o.At("spec", "template") is not null);

    [Fact]
    public void Every_manifest_is_in_the_kustomization() =>
        Assert.Equal(
            Directory.EnumerateFiles(Repository.PathOf("infra/kubernetes"), "*.yaml").Select(Path.GetFileName).Where(name => name != "kustomization.yaml").Order(),
            Yaml.Document(Repository.PathOf("infra/kubernetes/kustomization.yaml")).At("resources").Texts().Order());

    [Fact]
    public void Objects_have_the_version_of_their_kind_and_one_namespace()
    {
        Assert.All(Objects, o => Assert.Equal(Versions[o.At("kind").Text()!], o.At("apiVersion").Text()));
        Assert.All(Objects.Where(o => o.At("kind").Text() != "Namespace"), o => Assert.Equal("icmpstream", o.At("metadata", "namespace").Text()));
        Assert.Contains(Objects, o => o.At("kind").Text() == "DaemonSet");
        Assert.Contains(Objects, o => o.At("kind").Text() == "StatefulSet");
    }

    [Fact]
    public void Selectors_select_the_pods()
    {
        foreach (YamlNode workload in Workloads.Where(w => w.At("kind").Text() != "Job"))
            Assert.Equal(Labels(workload.At("spec", "selector", "matchLabels")), Labels(workload.At("spec", "template", "metadata", "labels")));
        string[] pods = [.. Workloads.Select(workload => Labels(workload.At("spec", "template", "metadata", "labels")))];
        Assert.All(Objects.Where(o => o.At("kind").Text() == "Service"), service => Assert.Contains(Labels(service.At("spec", "selector")), pods));
    }

    [Fact]
    public void What_containers_start_is_what_the_parser_takes()
    {
        using var folder = new TemporaryFolder();
        string config = folder.Write("icmpstream.json", Objects.Single(o => o.At("kind").Text() == "ConfigMap").At("data", "icmpstream.json").Text()!);
        foreach (YamlNode container in Containers())
        {
            CommandLines.Check(container.At("name").Text()!, [.. container.At("args").Texts().Select(word =>
                word.Replace("/etc/icmpstream/icmpstream.json", config, StringComparison.Ordinal).Replace("$(NODE_NAME)", "node-1", StringComparison.Ordinal).Replace("$(POD_NAME)", "pod-1", StringComparison.Ordinal))]);
            string[] variables = [.. container.At("env").Items().Select(e => e.At("name").Text()!)];
            Assert.All(container.At("args").Texts().Where(word => word.StartsWith("$(", StringComparison.Ordinal)), word => Assert.Contains(word[2..^1], variables));
        }
    }

    [Fact]
    public void Containers_have_only_what_they_need()
    {
        foreach (YamlNode container in Containers())
        {
            YamlNode? security = container.At("securityContext");
            Assert.NotNull(security);
            Assert.Equal("false", security.At("allowPrivilegeEscalation").Text());
            Assert.Equal("true", security.At("readOnlyRootFilesystem").Text());
            Assert.Equal(["ALL"], security.At("capabilities", "drop").Texts());
            Assert.Equal(container.At("name").Text() == "ingest" ? ["NET_RAW"] : [], security.At("capabilities", "add").Texts());
            Assert.NotNull(container.At("resources", "limits", "memory"));
            Assert.Matches(@":\d+\.\d+\.\d+$", container.At("image").Text());
        }
    }

    [Fact]
    public void Every_mounted_volume_exists_and_every_volume_is_mounted()
    {
        foreach (YamlNode pod in Workloads.Select(workload => workload.At("spec", "template", "spec")!))
        {
            string[] volumes = [.. pod.At("volumes").Items().Select(v => v.At("name").Text()!).Order()];
            string[] mounted = [.. pod.At("containers").Items().SelectMany(c => c.At("volumeMounts").Items()).Select(m => m.At("name").Text()!).Distinct().Order()];
            Assert.Equal(volumes, mounted);
        }
    }

    private static IEnumerable<YamlNode> Containers() => Workloads.SelectMany(workload => workload.At("spec", "template", "spec", "containers").Items());

    private static string Labels(YamlNode? labels) => string.Join(',', labels.Pairs().Select(pair => $"{pair.Key}={pair.Value.Text()}").Order(StringComparer.Ordinal));
}
