using System.Diagnostics;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Doctor;

/// <summary>The schema registry: whether it answers, and what it has of the contract.</summary>
internal static class RegistryChecks
{
    /// <summary>One row for all subjects.</summary>
    public static async Task<Check> RunAsync(SchemaRegistry registry, TopicCatalog catalog, CancellationToken stop)
    {
        const string name = "schema registry";
        try
        {
            var clock = Stopwatch.StartNew();
            var missing = new List<string>();
            IReadOnlyList<(string Topic, SchemaText Schema)> subjects = ContractSubjects.Of(catalog);
            foreach ((string topic, SchemaText schema) in subjects)
            {
                string subject = RegistrySchemas.SubjectOf(topic);
                if (await registry.FindAsync(subject, schema.ToString(), stop) is not null)
                    continue;
                Compatibility next = await registry.CheckAsync(subject, schema.ToString(), stop);
                if (!next.IsCompatible)
                    return new Check(name, CheckState.Broken, $"{schema.Name} is not compatible with subject {subject}: {string.Join("; ", next.Reasons)}", "another version of the contract is registered: use another --topic-prefix");
                missing.Add(subject);
            }

            return missing.Count == 0
                ? new Check(name, CheckState.Ok, $"{subjects.Count} schemas found in {clock.ElapsedMilliseconds} ms")
                : new Check(name, CheckState.Limited, $"not registered yet: {string.Join(", ", missing)}", "icmpstream topics apply --schema-registry registers them; so does what first writes there");
        }
        catch (LogException e)
        {
            return new Check(name, CheckState.Broken, Failure.Describe(e), "start the registry, or correct --schema-registry and its credentials");
        }
    }
}
