using System.Globalization;
using System.Text;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Hashing;

public sealed class HashVectorTests
{
    // The vectors of UtilsTest.testMurmur2 in Apache Kafka's Java client.
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Murmur2_equals_the_vectors_of_the_java_client(string text, int expected) =>
        Assert.Equal(expected, Murmur2.Hash(Encoding.UTF8.GetBytes(text)));

    // Made by Murmur2Vectors.java beside this file; librdkafka's partitioner gives the same.
    [Fact]
    public void Murmur2_equals_java_for_keys_of_every_length()
    {
        string[] vectors = Vectors("murmur2-vectors.tsv");
        Assert.Equal(256, vectors.Length);
        foreach (string[] vector in vectors.Select(line => line.Split('\t')))
        {
            byte[] key = Convert.FromHexString(vector[0]);
            int expected = int.Parse(vector[1], CultureInfo.InvariantCulture);
            Assert.Equal(expected, Murmur2.Hash(key));
            Assert.Equal((expected & int.MaxValue) % 12, Murmur2.Partition(key, 12));
            if (key.Length == Address.Size)
                Assert.Equal(expected, Murmur2.Hash(Address.Read(key)));
        }
    }

    [Fact]
    public void Murmur2_of_addresses_and_keys_is_that_of_their_bytes() => Tape.Check(500, tape =>
    {
        EventKey key = EventKey.Of(tape.Address(), tape.Address());
        byte[] bytes = new byte[EventKey.Size];
        key.Write(bytes);
        Assert.Equal(Murmur2.Hash(bytes), Murmur2.Hash(key));
        Assert.Equal(Murmur2.Hash(bytes), Murmur2.HashUnordered(key.Lower, key.Upper));
        Assert.Equal(Murmur2.Hash(bytes), Murmur2.HashUnordered(key.Upper, key.Lower));
        Assert.Equal(Murmur2.Hash(bytes.AsSpan(0, Address.Size)), Murmur2.Hash(key.Lower));
    });

    [Fact]
    public void A_partition_of_two_to_the_n_is_a_set_of_whole_key_groups() => Tape.Check(500, tape =>
    {
        EventKey key = EventKey.Of(tape.Address(), tape.Address());
        byte[] bytes = new byte[EventKey.Size];
        key.Write(bytes);
        Assert.Equal(KeyGroup.Of(bytes), KeyGroup.Of(key));
        Assert.Equal(Murmur2.Partition(bytes, KeyGroup.Count), KeyGroup.Of(key));
        for (int partitions = 1; partitions <= KeyGroup.Count; partitions *= 2)
        {
            Assert.True(KeyGroup.IsPartitionCount(partitions));
            Assert.Equal(Murmur2.Partition(bytes, partitions), KeyGroup.Partition(KeyGroup.Of(key), partitions));
        }
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(512)]
    public void Other_partition_counts_are_refused(int partitions) => Assert.False(KeyGroup.IsPartitionCount(partitions));

    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    public void Xxh64_equals_published_vectors(string text, ulong expected) =>
        Assert.Equal(expected, XxHash64.Hash(Encoding.UTF8.GetBytes(text)));

    // Made by xxh64_vectors.py beside this file with the reference implementation.
    [Fact]
    public void Xxh64_equals_the_reference_for_every_length_and_seed()
    {
        string[] vectors = Vectors("xxh64-vectors.tsv");
        Assert.Equal(3 * 135, vectors.Length);
        byte[] data = [.. Enumerable.Range(0, ushort.MaxValue).Select(i => (byte)((i * 131) + (i / 7)))];
        foreach (string[] vector in vectors.Select(line => line.Split('\t')))
        {
            ulong seed = ulong.Parse(vector[0], CultureInfo.InvariantCulture);
            int length = int.Parse(vector[1], CultureInfo.InvariantCulture);
            Assert.Equal(vector[2], XxHash64.Hash(data.AsSpan(0, length), seed).ToString("x16", CultureInfo.InvariantCulture));
        }
    }

    private static string[] Vectors(string file) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Hashing", file));
}
