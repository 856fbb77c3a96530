using System.Runtime.InteropServices;

namespace IcmpStream.Kafka.Native;

/// <summary>rd_kafka_message_t: a message to produce, its report, or one consumed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeMessage
{
    /// <summary>rd_kafka_resp_err_t; what it is of depends on the use.</summary>
    public int Error;

    /// <summary>The topic's handle.</summary>
    public nint Topic;

    /// <summary>The partition.</summary>
    public int Partition;

    /// <summary>The value, or an error's text; null for a tombstone.</summary>
    public nint Value;

    /// <summary>Bytes of the value.</summary>
    public nuint ValueBytes;

    /// <summary>The key; null for none.</summary>
    public nint Key;

    /// <summary>Bytes of the key.</summary>
    public nuint KeyBytes;

    /// <summary>The offset; consumers only.</summary>
    public long Offset;

    /// <summary>Producers: whatever the application put there. Consumers: the library's.</summary>
    public nint Private;
}

/// <summary>rd_kafka_topic_partition_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PartitionData
{
    /// <summary>UTF-8, ended by zero, owned by the list.</summary>
    public byte* Topic;

    /// <summary>The partition.</summary>
    public int Partition;

    /// <summary>An offset, or one of the negative special values.</summary>
    public long Offset;

    /// <summary>Offset metadata; not used.</summary>
    public nint Metadata;

    /// <summary>Bytes of the metadata.</summary>
    public nuint MetadataBytes;

    /// <summary>The application's; not used.</summary>
    public nint Opaque;

    /// <summary>rd_kafka_resp_err_t of this partition.</summary>
    public int Error;

    /// <summary>The library's.</summary>
    public nint Private;
}

/// <summary>rd_kafka_topic_partition_list_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PartitionListData
{
    /// <summary>How many elements there are.</summary>
    public int Count;

    /// <summary>How many there is room for.</summary>
    public int Capacity;

    /// <summary>The elements.</summary>
    public PartitionData* Elements;
}

/// <summary>rd_kafka_vtype_t, as far as it is used.</summary>
internal enum NativeFieldKind
{
    /// <summary>A topic's handle.</summary>
    Topic = 2,

    /// <summary>A partition.</summary>
    Partition = 3,

    /// <summary>The value: address and length.</summary>
    Value = 4,

    /// <summary>The key: address and length.</summary>
    Key = 5,

    /// <summary>The application's word.</summary>
    Opaque = 6,

    /// <summary>Flags.</summary>
    Flags = 7,

    /// <summary>A list of headers.</summary>
    Headers = 10,
}

/// <summary>rd_kafka_vu_t: one argument of rd_kafka_produceva; the union is padded to 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct NativeField
{
    /// <summary>Which of them it is.</summary>
    [FieldOffset(0)]
    public NativeFieldKind Kind;

    /// <summary>A handle, an address, or a number of up to 64 bits, little-endian.</summary>
    [FieldOffset(8)]
    public nint Word;

    /// <summary>Bytes at the address.</summary>
    [FieldOffset(16)]
    public nuint Bytes;
}

/// <summary>rd_kafka_metadata_t, as far as its topics.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MetadataData
{
    /// <summary>Number of brokers.</summary>
    public int BrokerCount;

    /// <summary>The brokers; not used.</summary>
    public nint Brokers;

    /// <summary>Number of topics.</summary>
    public int TopicCount;

    /// <summary>The topics.</summary>
    public TopicMetadata* Topics;
}

/// <summary>rd_kafka_metadata_topic_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TopicMetadata
{
    /// <summary>UTF-8, ended by zero.</summary>
    public byte* Name;

    /// <summary>Number of partitions; 0 where the broker does not know the topic.</summary>
    public int PartitionCount;

    /// <summary>The partitions; not used.</summary>
    public nint Partitions;

    /// <summary>rd_kafka_resp_err_t of the topic.</summary>
    public int Error;
}
