using System.Reflection;
using System.Text;

namespace IcmpStream.Schemas;

/// <summary>One of the contract's schemas: the text that is registered, and the fingerprint that names it in records.</summary>
public sealed class SchemaText
{
    private static readonly Dictionary<string, SchemaText> ByName = new(StringComparer.Ordinal);

    private SchemaText(string name, byte[] utf8Json, string canonicalForm)
    {
        Name = name;
        Utf8Json = utf8Json;
        CanonicalForm = canonicalForm;
        Fingerprint = AvroFingerprint.Of(Encoding.UTF8.GetBytes(canonicalForm));
    }

    /// <summary>Value of <c>icmp.event.v1</c>.</summary>
    public static SchemaText IcmpEventBatch { get; } = Load("IcmpEventBatch");

    /// <summary>Value of <c>icmp.echo.v1</c>.</summary>
    public static SchemaText EchoExchange { get; } = Load("EchoExchange");

    /// <summary>Value of <c>icmp.rtt.v1</c>.</summary>
    public static SchemaText PairRtt { get; } = Load("PairRtt");

    /// <summary>Value of <c>icmp.rate.v1</c>.</summary>
    public static SchemaText SourceRate { get; } = Load("SourceRate");

    /// <summary>Value of <c>icmp.partial.v1</c>.</summary>
    public static SchemaText Partial { get; } = Load("Partial");

    /// <summary>Value of <c>icmp.finding.v1</c>.</summary>
    public static SchemaText Finding { get; } = Load("Finding");

    /// <summary>Value of <c>icmp.alert.v1</c>.</summary>
    public static SchemaText Alert { get; } = Load("Alert");

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<SchemaText> All => ByName.Values;

    /// <summary>Name of the record, without its namespace <c>icmpstream.v1</c>.</summary>
    public string Name { get; }

    /// <summary>The schema as in the repository, UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8Json { get; }

    /// <summary>The schema's Parsing Canonical Form.</summary>
    public string CanonicalForm { get; }

    /// <summary>CRC-64-AVRO of the canonical form.</summary>
    public ulong Fingerprint { get; }

    /// <summary>The schema of a record; <see cref="KeyNotFoundException"/> for a name that is not in the contract.</summary>
    public static SchemaText Of(string name) => ByName[name];

    /// <summary>The schema as in the repository.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8Json.Span);

    private static SchemaText Load(string name)
    {
        using Stream? resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.avsc");
        if (resource is null)
            throw new InvalidOperationException($"the schema {name}.avsc is not in the assembly");
        byte[] json = new byte[resource.Length];
        resource.ReadExactly(json);
        if (!ParsingCanonicalForm.TryTransform(json, out string form))
            throw new InvalidOperationException($"the schema {name}.avsc has no canonical form");
        return ByName[name] = new SchemaText(name, json, form);
    }
}
