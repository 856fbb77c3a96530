using System.Text.Json;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The settings of the rules as JSON: <c>{"home": ["10.0.0.0/8"], "routers": ["fe80::1"], "rules": {"sweep": {"addresses": 20, "exempt":
/// ["10.0.0.5"], "thresholds": {"10.1.0.0/16": 64}}, "traceroute": {"enabled": false}}}</c>. What is not named keeps its default; what is
/// named and is no setting is an error.
/// </summary>
public static class RuleFile
{
    /// <summary>Reads the settings. Throws <see cref="ArgumentException"/> that says where and what is wrong.</summary>
    public static RuleSet Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            RuleSet rules = Read(document.RootElement);
            rules.Validate();
            return rules;
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"not JSON: {e.Message}", e);
        }
    }

    private static RuleSet Read(JsonElement root)
    {
        RuleSet rules = new();
        foreach (JsonProperty property in Members(root, "the file"))
        {
            switch (property.Name)
            {
                case "home":
                    rules = rules with { Networks = rules.Networks with { Home = Prefixes(property.Value, "home"), IsListed = true } };
                    break;
                case "routers":
                    rules = rules with { Networks = rules.Networks with { Routers = [.. Texts(property.Value, "routers").Select(text => AddressOf(text, "routers"))] } };
                    break;
                case "rules":
                    foreach (JsonProperty rule in Members(property.Value, "rules"))
                        rules = rules.With(rule.Name, Tune(rules, rule));
                    break;
                default:
                    throw new ArgumentException($"'{property.Name}' is no setting: home, routers or rules");
            }
        }

        return rules;
    }

    private static RuleTuning Tune(RuleSet rules, JsonProperty rule)
    {
        RuleTuning tuning = rules.All.FirstOrDefault(known => known.Id == rule.Name).Tuning
            ?? throw new ArgumentException($"'rules.{rule.Name}' is no rule: {string.Join(", ", rules.All.Select(known => known.Id))}");
        string place = $"rules.{rule.Name}";
        foreach (JsonProperty setting in Members(rule.Value, place))
            tuning = Set(tuning, setting, $"{place}.{setting.Name}");
        return tuning;
    }

    private static RuleTuning Set(RuleTuning tuning, JsonProperty setting, string place) => (setting.Name, tuning) switch
    {
        ("enabled", _) => tuning with { Enabled = Switch(setting.Value, place) },
        ("exempt", _) => tuning with { Exempt = Prefixes(setting.Value, place) },
        ("thresholds", _) => tuning with { Thresholds = [.. Members(setting.Value, place).Select(own => new PrefixThreshold(PrefixOf(own.Name, place), Whole(own.Value, place)))] },
        ("packets_per_second", FloodOptions flood) => flood with { PacketsPerSecond = Whole(setting.Value, place) },
        ("bits_per_second", FloodOptions flood) => flood with { BitsPerSecond = Whole(setting.Value, place) },
        ("high_packets_per_second", FloodOptions flood) => flood with { HighPacketsPerSecond = Whole(setting.Value, place) },
        ("critical_packets_per_second", FloodOptions flood) => flood with { CriticalPacketsPerSecond = Whole(setting.Value, place) },
        ("uses_baseline", FloodOptions flood) => flood with { UsesBaseline = Switch(setting.Value, place) },
        ("baseline_factor", FloodOptions flood) => flood with { BaselineFactor = Whole(setting.Value, place) },
        ("baseline_seconds", FloodOptions flood) => flood with { BaselineSeconds = Whole(setting.Value, place) },
        ("warm_up_seconds", FloodOptions flood) => flood with { WarmUpSeconds = Whole(setting.Value, place) },
        ("addresses", DistinctOptions distinct) => distinct with { Addresses = Whole(setting.Value, place) },
        ("seconds", DistinctOptions distinct) => distinct with { Seconds = Whole(setting.Value, place) },
        ("packets", CountOptions count) => count with { Packets = Whole(setting.Value, place) },
        ("seconds", CountOptions count) => count with { Seconds = Whole(setting.Value, place) },
        ("points", ScoreOptions score) => score with { Points = Whole(setting.Value, place) },
        ("high_points", ScoreOptions score) => score with { HighPoints = Whole(setting.Value, place) },
        _ => throw new ArgumentException($"'{place}' is no setting of this rule"),
    };

    private static JsonElement.ObjectEnumerator Members(JsonElement value, string place) => value.ValueKind == JsonValueKind.Object
        ? value.EnumerateObject()
        : throw new ArgumentException($"'{place}' must be an object");

    private static string[] Texts(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw new ArgumentException($"'{place}' must be a list of texts");

    private static Prefix[] Prefixes(JsonElement value, string place) => [.. Texts(value, place).Select(text => PrefixOf(text, place))];

    private static Prefix PrefixOf(string text, string place) => Prefix.TryParse(text, out Prefix prefix)
        ? prefix
        : throw new ArgumentException($"'{place}': {text} is no network such as 192.0.2.0/24 with all bits behind the prefix zero, and no address");

    private static Address AddressOf(string text, string place) => Address.TryParse(text, out Address address)
        ? address
        : throw new ArgumentException($"'{place}': {text} is no address");

    private static long Whole(JsonElement value, string place) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
        ? number
        : throw new ArgumentException($"'{place}' must be a whole number");

    private static bool Switch(JsonElement value, string place) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new ArgumentException($"'{place}' must be true or false"),
    };
}
