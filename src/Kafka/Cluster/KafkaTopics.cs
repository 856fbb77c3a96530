using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Cluster;

/// <summary>Creates topics in a way of its own; for a cluster without the request for it.</summary>
internal delegate void TopicCreation(IReadOnlyList<TopicSpec> missing, TimeSpan timeout);

/// <summary>Topics of a Kafka cluster.</summary>
internal sealed class KafkaTopics(KafkaLog log, TopicCreation? creation) : ITopicAdmin
{
    private static readonly TimeSpan VisiblePoll = TimeSpan.FromMilliseconds(50);

    public IReadOnlyDictionary<string, int> List(TimeSpan timeout)
    {
        SortedDictionary<string, int> topics = new(StringComparer.Ordinal);
        try
        {
            foreach (var topic in log.Metadata(timeout).Topics)
                if (!topic.Error.IsError) topics[topic.Topic] = topic.Partitions.Count;
        }
        catch (KafkaException failure)
        {
            throw KafkaFailures.Translate(failure, "listing topics");
        }

        return topics;
    }

    public IReadOnlyList<TopicFinding> Check(IReadOnlyList<TopicSpec> specs, TimeSpan timeout) => Find(specs, timeout);

    public IReadOnlyList<TopicFinding> Apply(IReadOnlyList<TopicSpec> specs, TimeSpan timeout)
    {
        var findings = TopicFindings.RefuseMismatches(Find(specs, timeout));
        TopicSpec[] missing = [.. findings.Where(finding => finding.State == TopicState.Missing).Select(finding => finding.Spec)];
        if (missing.Length == 0) return findings;
        if (creation is null) Create(missing, timeout);
        else creation(missing, timeout);
        AwaitVisible(missing, timeout);
        return [.. findings.Select(finding => finding.State == TopicState.Missing ? finding with { State = TopicState.Created } : finding)];
    }

    private List<TopicFinding> Find(IReadOnlyList<TopicSpec> specs, TimeSpan timeout)
    {
        foreach (var spec in specs) spec.Validate();
        var present = List(timeout);
        var configs = Configs([.. specs.Where(spec => spec.Config.Count > 0 && present.ContainsKey(spec.Name)).Select(spec => spec.Name)], timeout);
        return [.. specs.Select(spec => present.TryGetValue(spec.Name, out var partitions)
            ? TopicFindings.Compare(spec, partitions, configs.GetValueOrDefault(spec.Name, []))
            : new TopicFinding(spec, TopicState.Missing, ""))];
    }

    /// <summary>Settings of topics, as far as the cluster tells them: without the right, or the request, none.</summary>
    private Dictionary<string, Dictionary<string, string>> Configs(IReadOnlyList<string> topics, TimeSpan timeout)
    {
        // The mock cluster, which creates topics in its own way, knows neither their settings nor the request for them.
        if (topics.Count == 0 || creation is not null) return [];
        return KafkaLog.Ask("reading topic settings", timeout, async () =>
        {
            Dictionary<string, Dictionary<string, string>> found = new(StringComparer.Ordinal);
            try
            {
                var described = await log.Client.DescribeConfigsAsync(
                    topics.Select(topic => new ConfigResource { Type = ResourceType.Topic, Name = topic }),
                    new DescribeConfigsOptions { RequestTimeout = timeout });
                foreach (var result in described) found[result.ConfigResource.Name] = Values(result.Entries);
            }
            catch (DescribeConfigsException partial)
            {
                foreach (var result in partial.Results)
                {
                    if (!result.Error.IsError) found[result.ConfigResource.Name] = Values(result.Entries);
                    else if (result.Error.Code != ErrorCode.TopicAuthorizationFailed) throw;
                }
            }
            catch (KafkaException failure) when (failure.Error.Code == ErrorCode.Local_UnsupportedFeature)
            {
                return found;
            }

            return found;
        });
    }

    private static Dictionary<string, string> Values(Dictionary<string, ConfigEntryResult> entries) =>
        entries.ToDictionary(entry => entry.Key, entry => entry.Value.Value, StringComparer.Ordinal);

    private void Create(TopicSpec[] missing, TimeSpan timeout) => KafkaLog.Ask("creating topics", timeout, async () =>
    {
        try
        {
            await log.Client.CreateTopicsAsync(
                missing.Select(spec => new TopicSpecification
                {
                    Name = spec.Name,
                    NumPartitions = spec.Partitions,
                    ReplicationFactor = spec.ReplicationFactor,
                    Configs = new Dictionary<string, string>(spec.Config, StringComparer.Ordinal),
                }),
                new CreateTopicsOptions { RequestTimeout = timeout, OperationTimeout = timeout });
        }
        catch (CreateTopicsException partial)
        {
            // Somebody else applying at the same moment is no failure.
            foreach (var result in partial.Results)
                if (result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists) throw Refused(result.Topic, result.Error);
        }
        catch (KafkaException failure) when (failure.Error.Code == ErrorCode.Local_UnsupportedFeature)
        {
            throw new LogException(LogError.Fatal, $"the brokers at {log.Options.Brokers} cannot create topics by request: an embedded Kafka creates its own at start", failure);
        }

        return missing.Length;
    });

    private static LogException Refused(string topic, Error error) => error.Code switch
    {
        ErrorCode.InvalidReplicationFactor => new LogException(LogError.Configuration, $"topic {topic} was not created: fewer brokers than replicas; give --replication-factor"),
        _ => KafkaFailures.Translate(error, $"creating topic {topic}"),
    };

    /// <summary>A topic is there once brokers list it; until then a client that uses it may be told that it is not.</summary>
    private void AwaitVisible(IReadOnlyList<TopicSpec> created, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        for (var present = List(timeout); !created.All(spec => present.TryGetValue(spec.Name, out var count) && count == spec.Partitions); present = List(timeout))
        {
            if (Stopwatch.GetElapsedTime(started) > timeout)
                throw new LogException(LogError.Timeout, "topics were created but the brokers do not list them yet: try again, and check that all brokers are up");
            Thread.Sleep(VisiblePoll);
        }
    }
}
