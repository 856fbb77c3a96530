using System.Runtime.InteropServices;

namespace IcmpStream.Kafka.Native;

/// <summary>A list of partitions for the length of one call.</summary>
internal readonly unsafe ref struct PartitionList
{
    public PartitionList(int capacity) => Data = Librdkafka.NewPartitionList(capacity);

    public PartitionListData* Data { get; }

    public static PartitionList Of(IEnumerable<LogPartition> partitions)
    {
        var list = new PartitionList(8);
        foreach (var partition in partitions) list.Add(partition, Librdkafka.NoOffset);
        return list;
    }

    public static PartitionList Of(IEnumerable<LogPosition> positions)
    {
        var list = new PartitionList(8);
        foreach (var position in positions) list.Add(position.Partition, position.Offset);
        return list;
    }

    /// <summary>Copies out of a list that the library owns.</summary>
    public static LogPartition[] Read(PartitionListData* list)
    {
        var partitions = new LogPartition[list->Count];
        for (var i = 0; i < partitions.Length; i++) partitions[i] = PartitionOf(list->Elements[i]);
        Array.Sort(partitions);
        return partitions;
    }

    public void Add(LogPartition partition, long offset) => Librdkafka.AddPartition(Data, partition.Topic, partition.Partition)->Offset = offset;

    /// <summary>Offsets by partition; negative, which are special, become <see cref="LogPosition.Unset"/>.</summary>
    public Dictionary<LogPartition, long> Offsets()
    {
        Dictionary<LogPartition, long> offsets = [];
        for (var i = 0; i < Data->Count; i++) offsets[PartitionOf(Data->Elements[i])] = Math.Max(Data->Elements[i].Offset, LogPosition.Unset);
        return offsets;
    }

    /// <summary>The first error of a partition, 0 for none.</summary>
    public int FirstError()
    {
        for (var i = 0; i < Data->Count; i++)
            if (Data->Elements[i].Error != 0) return Data->Elements[i].Error;
        return 0;
    }

    public void Dispose() => Librdkafka.DestroyPartitionList(Data);

    private static LogPartition PartitionOf(in PartitionData data) => new(Marshal.PtrToStringUTF8((nint)data.Topic) ?? "", data.Partition);
}
