using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Tests.Partitioning;

/// <summary>
/// Our partitioner against the one of librdkafka that imitates Java's (rdkafka.h: rd_kafka_msg_partitioner_murmur2), which is another team's code,
/// and against 10,000 vectors that a Java program made.
/// </summary>
public sealed unsafe partial class PartitionerTests
{
    [Fact]
    public void Hashes_and_partitions_are_those_that_Java_gave_ten_thousand_random_keys()
    {
        var rows = File.ReadAllLines(Beside("murmur2.tsv"));
        Assert.Equal(10_000, rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            // As Murmur2Vectors.java beside this file makes them.
            var key = SHA512.HashData(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"icmpstream {i}"))).AsSpan(0, (i % 64) + 1);
            Assert.Equal(rows[i], string.Create(CultureInfo.InvariantCulture, $"{Murmur2.Hash(key)}\t{Murmur2.Partition(key, 16)}"));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(256)]
    public void Partitions_are_those_that_librdkafka_gives_ten_thousand_random_keys(int partitions)
    {
        var random = new Random(20_261_121);
        var key = new byte[96];
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = i % 2 == 0 ? EventKey.Size : random.Next(1, key.Length + 1);
            random.NextBytes(key.AsSpan(0, bytes));
            int theirs;
            fixed (byte* address = key) theirs = Murmur2Partition(0, address, (nuint)bytes, partitions, 0, 0);
            Assert.Equal(theirs, Murmur2.Partition(key.AsSpan(0, bytes), partitions));
            Assert.Equal(theirs, KeyGroup.Partition(KeyGroup.Of(key.AsSpan(0, bytes)), partitions));
        }
    }

    private static string Beside(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    [LibraryImport("librdkafka", EntryPoint = "rd_kafka_msg_partitioner_murmur2")]
    private static partial int Murmur2Partition(nint topic, byte* key, nuint keyBytes, int partitions, nint topicOpaque, nint messageOpaque);
}
