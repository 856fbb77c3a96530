using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Contract;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>One mock cluster for the class: tests have topics and groups of their own.</summary>
public sealed class EmbeddedKafkaFixture : IDisposable
{
    public EmbeddedKafkaFixture()
    {
        Kafka = EmbeddedKafka.Start();
        Log = Kafka.Connect();
        Managed = Kafka.Connect(new ClusterOptions { Brokers = "", UseManagedClient = true });
    }

    public EmbeddedKafka Kafka { get; }

    public KafkaLog Log { get; }

    public KafkaLog Managed { get; }

    public void Dispose()
    {
        Managed.Dispose();
        Log.Dispose();
        Kafka.Dispose();
    }
}

public sealed class EmbeddedKafkaContractTests(EmbeddedKafkaFixture fixture) : LogContract, IClassFixture<EmbeddedKafkaFixture>
{
    protected override ILog Log => fixture.Log;

    // The mock cluster takes a session timeout less a second for every change of a group.
    protected override TimeSpan SessionTimeout => TimeSpan.FromSeconds(2);
}

/// <summary>The slow twin: what Confluent.Kafka's own objects write and read is the same.</summary>
public sealed class ManagedClientContractTests(EmbeddedKafkaFixture fixture) : WritingContract, IClassFixture<EmbeddedKafkaFixture>
{
    protected override ILog Log => fixture.Managed;
}
