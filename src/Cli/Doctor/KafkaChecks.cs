using System.Diagnostics;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Cli.Doctor;

/// <summary>The cluster: brokers and topics.</summary>
internal static class KafkaChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>All of them; the topics only where a broker answers.</summary>
    public static IEnumerable<Check> All(ClusterOptions options, TopicCatalog catalog)
    {
        KafkaLog? log = null;
        Check brokers;
        try
        {
            var clock = Stopwatch.StartNew();
            log = KafkaLog.Connect(options);
            brokers = new Check("brokers", CheckState.Ok, $"{options.Brokers} answered in {clock.ElapsedMilliseconds} ms");
        }
        catch (LogException e)
        {
            brokers = new Check("brokers", CheckState.Broken, Failure.Describe(e), "start the brokers, or correct --brokers and --kafka");
        }

        yield return brokers;
        if (log is null)
            yield break;
        using (log)
        {
            foreach (Check topic in Topics(log, catalog))
                yield return topic;
        }
    }

    private static List<Check> Topics(KafkaLog log, TopicCatalog catalog)
    {
        try
        {
            return [.. log.Topics.Check(catalog.All, Patience).Select(OfTopic)];
        }
        catch (LogException e)
        {
            return [new Check("topics", CheckState.Broken, Failure.Describe(e), "wait until a controller is elected, or see why none is; the embedded Kafka needs none, its topics are there from the start")];
        }
    }

    private static Check OfTopic(TopicFinding finding) => finding.State switch
    {
        TopicState.Ready => new Check(finding.Spec.Name, CheckState.Ok, $"{finding.Spec.Partitions} partitions"),
        TopicState.Missing => new Check(finding.Spec.Name, CheckState.Broken, "missing", "icmpstream topics apply"),
        TopicState.WrongPartitions => new Check(finding.Spec.Name, CheckState.Limited, finding.Detail, "fixed for life: right if it was made with another --partitions"),
        _ => new Check(finding.Spec.Name, CheckState.Limited, finding.Detail, "icmpstream topics apply does not change settings of what is there"),
    };
}
