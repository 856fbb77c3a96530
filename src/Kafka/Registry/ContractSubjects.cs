using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Registry;

/// <summary>Which schema the values of which topic have: what a registry is told of.</summary>
public static class ContractSubjects
{
    /// <summary>What a subject's next schema is held to: the contract's own rule.</summary>
    public const string Compatibility = "FULL_TRANSITIVE";

    /// <summary>The topics whose values are Avro, with their schemas.</summary>
    public static IReadOnlyList<(string Topic, SchemaText Schema)> Of(TopicCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return
        [
            (catalog.Event.Name, SchemaText.IcmpEventBatch),
            (catalog.Partial.Name, SchemaText.Partial),
            (catalog.Finding.Name, SchemaText.Finding),
            (catalog.Echo.Name, SchemaText.EchoExchange),
            (catalog.Rtt.Name, SchemaText.PairRtt),
            (catalog.Rate.Name, SchemaText.SourceRate),
            (catalog.Alert.Name, SchemaText.Alert),
            (catalog.Late.Name, SchemaText.IcmpEventBatch),
        ];
    }
}
