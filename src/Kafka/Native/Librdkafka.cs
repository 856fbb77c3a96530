using System.Runtime.InteropServices;

namespace IcmpStream.Kafka.Native;

/// <summary>
/// The entries of librdkafka (rdkafka.h, rdkafka_mock.h of 2.15) that this project calls itself. Resolved by name through the package's native
/// asset, so that it is the same loaded library that Confluent.Kafka uses. Handles are <c>nint</c> here and nowhere else.
/// </summary>
internal static unsafe partial class Librdkafka
{
    private const string Library = "librdkafka";
    private const string Prefix = "rd_kafka_";

    /// <summary>RD_KAFKA_PRODUCER, RD_KAFKA_CONSUMER.</summary>
    public const int ProducerType = 0, ConsumerType = 1;

    /// <summary>RD_KAFKA_CONF_OK.</summary>
    public const int ConfigurationOk = 0;

    /// <summary>RD_KAFKA_EVENT_DR, RD_KAFKA_EVENT_ERROR.</summary>
    public const int DeliveryEvent = 0x1, ErrorEvent = 0x8, StatisticsEvent = 0x40;

    /// <summary>RD_KAFKA_MSG_F_COPY: the payload is copied before the call returns.</summary>
    public const int CopyFlag = 0x2;

    /// <summary>RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE: the group is left without a word and without callbacks.</summary>
    public const int WithoutClosing = 0x8;

    /// <summary>RD_KAFKA_OFFSET_INVALID: no offset.</summary>
    public const long NoOffset = -1001;

    [LibraryImport(Library, EntryPoint = Prefix + "conf_new")]
    public static partial nint NewConfiguration();

    [LibraryImport(Library, EntryPoint = Prefix + "conf_destroy")]
    public static partial void DestroyConfiguration(nint configuration);

