namespace IcmpStream.Kafka.Topics;

/// <summary>Compares topics with their specs; what every log does alike.</summary>
internal static class TopicFindings
{
    /// <summary>Compares a topic that exists. Settings that the log does not tell are not compared.</summary>
    public static TopicFinding Compare(TopicSpec spec, int partitions, IReadOnlyDictionary<string, string> config)
    {
        if (partitions != spec.Partitions)
            return new TopicFinding(spec, TopicState.WrongPartitions, $"has {partitions} partitions, not {spec.Partitions}");
        List<string> differences = [];
        foreach (var (name, wanted) in spec.Config.OrderBy(setting => setting.Key, StringComparer.Ordinal))
            if (config.TryGetValue(name, out var actual) && !string.Equals(actual, wanted, StringComparison.Ordinal)) differences.Add($"{name}={actual}, not {wanted}");
        return differences.Count == 0
            ? new TopicFinding(spec, TopicState.Ready, "")
            : new TopicFinding(spec, TopicState.DifferentConfig, string.Join(", ", differences));
    }

    /// <summary>Gives the findings back for creation to go on, unless a topic has another partition count.</summary>
    /// <exception cref="LogException">One has; nothing must be created then.</exception>
    public static List<TopicFinding> RefuseMismatches(List<TopicFinding> findings)
    {
        foreach (var finding in findings)
        {
            if (finding.State != TopicState.WrongPartitions) continue;
            throw new LogException(
                LogError.TopicMismatch,
                $"topic {finding.Spec.Name} {finding.Detail}: partition counts are fixed for life, so use another --topic-prefix or its own count");
        }

        return findings;
    }
}
