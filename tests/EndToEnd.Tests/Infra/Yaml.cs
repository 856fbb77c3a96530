using YamlDotNet.RepresentationModel;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>YAML files as nodes, with short ways into them.</summary>
internal static class Yaml
{
    public static YamlNode[] Documents(string path)
    {
        using var reader = new StringReader(File.ReadAllText(path));
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    public static YamlNode Document(string path) => Assert.Single(Documents(path));

    /// <summary>What stands under these keys and indices; null where something on the way is missing.</summary>
    public static YamlNode? At(this YamlNode node, params ReadOnlySpan<string> way)
    {
        YamlNode? at = node;
        foreach (string step in way)
        {
            at = at switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(step), out YamlNode? inner) ? inner : null,
                YamlSequenceNode list => int.TryParse(step, out int index) && index < list.Children.Count ? list.Children[index] : null,
                _ => null,
            };
        }

        return at;
    }

    public static string? Text(this YamlNode? node) => (node as YamlScalarNode)?.Value;

    public static string[] Texts(this YamlNode? node) => node is YamlSequenceNode list ? [.. list.Children.Select(child => child.Text()!)] : [];

    public static IEnumerable<(string Key, YamlNode Value)> Pairs(this YamlNode? node) =>
        node is YamlMappingNode map ? map.Children.Select(pair => (pair.Key.Text()!, pair.Value)) : [];

    public static IEnumerable<YamlNode> Items(this YamlNode? node) => node is YamlSequenceNode list ? list.Children : [];
}
