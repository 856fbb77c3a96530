using System.Globalization;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Native;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Embedded;

/// <summary>
/// A Kafka in this process: librdkafka's mock cluster, which speaks the real protocol on loopback ports, so that any client can connect while it
/// lives. For demonstrations and tests: it keeps records in memory, few of them, forgets transactional offsets, and shows aborted records.
/// </summary>
public sealed class EmbeddedKafka : IDisposable
{
    /// <summary>
    /// Bytes that a partition keeps at most (rdkafka_mock.c, <c>rd_kafka_mock_partition_new</c>). What is older is deleted, read or not, so that a
    /// producer must not run further ahead of its consumers.
    /// </summary>
    public const int KeptPartitionBytes = 5 * 1024 * 1024;

    /// <summary>Record batches that a partition keeps at most, from the same place.</summary>
    public const int KeptPartitionBatches = 100_000;

    private readonly MockCluster _cluster;
    private readonly int _brokers;

    private EmbeddedKafka(int brokers)
    {
        _brokers = brokers;
        _cluster = new MockCluster(brokers);
    }

    /// <summary>What <c>--brokers</c> takes: loopback addresses with the ports that were free.</summary>
    public string Brokers => _cluster.Bootstraps;

    /// <summary>Starts a cluster of 1..3 brokers.</summary>
    /// <exception cref="LogException">No ports could be opened.</exception>
    public static EmbeddedKafka Start(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(brokers, 3);
        var kafka = new EmbeddedKafka(brokers);
        // A real group waits 3 s for more members at its start. Members of one process need none of it.
        kafka._cluster.SetRebalanceDelay(TimeSpan.Zero);
        return kafka;
    }

    /// <summary>Connects as to any cluster, but creates topics here, where no request for it exists.</summary>
    /// <param name="options">Options whose <see cref="ClusterOptions.Brokers"/> do not count; null for the defaults.</param>
    public KafkaLog Connect(ClusterOptions? options = null) =>
        KafkaLog.Connect((options ?? new ClusterOptions { Brokers = Brokers }) with { Brokers = Brokers }, Create);

    /// <summary>Stops a broker, 1 being the first: its port closes, what it holds stays.</summary>
    public void StopBroker(int broker = 1) => SetUp(broker, false);

    /// <summary>Starts a stopped broker again.</summary>
    public void StartBroker(int broker = 1) => SetUp(broker, true);

    /// <summary>
    /// From now on clients are told that a broker is at another address, of a proxy in front of it. A broker that is stopped afterwards comes back at that port itself.
    /// </summary>
    public void Advertise(int broker, string host, int port)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(broker, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(broker, _brokers);
        _cluster.Advertise(broker, host, port);
    }

    /// <summary>The next requests with this API key (Kafka's protocol guide) are answered with these error codes, one each.</summary>
    internal void Fail(short request, params ReadOnlySpan<int> errors) => _cluster.PushErrors(request, errors);

    /// <summary>Ends the cluster and all that is in it.</summary>
    public void Dispose() => _cluster.Dispose();

    private void SetUp(int broker, bool up)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(broker, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(broker, _brokers);
        _cluster.SetBrokerUp(broker, up);
    }

    private void Create(IReadOnlyList<TopicSpec> missing, TimeSpan timeout)
    {
        foreach (var spec in missing)
        {
            var replicas = spec.ReplicationFactor == TopicSpec.BrokerDefault ? _brokers : spec.ReplicationFactor;
            var error = _cluster.CreateTopic(spec.Name, spec.Partitions, replicas);
            if (error != 0)
                throw new LogException(LogError.Fatal, string.Create(CultureInfo.InvariantCulture, $"the embedded Kafka did not create topic {spec.Name}: error {error}"));
        }
    }
}
