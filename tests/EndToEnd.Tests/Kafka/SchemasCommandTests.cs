using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>icmpstream schemas.</summary>
public sealed class SchemasCommandTests
{
    [Fact]
    public void The_working_schemas_are_compatible_with_every_release() => Assert.Contains("FULL_TRANSITIVE", CliRun.Of("schemas", "check").Succeeded().Error);

    [Fact]
    public void Schemas_are_listed_by_topic_and_printed_whole()
    {
        Assert.Contains(CliRun.Of("schemas", "list", "--json", "--topic-prefix", "x.").Succeeded().Lines, line => line.Contains("\"subject\":\"x.icmp.event.v1-value\"", StringComparison.Ordinal));
        Assert.Equal(SchemaText.Alert.Utf8Json.ToArray(), CliRun.Of("schemas", "print", "Alert").Succeeded().Output);
        CliRun.Of("schemas", "print", "Nothing").FailedWith(2, "Nothing", "IcmpEventBatch");
    }
}
