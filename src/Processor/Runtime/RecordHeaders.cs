using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>What stands in front of each record's Avro body: made by a registry's ids, or, without one, by fingerprints.</summary>
public sealed record RecordHeaders
{
    /// <summary>Of late events.</summary>
    public required ReadOnlyMemory<byte> Event { get; init; }

    /// <summary>Of partials.</summary>
    public required ReadOnlyMemory<byte> Partial { get; init; }

    /// <summary>Of findings.</summary>
    public required ReadOnlyMemory<byte> Finding { get; init; }

    /// <summary>Of exchanges.</summary>
    public required ReadOnlyMemory<byte> Echo { get; init; }

    /// <summary>Of round-trip times.</summary>
    public required ReadOnlyMemory<byte> Rtt { get; init; }

    /// <summary>Of rates.</summary>
    public required ReadOnlyMemory<byte> Rate { get; init; }

    /// <summary>Of alerts.</summary>
    public required ReadOnlyMemory<byte> Alert { get; init; }

    /// <summary>Avro single-object encoding.</summary>
    public static RecordHeaders SingleObject { get; } = new()
    {
        Event = RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint),
        Partial = RecordFrame.SingleObjectHeader(SchemaText.Partial.Fingerprint),
        Finding = RecordFrame.SingleObjectHeader(SchemaText.Finding.Fingerprint),
        Echo = RecordFrame.SingleObjectHeader(SchemaText.EchoExchange.Fingerprint),
        Rtt = RecordFrame.SingleObjectHeader(SchemaText.PairRtt.Fingerprint),
        Rate = RecordFrame.SingleObjectHeader(SchemaText.SourceRate.Fingerprint),
        Alert = RecordFrame.SingleObjectHeader(SchemaText.Alert.Fingerprint),
    };
}
