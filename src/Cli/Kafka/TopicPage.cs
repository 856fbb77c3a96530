using System.Text.Json;
using IcmpStream.Cli.Presentation;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Cli.Kafka;

/// <summary>Topics as they are and as they should be.</summary>
internal static class TopicPage
{
    /// <summary>Prints one row or one JSON line a topic.</summary>
    public static void Print(Terminal terminal, IReadOnlyList<TopicFinding> findings, bool asJson)
    {
        if (!asJson)
        {
            Page.OfOutput(terminal).Table(
                ["topic", "partitions", "state", "detail"],
                findings.Select(f => (IReadOnlyList<string>)[f.Spec.Name, $"{f.Spec.Partitions}", Name(f.State), f.Detail]),
                1);
            return;
        }

        foreach (TopicFinding finding in findings)
        {
            JsonLine.Write(terminal, json =>
            {
                json.WriteString("topic", finding.Spec.Name);
                json.WriteNumber("partitions", finding.Spec.Partitions);
                json.WriteString("state", Name(finding.State));
                json.WriteString("detail", finding.Detail);
                json.WriteString("purpose", finding.Spec.Purpose);
            });
        }
    }

    private static string Name(TopicState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
