using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>Topics created by request, as on any cluster.</summary>
public sealed class TopicsCommandTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start(brokers: 3);
    private readonly ControllerDoor _door;

    public TopicsCommandTests() => _door = new ControllerDoor(_kafka);

    public void Dispose()
    {
        _door.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public void They_are_made_once_with_their_settings_and_found_as_they_should_be()
    {
        TopicCatalog catalog = new(new TopicCatalogOptions { PairPartitions = 8, HostPartitions = 8 });
        Assert.All(States("apply", "--partitions", "8", "--replication-factor", "3"), topic => Assert.Equal("created", topic.Value));
        Assert.Equal(catalog.All.Select(topic => topic.Name).Order(), States("apply", "--partitions", "8").Keys.Order());
        Assert.All(States("apply", "--partitions", "8"), topic => Assert.Equal("ready", topic.Value));
        CliRun doctor = CliRun.Of("doctor", "--brokers", _door.Brokers, "--json");
        Assert.All(
            doctor.Lines.Select(line => JsonDocument.Parse(line).RootElement).Where(check => check.GetProperty("check").GetString()!.StartsWith("icmp.", StringComparison.Ordinal)),
            check => Assert.Contains(check.GetProperty("found").GetString(), new[] { "8 partitions", "1 partitions", "has 8 partitions, not 16" }));
    }

    [Fact]
    public void Another_count_of_partitions_is_refused_and_more_replicas_than_brokers_too()
    {
        CliRun.Of("topics", "apply", "--brokers", _door.Brokers, "--replication-factor", "4").FailedWith(1, "fewer brokers than replicas");
        States("apply", "--partitions", "2");
        CliRun.Of("topics", "apply", "--brokers", _door.Brokers, "--partitions", "4").FailedWith(1, "fixed for life");
    }

    private Dictionary<string, string> States(string command, params string[] options) =>
        CliRun.Of(["topics", command, "--brokers", _door.Brokers, "--json", .. options]).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(topic => topic.GetProperty("topic").GetString()!, topic => topic.GetProperty("state").GetString()!, StringComparer.Ordinal);
}
