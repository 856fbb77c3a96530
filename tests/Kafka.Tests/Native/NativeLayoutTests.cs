using System.Runtime.InteropServices;
using IcmpStream.Kafka.Native;

namespace IcmpStream.Kafka.Tests.Native;

/// <summary>The structs as rdkafka.h has them on a 64-bit machine.</summary>
public sealed class NativeLayoutTests
{
    [Fact]
    public void A_message_is_laid_out_as_rd_kafka_message_t()
    {
        Assert.Equal(72, Marshal.SizeOf<NativeMessage>());
        Check<NativeMessage>(
            (nameof(NativeMessage.Error), 0), (nameof(NativeMessage.Topic), 8), (nameof(NativeMessage.Partition), 16), (nameof(NativeMessage.Value), 24), (nameof(NativeMessage.ValueBytes), 32),
            (nameof(NativeMessage.Key), 40), (nameof(NativeMessage.KeyBytes), 48), (nameof(NativeMessage.Offset), 56), (nameof(NativeMessage.Private), 64));
    }

    [Fact]
    public void A_partition_is_laid_out_as_rd_kafka_topic_partition_t()
    {
        Assert.Equal(64, Marshal.SizeOf<PartitionData>());
        Check<PartitionData>(
            (nameof(PartitionData.Topic), 0), (nameof(PartitionData.Partition), 8), (nameof(PartitionData.Offset), 16), (nameof(PartitionData.Metadata), 24),
            (nameof(PartitionData.MetadataBytes), 32), (nameof(PartitionData.Opaque), 40), (nameof(PartitionData.Error), 48), (nameof(PartitionData.Private), 56));
        Assert.Equal(16, Marshal.SizeOf<PartitionListData>());
        Check<PartitionListData>((nameof(PartitionListData.Count), 0), (nameof(PartitionListData.Capacity), 4), (nameof(PartitionListData.Elements), 8));
    }

    [Fact]
    public void An_argument_is_laid_out_as_rd_kafka_vu_t()
    {
        Assert.Equal(72, Marshal.SizeOf<NativeField>());
        Check<NativeField>((nameof(NativeField.Kind), 0), (nameof(NativeField.Word), 8), (nameof(NativeField.Bytes), 16));
    }

    [Fact]
    public void Metadata_is_laid_out_as_rd_kafka_metadata_t()
    {
        Check<MetadataData>((nameof(MetadataData.BrokerCount), 0), (nameof(MetadataData.Brokers), 8), (nameof(MetadataData.TopicCount), 16), (nameof(MetadataData.Topics), 24));
        Assert.Equal(32, Marshal.SizeOf<TopicMetadata>());
        Check<TopicMetadata>(
            (nameof(TopicMetadata.Name), 0), (nameof(TopicMetadata.PartitionCount), 8), (nameof(TopicMetadata.Partitions), 16), (nameof(TopicMetadata.Error), 24));
    }

    private static void Check<T>(params (string Field, int Offset)[] expected) =>
        Assert.Equal(expected, expected.Select(field => (field.Field, (int)Marshal.OffsetOf<T>(field.Field))));
}