    [LibraryImport(Library, EntryPoint = Prefix + "conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Set(nint configuration, string name, string value, byte* error, nuint errorBytes);

    /// <summary>A null callback silences the handle; the default writes to stderr.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "conf_set_log_cb")]
    public static partial void SetLogCallback(nint configuration, delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, void> callback);

    [LibraryImport(Library, EntryPoint = Prefix + "conf_set_error_cb")]
    public static partial void SetErrorCallback(nint configuration, delegate* unmanaged[Cdecl]<nint, int, byte*, nint, void> callback);

    [LibraryImport(Library, EntryPoint = Prefix + "conf_set_rebalance_cb")]
    public static partial void SetRebalanceCallback(nint configuration, delegate* unmanaged[Cdecl]<nint, int, PartitionListData*, nint, void> callback);

    [LibraryImport(Library, EntryPoint = Prefix + "conf_set_events")]
    public static partial void SetEvents(nint configuration, int events);

    [LibraryImport(Library, EntryPoint = Prefix + "conf_set_opaque")]
    public static partial void SetOpaque(nint configuration, nint opaque);

    [LibraryImport(Library, EntryPoint = Prefix + "opaque")]
    public static partial nint Opaque(nint client);

    /// <summary>Takes the configuration over unless it returns null.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "new")]
    public static partial nint NewClient(int type, nint configuration, byte* error, nuint errorBytes);

    [LibraryImport(Library, EntryPoint = Prefix + "destroy_flags")]
    public static partial void DestroyClient(nint client, int flags);

    /// <summary>Static text, UTF-8.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "err2str")]
    public static partial byte* ErrorText(int code);

    [LibraryImport(Library, EntryPoint = Prefix + "fatal_error")]
    public static partial int FatalError(nint client, byte* text, nuint textBytes);

    [LibraryImport(Library, EntryPoint = Prefix + "error_code")]
    public static partial int ErrorCode(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "error_string")]
    public static partial byte* ErrorString(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "error_is_retriable")]
    public static partial int ErrorIsRetriable(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "error_is_fatal")]
    public static partial int ErrorIsFatal(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "error_txn_requires_abort")]
    public static partial int ErrorRequiresAbort(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "error_destroy")]
    public static partial void DestroyError(nint error);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewTopic(nint client, string topic, nint configuration);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_destroy")]
    public static partial void DestroyTopic(nint topic);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_name")]
    public static partial byte* TopicName(nint topic);

    /// <summary>Asks a broker; with a topic's handle for that topic, which then knows its partitions.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "metadata")]
    public static partial int Metadata(nint client, int allTopics, nint onlyTopic, out MetadataData* metadata, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "metadata_destroy")]
    public static partial void DestroyMetadata(MetadataData* metadata);

    [LibraryImport(Library, EntryPoint = Prefix + "produce_batch")]
    public static partial int ProduceBatch(nint topic, int partition, int flags, NativeMessage* messages, int count);

    /// <summary>Takes the headers over if it succeeds.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "produceva")]
    public static partial nint ProduceOne(nint client, NativeField* fields, nuint count);

    [LibraryImport(Library, EntryPoint = Prefix + "headers_new")]
    public static partial nint NewHeaders(nuint count);

    [LibraryImport(Library, EntryPoint = Prefix + "headers_destroy")]
    public static partial void DestroyHeaders(nint headers);

    [LibraryImport(Library, EntryPoint = Prefix + "header_add")]
    public static partial int AddHeader(nint headers, byte* name, nint nameBytes, byte* value, nint valueBytes);

    [LibraryImport(Library, EntryPoint = Prefix + "header_get_all")]
    public static partial int HeaderAt(nint headers, nuint index, out byte* name, out byte* value, out nuint valueBytes);

    [LibraryImport(Library, EntryPoint = Prefix + "message_headers")]
    public static partial int MessageHeaders(NativeMessage* message, out nint headers);

    [LibraryImport(Library, EntryPoint = Prefix + "message_timestamp")]
    public static partial long MessageTimestamp(NativeMessage* message, out int type);

    [LibraryImport(Library, EntryPoint = Prefix + "message_destroy")]
    public static partial void DestroyMessage(NativeMessage* message);

    [LibraryImport(Library, EntryPoint = Prefix + "queue_get_main")]
    public static partial nint MainQueue(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "queue_get_consumer")]
    public static partial nint ConsumerQueue(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "queue_destroy")]
    public static partial void DestroyQueue(nint queue);

    [LibraryImport(Library, EntryPoint = Prefix + "queue_poll")]
    public static partial nint PollEvent(nint queue, int timeoutMs);

    /// <summary>Makes a poll that waits on the queue return.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "queue_yield")]
    public static partial void WakeQueue(nint queue);

    [LibraryImport(Library, EntryPoint = Prefix + "event_type")]
    public static partial int EventType(nint happened);

    [LibraryImport(Library, EntryPoint = Prefix + "event_message_array")]
    public static partial nuint EventMessages(nint happened, NativeMessage** messages, nuint capacity);

    [LibraryImport(Library, EntryPoint = Prefix + "event_error")]
    public static partial int EventError(nint happened);

    [LibraryImport(Library, EntryPoint = Prefix + "event_error_string")]
    public static partial byte* EventErrorText(nint happened);

    /// <summary>JSON, ended by a null byte, which lives as long as the event.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "event_stats")]
    public static partial byte* EventStatistics(nint happened);

    [LibraryImport(Library, EntryPoint = Prefix + "event_destroy")]
    public static partial void DestroyEvent(nint happened);

    /// <summary>One message, or null; returns early where a callback has yielded.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "consume_queue")]
    public static partial NativeMessage* ConsumeOne(nint queue, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "consume_batch_queue")]
    public static partial nint ConsumeBatch(nint queue, int timeoutMs, NativeMessage** messages, nuint capacity);

    /// <summary>From within a callback: the poll that called it returns.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "yield")]
    public static partial void Yield(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "poll_set_consumer")]
    public static partial int PollThroughConsumer(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "subscribe")]
    public static partial int Subscribe(nint client, PartitionListData* topics);

    [LibraryImport(Library, EntryPoint = Prefix + "assign")]
    public static partial int Assign(nint client, PartitionListData* partitions);

    [LibraryImport(Library, EntryPoint = Prefix + "incremental_assign")]
    public static partial nint IncrementalAssign(nint client, PartitionListData* partitions);

    [LibraryImport(Library, EntryPoint = Prefix + "incremental_unassign")]
    public static partial nint IncrementalUnassign(nint client, PartitionListData* partitions);

    [LibraryImport(Library, EntryPoint = Prefix + "assignment_lost")]
    public static partial int AssignmentLost(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "seek_partitions")]
    public static partial nint Seek(nint client, PartitionListData* partitions, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "pause_partitions")]
    public static partial int Pause(nint client, PartitionListData* partitions);

    [LibraryImport(Library, EntryPoint = Prefix + "resume_partitions")]
    public static partial int Resume(nint client, PartitionListData* partitions);

    [LibraryImport(Library, EntryPoint = Prefix + "committed")]
    public static partial int Committed(nint client, PartitionListData* partitions, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "commit")]
    public static partial int Commit(nint client, PartitionListData* positions, int isAsynchronous);

    [LibraryImport(Library, EntryPoint = Prefix + "consumer_close")]
    public static partial int CloseConsumer(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "consumer_group_metadata")]
    public static partial nint GroupMetadata(nint consumer);

    [LibraryImport(Library, EntryPoint = Prefix + "consumer_group_metadata_destroy")]
    public static partial void DestroyGroupMetadata(nint metadata);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_partition_list_new")]
    public static partial PartitionListData* NewPartitionList(int capacity);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_partition_list_destroy")]
    public static partial void DestroyPartitionList(PartitionListData* list);

    [LibraryImport(Library, EntryPoint = Prefix + "topic_partition_list_add", StringMarshalling = StringMarshalling.Utf8)]
    public static partial PartitionData* AddPartition(PartitionListData* list, string topic, int partition);

    [LibraryImport(Library, EntryPoint = Prefix + "init_transactions")]
    public static partial nint InitTransactions(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "begin_transaction")]
    public static partial nint BeginTransaction(nint client);

    [LibraryImport(Library, EntryPoint = Prefix + "send_offsets_to_transaction")]
    public static partial nint SendOffsets(nint client, PartitionListData* positions, nint groupMetadata, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "commit_transaction")]
    public static partial nint CommitTransaction(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "abort_transaction")]
    public static partial nint AbortTransaction(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_cluster_new")]
    public static partial nint NewMockCluster(nint client, int brokers);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_cluster_destroy")]
    public static partial void DestroyMockCluster(nint cluster);

    /// <summary>UTF-8, owned by the cluster.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "mock_cluster_bootstraps")]
    public static partial byte* MockBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMockTopic(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_broker_set_down")]
    public static partial int SetMockBrokerDown(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_broker_set_up")]
    public static partial int SetMockBrokerUp(nint cluster, int broker);

    /// <summary>What clients are told to connect to; where the broker listens stays.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "mock_broker_set_host_port", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetMockBrokerAddress(nint cluster, int broker, string host, int port);

    /// <summary>The next requests of a kind are answered with these errors, one each.</summary>
    [LibraryImport(Library, EntryPoint = Prefix + "mock_push_request_errors_array")]
    public static partial void PushMockErrors(nint cluster, short request, nuint count, ReadOnlySpan<int> errors);

    [LibraryImport(Library, EntryPoint = Prefix + "mock_group_initial_rebalance_delay_ms")]
    public static partial void SetMockRebalanceDelay(nint cluster, int delayMs);
}
