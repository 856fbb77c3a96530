using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>The configurations for Vector and Kafka Connect hold together, and name topics that there are.</summary>
public partial class DeliveryPageTests
{
    private static readonly string Page = Repository.Read("docs/detection/delivery.md");

    private static readonly string[] Topics = [.. new TopicCatalog().All.Select(topic => topic.Name)];

    [Fact]
    public void Every_input_of_the_vector_configuration_is_a_component_of_it_and_every_sink_has_one()
    {
        string toml = BlockOf("toml");
        string[] components = [.. ComponentPattern().Matches(toml).Select(match => match.Groups[2].Value)];
        string[] inputs = [.. InputPattern().Matches(toml).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(inputs);
        Assert.Empty(inputs.Except(components));
        Assert.Equal(ComponentPattern().Matches(toml).Count(match => match.Groups[1].Value != "sources"), inputs.Length);
        Assert.All(TopicPattern().Matches(toml), match => Assert.Contains(match.Groups[1].Value, Topics));
        Assert.NotEmpty(TopicPattern().Matches(toml));
    }

    [Fact]
    public void The_connector_is_json_with_all_that_an_upsert_needs_and_a_topic_that_there_is()
    {
        using var json = JsonDocument.Parse(BlockOf("json"));
        JsonElement config = json.RootElement.GetProperty("config");
        Assert.Contains(config.GetProperty("topics").GetString(), Topics);
        Assert.Equal("upsert", config.GetProperty("write.method").GetString());
        Assert.Equal("false", config.GetProperty("key.ignore").GetString());
        Assert.Equal("false", config.GetProperty("value.converter.schemas.enable").GetString());
        Assert.All(config.EnumerateObject(), setting => Assert.Equal(JsonValueKind.String, setting.Value.ValueKind));
    }

    private static string BlockOf(string language)
    {
        int start = Page.IndexOf($"```{language}", StringComparison.Ordinal);
        start = Page.IndexOf('\n', start) + 1;
        return Page[start..Page.IndexOf("```", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^\[(sources|transforms|sinks)\.(\w+)\]", RegexOptions.Multiline)]
    private static partial Regex ComponentPattern();

    [GeneratedRegex("""^inputs = \["(\w+)"\]""", RegexOptions.Multiline)]
    private static partial Regex InputPattern();

    [GeneratedRegex("""^topics = \["([\w.]+)"\]""", RegexOptions.Multiline)]
    private static partial Regex TopicPattern();
}
