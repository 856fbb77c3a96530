using System.Runtime.InteropServices;
using IcmpStream.Kafka;

namespace IcmpStream.Bench.Kafka;

/// <summary>
/// The records of a race: 32-byte keys and 64-byte values, as in the project's requirement. They lie end to end in pinned memory, which each contender
/// is given in the form that it likes best.
/// </summary>
internal sealed class Load
{
    public const int KeyBytes = 32;
    public const int ValueBytes = 64;

    /// <summary>Different records; they come again and again, a thousand times as far apart as lz4 looks.</summary>
    public const int Different = 16_384;

    /// <summary>Records in a batch: with four partitions as many to a call of the library as the C loop gives it.</summary>
    public const int Batch = 8192;

    public Load()
    {
        Bytes = GC.AllocateUninitializedArray<byte>(Different * (KeyBytes + ValueBytes), pinned: true);
        var random = new Random(1);
        for (int i = 0; i < Different; i++)
        {
            Span<byte> record = Bytes.AsSpan(i * (KeyBytes + ValueBytes), KeyBytes + ValueBytes);
            record.Clear();
            // Two mapped IPv4 addresses; a value of which a third changes from event to event.
            record[10..12].Fill(0xFF);
            random.NextBytes(record[12..16]);
            record[26..28].Fill(0xFF);
            random.NextBytes(record[28..32]);
            random.NextBytes(record.Slice(KeyBytes, 24));
            record[(KeyBytes + 24)..].Fill(7);
        }
    }

    public byte[] Bytes { get; }

    public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0);

    public ReadOnlySpan<byte> Key(int index) => Bytes.AsSpan(index % Different * (KeyBytes + ValueBytes), KeyBytes);

    public ReadOnlySpan<byte> Value(int index) => Bytes.AsSpan((index % Different * (KeyBytes + ValueBytes)) + KeyBytes, ValueBytes);

    /// <summary>All different records as batches, partitions in turn within each, as the partitioner spreads them.</summary>
    public OutgoingBatch[] Batches(string topic, int partitions)
    {
        var batches = new OutgoingBatch[Different / Batch];
        for (int b = 0; b < batches.Length; b++)
        {
            batches[b] = new OutgoingBatch(topic);
            for (int i = 0; i < Batch; i++)
                batches[b].Add(i % partitions, Key((b * Batch) + i), Value((b * Batch) + i));
        }

        return batches;
    }
}
