using System.Runtime.InteropServices;

namespace IcmpStream.Kafka.Native;

/// <summary>
/// The entries of librdkafka (rdkafka.h, rdkafka_mock.h of 2.15) that this project calls itself. Resolved by name through the package's native
/// asset, so that it is the same loaded library that Confluent.Kafka uses.
/// </summary>
internal static partial class Librdkafka
{
    private const string Library = "librdkafka";

    /// <summary>RD_KAFKA_PRODUCER.</summary>
    public const int ProducerType = 0;

    [LibraryImport(Library, EntryPoint = "rd_kafka_version_str")]
    public static partial nint VersionText();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint NewConfiguration();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_destroy")]
    public static partial void DestroyConfiguration(nint configuration);

    /// <summary>A null callback silences the handle; the default writes to stderr.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_log_cb")]
    public static partial void SetLogCallback(nint configuration, nint callback);

    /// <summary>Takes the configuration over unless it returns null.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint NewClient(int type, nint configuration, Span<byte> error, nuint errorBytes);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void DestroyClient(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    public static partial nint NewMockCluster(nint client, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    public static partial void DestroyMockCluster(nint cluster);

    /// <summary>UTF-8, owned by the cluster.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    public static partial nint MockBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMockTopic(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_down")]
    public static partial int SetMockBrokerDown(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_up")]
    public static partial int SetMockBrokerUp(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    public static partial void SetMockRebalanceDelay(nint cluster, int delayMs);
}
