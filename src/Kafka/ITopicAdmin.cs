using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka;

/// <summary>Looks at topics and creates them. Nothing in this project relies on topics coming into being by use.</summary>
public interface ITopicAdmin
{
    /// <summary>Every topic of the log with its partition count, by name.</summary>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    IReadOnlyDictionary<string, int> List(TimeSpan timeout);

    /// <summary>Compares what is there with what should be and changes nothing; one finding for each spec, in order.</summary>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    IReadOnlyList<TopicFinding> Check(IReadOnlyList<TopicSpec> specs, TimeSpan timeout);

    /// <summary>
    /// Creates what is missing and leaves what is right; calling it again changes nothing. A topic whose partition count differs is refused
    /// before anything is created, because counts of keyed topics are fixed for life.
    /// </summary>
    /// <exception cref="LogException">A topic is not as it must be, the right to create is missing, or no answer came in time.</exception>
    IReadOnlyList<TopicFinding> Apply(IReadOnlyList<TopicSpec> specs, TimeSpan timeout);
}
