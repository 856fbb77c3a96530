namespace IcmpStream.Kafka;

/// <summary>The one-line messages that several places give, so that they are worded once.</summary>
internal static class LogFailures
{
    public static LogException TopicMissing(string topic) =>
        new(LogError.TopicMissing, $"topic {topic} does not exist, or these credentials may not see it: create it with `icmpstream topics apply`, with the same --brokers and --topic-prefix");

    public static LogException Fenced(string who) =>
        new(LogError.Fenced, $"{who} has been fenced: another process runs under the same identity; stop one of the two");

    public static LogException OutputRefused(AppendFailure reason) => reason switch
    {
        AppendFailure.TooLarge => new(LogError.Fatal, "an output record is larger than its topic allows: check max.message.bytes with `icmpstream topics list`"),
        AppendFailure.NoSuchPartition => new(LogError.TopicMissing, "an output's topic or partition does not exist: run `icmpstream topics apply`"),
        AppendFailure.NotAuthorized => new(LogError.Authorization, "the credentials have no right to write to an output topic: grant WRITE on it"),
        _ => new(LogError.Fatal, $"an output record was not written: {reason}"),
    };
}
