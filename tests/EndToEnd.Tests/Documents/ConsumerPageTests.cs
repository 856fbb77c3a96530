using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>Pages for consumers against the topics and schemas that there are.</summary>
public partial class ConsumerPageTests
{
    [Fact]
    public void Every_topic_is_on_the_page_with_its_partitions_and_its_retention()
    {
        var rows = TopicRow().Matches(Repository.Read("docs/consumers/topics.md")).ToDictionary(row => row.Groups["topic"].Value, StringComparer.Ordinal);
        TopicCatalog catalog = new();
        Assert.Equal(catalog.All.Select(topic => topic.Name).Order(), rows.Keys.Order());
        foreach (TopicSpec topic in catalog.All)
        {
            string kept = topic.Config.TryGetValue("retention.ms", out string? ms)
                ? $"{TimeSpan.FromMilliseconds(long.Parse(ms, System.Globalization.CultureInfo.InvariantCulture)).TotalDays:0} day"
                : "latest of each key";
            Assert.StartsWith(kept, rows[topic.Name].Groups["kept"].Value.Trim());
            Assert.Equal(topic.Partitions == 1 ? "1" : "`--partitions`", rows[topic.Name].Groups["partitions"].Value.Trim());
        }
    }

    [Theory]
    [InlineData("icmp_rate", "SourceRate")]
    [InlineData("icmp_pair_rtt", "PairRtt")]
    [InlineData("icmp_echo_queue", "EchoExchange")]
    [InlineData("icmp_rtt_queue", "PairRtt")]
    public void Columns_of_the_tables_are_fields_of_the_schema(string table, string schema)
    {
        Match statement = Regex.Match(Repository.Read("docs/consumers/sql.md"), $@"CREATE TABLE {table} \((.*?)\n\) ", RegexOptions.Singleline);
        Assert.True(statement.Success);
        using JsonDocument avro = JsonDocument.Parse(Repository.Read($"src/Schemas/Avro/{schema}.avsc"));
        var fields = avro.RootElement.GetProperty("fields").EnumerateArray().ToDictionary(field => field.GetProperty("name").GetString()!, field => field.GetProperty("type"));
        Match[] columns = [.. Column().Matches(statement.Groups[1].Value).Cast<Match>()];
        Assert.True(columns.Length >= 10);
        // Whatever else stands there is computed from them: a type that this test does not know would not be compared.
        Assert.All(
            statement.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !columns.Any(column => column.Value.Trim() == line.Trim())),
            line => Assert.Matches(@"^  (event_time AS |WATERMARK FOR event_time AS )", line));

        // Flink's tables say of each column whether it can be null, and have all of them.
        bool isFlink = statement.Value.Contains("NOT NULL", StringComparison.Ordinal);
        if (isFlink)
            Assert.Equal(fields.Keys, columns.Select(column => column.Groups["name"].Value));
        foreach (Match column in columns)
        {
            Assert.True(fields.TryGetValue(column.Groups["name"].Value, out JsonElement type), column.Value);
            bool isNullable = type.ValueKind == JsonValueKind.Array;
            string sql = column.Groups["type"].Value;
            Assert.Equal(isNullable, sql.StartsWith("Nullable", StringComparison.Ordinal) || (isFlink && !sql.EndsWith("NOT NULL", StringComparison.Ordinal)));
            string avroType = Name(isNullable ? type[1] : type);
            Assert.Matches(
                avroType switch
                {
                    "long" => "BIGINT|Int64",
                    "int" => "^INT|Int32",
                    "array" => "^ARRAY<|^Array",
                    "double" => "DOUBLE|Float64",
                    "enum" => "(?i)string",
                    _ => @"BYTES|FixedString\(16\)",
                },
                sql);
        }
    }

    [Fact]
    public void What_the_view_makes_is_made_of_columns_of_the_queue_and_fills_those_of_the_table()
    {
        string page = Repository.Read("docs/consumers/sql.md");
        string[] Columns(string table) => [.. Regex.Matches(
            Regex.Match(page, $@"CREATE TABLE {table} \((.*?)\n\) ", RegexOptions.Singleline).Groups[1].Value, @"^  (\w+) ", RegexOptions.Multiline).Select(column => column.Groups[1].Value)];
        Match view = Regex.Match(page, @"CREATE MATERIALIZED VIEW \w+ TO icmp_echo AS\nSELECT\n(.*?)\nFROM icmp_echo_queue;", RegexOptions.Singleline);
        Assert.True(view.Success);
        string[] queue = Columns("icmp_echo_queue"), made = [.. view.Groups[1].Value.Split('\n').Select(line => Regex.Match(line.TrimEnd(','), @"\w+$").Value)];
        Assert.Equal(Columns("icmp_echo"), made);
        string[] used = [.. Regex.Matches(view.Groups[1].Value, @"\b[a-z_]+\b(?!\()").Select(word => word.Value).Except(made)];
        Assert.NotEmpty(used);
        Assert.All(used, name => Assert.Contains(name, queue));
        Assert.All(made.Where(name => name is not ("time" or "rtt_ms")), name => Assert.Contains(name, queue));
    }

    private static string Name(JsonElement type) => type.ValueKind == JsonValueKind.Object ? type.GetProperty("type").GetString()! : type.GetString()!;

    [GeneratedRegex(@"^\| `(?<topic>icmp\.[a-z.]+v1)` \|[^|]*\|[^|]*\|(?<partitions>[^|]*)\|(?<kept>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex TopicRow();

    [GeneratedRegex(@"^  `?(?<name>[a-z0-9_]+)`? +(?<type>(BIGINT|INT|STRING|BYTES|DOUBLE|ARRAY<.*>|String|U?Int\d+|Float64|FixedString\(16\)|Nullable\(\w+\)|Array\(.*\))( NOT NULL)?),?$", RegexOptions.Multiline)]
    private static partial Regex Column();
}
