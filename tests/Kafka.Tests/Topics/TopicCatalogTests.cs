using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Topics;

public sealed class TopicCatalogTests
{
    [Fact]
    public void Every_topic_has_a_versioned_name_append_time_and_a_reason()
    {
        var catalog = new TopicCatalog();
        Assert.Equal(
            ["icmp.event.v1", "icmp.partial.v1", "icmp.finding.v1", "icmp.echo.v1", "icmp.rtt.v1", "icmp.rate.v1", "icmp.alert.v1", "icmp.alert.ecs.v1", "icmp.late.v1", "icmp.dlq.v1", "icmp.checkpoint.v1", "icmp.member.v1"],
            catalog.All.Select(spec => spec.Name));
        Assert.All(catalog.All, spec =>
        {
            Assert.Equal("LogAppendTime", spec.Config["message.timestamp.type"]);
            Assert.NotEmpty(spec.Purpose);
            Assert.Contains(spec.Config["cleanup.policy"], new[] { "delete", "compact" });
        });
        Assert.Equal(1, catalog.Finding.Partitions);
        Assert.Equal("compact", catalog.Checkpoint.Config["cleanup.policy"]);
    }

    [Fact]
    public void A_prefix_stands_before_every_name_and_only_legal_ones_are_taken()
    {
        Assert.All(new TopicCatalog(new TopicCatalogOptions { Prefix = "site-7." }).All, spec => Assert.StartsWith("site-7.icmp.", spec.Name, StringComparison.Ordinal));
        Assert.Throws<LogException>(() => new TopicCatalog(new TopicCatalogOptions { Prefix = "a b" }));
        Assert.Throws<LogException>(() => new TopicCatalog(new TopicCatalogOptions { Prefix = new string('x', 232) }));
        Assert.All(new TopicCatalog(new TopicCatalogOptions { Prefix = new string('x', 231) }).All, spec => Assert.InRange(spec.Name.Length, 1, TopicCatalog.MaxNameChars));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(256, true)]
    [InlineData(0, false)]
    [InlineData(3, false)]
    [InlineData(512, false)]
    public void Keyed_topics_have_a_power_of_two_of_partitions_up_to_the_key_groups(int partitions, bool isLegal)
    {
        TopicCatalog Make() => new(new TopicCatalogOptions { PairPartitions = partitions, HostPartitions = partitions });
        if (isLegal) Assert.Equal(partitions, Make().Event.Partitions);
        else Assert.Equal(LogError.Configuration, Assert.Throws<LogException>(Make).Error);
    }

    [Fact]
    public void Three_copies_ask_for_two_in_step()
    {
        Assert.All(new TopicCatalog(new TopicCatalogOptions { ReplicationFactor = 3 }).All, spec => Assert.Equal("2", spec.Config["min.insync.replicas"]));
        Assert.All(new TopicCatalog().All, spec => Assert.False(spec.Config.ContainsKey("min.insync.replicas")));
    }
}
