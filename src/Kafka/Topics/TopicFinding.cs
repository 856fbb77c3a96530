namespace IcmpStream.Kafka.Topics;

/// <summary>How a topic compares with its spec.</summary>
public enum TopicState : byte
{
    /// <summary>It is there and as it should be.</summary>
    Ready,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It was not there and has been created.</summary>
    Created,

    /// <summary>Its partition count is another one, which cannot be mended in place.</summary>
    WrongPartitions,

    /// <summary>It has the right partitions and a setting that is not as asked.</summary>
    DifferentConfig,
}

/// <summary>What was found of a topic.</summary>
/// <param name="Spec">What it should be.</param>
/// <param name="State">What it is.</param>
/// <param name="Detail">In one line, what differs; empty where nothing does.</param>
public sealed record TopicFinding(TopicSpec Spec, TopicState State, string Detail);
