using System.Globalization;
using System.Net;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Eval;
using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Outputs;

/// <summary>Alerts of every rule, held against the published definitions of the forms they are put out in.</summary>
public class EcsTests
{
    private static readonly Dictionary<string, Dictionary<string, string>> Fields =
        CorpusFolder.Rows(Path.Combine(CorpusFolder.Root, "tests", "corpus", "ecs", "fields.tsv")).ToDictionary(row => row["field"]);

    [Fact]
    public async Task Every_field_of_an_ecs_document_is_one_that_ecs_defines_with_a_value_of_its_type()
    {
        var used = new HashSet<string>();
        await foreach (Alert alert in AlertsOfAllRules())
        {
            using JsonDocument document = Document(json => EcsJson.Write(json, alert, NameOf(alert)));
            foreach ((string name, JsonElement value) in Leaves("", document.RootElement))
            {
                if (name.StartsWith("icmpstream.", StringComparison.Ordinal) || name is "icmp.request.type" or "icmp.request.code")
                    continue;
                Assert.True(Fields.TryGetValue(name, out Dictionary<string, string>? field), $"ECS has no field {name}");
                Check(name, field, value);
                used.Add(name);
            }

            Assert.Equal("alert", document.RootElement.GetProperty("event").GetProperty("kind").GetString());
        }

        Assert.Equal(Fields.Keys.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_detection_finding_has_what_ocsf_requires_with_values_of_its_enumerations()
    {
        Dictionary<string, Dictionary<string, string>> attributes =
            CorpusFolder.Rows(Path.Combine(CorpusFolder.Root, "tests", "corpus", "ocsf", "detection_finding.tsv")).ToDictionary(row => row["attribute"]);
        var used = new HashSet<string>();
        await foreach (Alert alert in AlertsOfAllRules())
        {
            using JsonDocument document = Document(json => OcsfJson.Write(json, alert, NameOf(alert)));
            JsonElement root = document.RootElement;
            var own = new HashSet<string>();
            foreach ((string name, JsonElement value) in Members("", root, attributes))
            {
                Assert.True(attributes.TryGetValue(name, out Dictionary<string, string>? attribute), $"OCSF has no attribute {name}");
                CheckOcsf(name, attribute, value);
                own.Add(name);
            }

            Assert.DoesNotContain(attributes.Values, attribute => attribute["requirement"] == "required" && !own.Contains(attribute["attribute"]));
            used.UnionWith(own);
            int activity = root.GetProperty("activity_id").GetInt32();
            Assert.Equal(2004, root.GetProperty("class_uid").GetInt32());
            Assert.Equal(2, root.GetProperty("category_uid").GetInt32());
            Assert.InRange(activity, 1, 3);
            Assert.Equal(200_400 + activity, root.GetProperty("type_uid").GetInt32());
            Assert.InRange(root.GetProperty("severity_id").GetInt32(), 1, 5);
            Assert.InRange(root.GetProperty("status_id").GetInt32(), 1, 4);
            Assert.InRange(root.GetProperty("confidence_score").GetInt32(), 0, 100);
            Assert.Equal(alert.FirstNs / 1_000_000, root.GetProperty("start_time").GetInt64());
            Assert.Equal("1.1.0", root.GetProperty("metadata").GetProperty("version").GetString());
            Assert.Equal("IcmpStream", root.GetProperty("metadata").GetProperty("product").GetProperty("vendor_name").GetString());
            Assert.Equal(alert.Id, root.GetProperty("finding_info").GetProperty("uid").GetString());
            Assert.NotEqual("", root.GetProperty("finding_info").GetProperty("title").GetString());
        }

        Assert.Equal(attributes.Keys.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_alert_that_is_read_from_its_json_is_written_the_same()
    {
        await foreach (Alert alert in AlertsOfAllRules())
        {
            using JsonDocument document = Document(json => RecordJson.Write(json, alert));
            using JsonDocument again = Document(json => RecordJson.Write(json, AlertJson.Read(document.RootElement)));
            Assert.Equal(document.RootElement.GetRawText(), again.RootElement.GetRawText());
        }
    }

    private static async IAsyncEnumerable<Alert> AlertsOfAllRules()
    {
        var rules = new HashSet<string>();
        foreach (EvalCase @case in ((EvalCase[])[.. AttackCases.All(), .. ToolCases.All()]).Where(c => !c.Name.Contains("ordinary", StringComparison.Ordinal)))
        {
            if (@case.Expected.All(expected => rules.Contains(expected.Rule)))
                continue;
            foreach (Alert alert in await Score.AlertsAsync(@case))
            {
                rules.Add(alert.Rule);
                yield return alert;
            }
        }

        Assert.True(rules.Count >= 14, $"only {string.Join(", ", rules)}");
    }

    private static string NameOf(Alert alert) => RuleCatalog.TryFind(alert.Rule, out RuleDescription? rule) ? rule.Name : alert.Rule;

    private static JsonDocument Document(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            write(json);
        return JsonDocument.Parse(stream.ToArray());
    }

    private static IEnumerable<(string Name, JsonElement Value)> Leaves(string prefix, JsonElement element)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = prefix.Length == 0 ? property.Name : $"{prefix}.{property.Name}";
            if (property.Value.ValueKind != JsonValueKind.Object)
            {
                yield return (name, property.Value);
                continue;
            }

            foreach ((string Name, JsonElement Value) leaf in Leaves(name, property.Value))
                yield return leaf;
        }
    }

    // Leaves, members of arrays too; what the table calls JSON is one.
    private static IEnumerable<(string Name, JsonElement Value)> Members(string name, JsonElement element, Dictionary<string, Dictionary<string, string>> attributes)
    {
        if (attributes.TryGetValue(name, out Dictionary<string, string>? known) && known["type"] == "json")
            return [(name, element)];
        return element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Members(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.Value, attributes)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Members(name + "[]", item, attributes)),
            _ => [(name, element)],
        };
    }

    private static void CheckOcsf(string name, Dictionary<string, string> attribute, JsonElement value)
    {
        string text = value.ToString();
        bool fits = attribute["type"] switch
        {
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),

            // Milliseconds since the epoch.
            "timestamp" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long ms) && ms is > 1_000_000_000_000 and < 10_000_000_000_000,
            "ip" => IPAddress.TryParse(text, out _),
            "json" => value.ValueKind == JsonValueKind.Object,
            _ => value.ValueKind == JsonValueKind.String && text.Length > 0,
        };
        Assert.True(fits, $"{name}: {text} is no {attribute["type"]}");
        string[] allowed = attribute["allowed"].Split(',', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(allowed.Length == 0 || allowed.Contains(text), $"{name}: {text} is not one of {attribute["allowed"]}");
    }

    private static void Check(string name, Dictionary<string, string> field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            Assert.True(field["array"] == "array", $"{name} holds one value");
            foreach (JsonElement item in value.EnumerateArray())
                Check(name, field, item);
            return;
        }

        string text = value.ToString();
        bool fits = field["type"] switch
        {
            "date" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.EndsWith('Z'),
            "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "float" => value.ValueKind == JsonValueKind.Number,
            "ip" => IPAddress.TryParse(text, out _),
            _ => value.ValueKind == JsonValueKind.String && text.Length > 0,
        };
        Assert.True(fits, $"{name}: {text} is no {field["type"]}");
        string[] allowed = field["allowed"].Split(',', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(allowed.Length == 0 || allowed.Contains(text), $"{name}: {text} is not one of {field["allowed"]}");
    }
}
