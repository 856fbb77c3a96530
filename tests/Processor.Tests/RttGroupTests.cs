using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

/// <summary>The tables behind the windows of round-trip times.</summary>
public class RttGroupTests
{
    [Fact]
    public void All_groups_of_a_domain_take_at_most_17_megabytes()
    {
        Assert.Equal(64, Unsafe.SizeOf<RttPair>());
        var group = new RttGroup();
        for (int i = 0; i < 2 * RttGroup.DefaultMaxPairs; i++)
            Assert.Equal(i < RttGroup.DefaultMaxPairs, group.TryAdd(At(i), At(-1), 1_000_000));
        for (int bucket = 0, left = RttGroup.DefaultMaxCells - RttGroup.DefaultMaxPairs; left > 0; left--, bucket += bucket == 633 ? 2 : 1)
            Assert.True(group.TryAdd(At(bucket / 1_000), At(-1), RttBuckets.LowestNs(bucket % 1_000)));
        Assert.Equal(66 * 1024, group.Bytes);
        Assert.InRange(group.Bytes * KeyGroup.Count, 16_000_000, 17_500_000);
    }

    [Fact]
    public void It_counts_as_a_list_would() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), (int seed) =>
        {
            var random = new System.Random(seed);
            var group = new RttGroup();
            for (int window = 0; window < 3; window++)
            {
                var model = new Dictionary<(Address, Address), List<long>>();
                int pairs = random.Next(1, 60), times = random.Next(1, 600), bits = random.Next(1, 40);
                for (int i = 0; i < times; i++)
                {
                    (Address, Address) pair = (At(random.Next(pairs)), At(random.Next(3)));
                    long rttNs = random.NextInt64(1L << bits);
                    Assert.True(group.TryAdd(pair.Item1, pair.Item2, rttNs));
                    if (!model.TryGetValue(pair, out List<long>? list))
                        model.Add(pair, list = []);
                    list.Add(rttNs);
                }

                Dictionary<(Address, Address), PairRtt> records = Read(group);
                Assert.Equal(model.Keys.Order(), records.Where(record => record.Value.Count > 0).Select(record => record.Key).Order());
                foreach (((Address, Address) pair, List<long> list) in model)
                {
                    PairRtt record = records[pair];
                    Assert.Equal((list.Count, list.Min(), list.Max(), list.Sum()), (record.Count, record.MinNs, record.MaxNs, record.SumNs));
                    Assert.Equal(list.GroupBy(RttBuckets.Of).OrderBy(bucket => bucket.Key).Select(bucket => new RttCell((ushort)bucket.Key, bucket.Count())), record.Cells);
                }

                int loud = model.Count(pair => pair.Value.Count >= RttBook.Floor);
                group.Renew(RttBook.Floor);
                Assert.Equal(loud, group.Count);
            }
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Damage_of_what_it_wrote_is_an_exception_of_its_own_or_another_value_and_nothing_else() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), (int seed) =>
        {
            var random = new System.Random(seed);
            var group = new RttGroup(maxPairs: 20, maxCells: 40);
            for (int i = 0; i < 100; i++)
                group.TryAdd(At(random.Next(25)), At(9), random.NextInt64(1L << 24));
            byte[] bytes = Save(group);
            var read = new RttGroup(maxPairs: 20, maxCells: 40);
            Load(bytes, read);
            Assert.Equal(bytes, Save(read));
            bytes[random.Next(CheckpointWriter.SectionHeaderBytes, bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                var damaged = new RttGroup(maxPairs: 20, maxCells: 40);
                Load(bytes, damaged);
                damaged.TryAdd(At(1), At(9), 5);
                Assert.InRange(Read(damaged).Values.Sum(record => record.Cells.Sum(cell => cell.Count)), 0, 101);
            }
            catch (CheckpointException)
            {
                return true;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(99, 0)]
    [InlineData(100, 1)]
    [InlineData(-1, -1)]
    [InlineData(-100, -1)]
    [InlineData(-101, -2)]
    public void Windows_are_aligned_to_the_epoch_before_1970_too(long slot, long window)
    {
        Assert.Equal(window, RttBook.WindowOf(slot));
        var book = new RttBook();
        book.Begin(window);
        Assert.Equal(window * 10_000_000_000, book.WindowStartNs);
    }

    private static Address At(int number) => Address.FromIpv4(0x0A00_0000 + (uint)number);

    private static Dictionary<(Address, Address), PairRtt> Read(RttGroup group)
    {
        var records = new Dictionary<(Address, Address), PairRtt>();
        group.Settle();
        for (int place = 0, cell = 0; place < group.Count; place++)
        {
            var record = new PairRtt();
            group.Read(place, ref cell, record);
            records.Add((record.Requester, record.Responder), record);
        }

        return records;
    }

    private static byte[] Save(RttGroup group)
    {
        var writer = new CheckpointWriter();
        writer.Save(new OneGroup(group));
        return [.. Enumerable.Range(0, writer.ChunkCount).SelectMany(i => writer.Chunk(i).ToArray())];
    }

    private static void Load(byte[] bytes, RttGroup group) => CheckpointReader.Load([bytes], new OneGroup(group));

    /// <summary>A state that is nothing but a group.</summary>
    private sealed class OneGroup(RttGroup group) : ICheckpointed
    {
        public int CheckpointVersion => 1;

        public void SaveCommon(CheckpointWriter writer) => writer.WritePart(group);

        public void LoadCommon(CheckpointReader reader) => reader.ReadPart(group);

        public void SaveGroup(byte group, CheckpointWriter writer)
        {
        }

        public void LoadGroup(byte group, CheckpointReader reader)
        {
        }

        public void CompleteLoad()
        {
        }
    }
}
