using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

/// <summary>Whatever is packed with whatever, a partition's events stand in the order in which they were captured.</summary>
public sealed class PackedOrderTests
{
    [Fact]
    public void Packed_records_hold_the_events_of_single_ones_in_the_same_order() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        Gen.Choose(1, EventBuffer.DefaultCapacity).ToArbitrary(),
        Gen.Choose(1, 300).ToArbitrary(),
        (hosts, pack, batchEvents) =>
        {
            // Late ones and ties among them: a frame's time goes back where its host is a multiple of seven.
            (long, byte[])[] frames = [.. hosts.Select((host, i) => (1_700_000_000_000_000_000 + ((i - (host % 7 == 0 ? 3 : 0)) * 40_000_000L), EchoFrames.Echo(host)))];
            List<PublishedRecord> single = Publish(frames, 1, batchEvents), packed = Publish(frames, pack, batchEvents);
            foreach (IGrouping<int, PublishedRecord> partition in packed.GroupBy(record => record.Partition))
            {
                long[] order = [.. partition.SelectMany(record => record.Events).Select(published => published.Event.Frame)];
                Assert.Equal(order.Order(), order);
            }

            Assert.Equal(Flat(single), Flat(packed));
            Assert.Equal(hosts.Length, packed.Sum(record => record.Events.Count));
        }).QuickCheckThrowOnFailure();

    private static List<PublishedRecord> Publish((long, byte[])[] frames, int pack, int batchEvents)
    {
        using IPacketSource source = EchoFrames.Capture(frames);
        return PublishedLog.RunAsync(source, partitions: 4, pack, batchEvents).GetAwaiter().GetResult().Records;
    }

    private static IEnumerable<(int Partition, long Sequence, long Frame)> Flat(List<PublishedRecord> records) =>
        records.SelectMany(record => record.Events.Select(published => (record.Partition, published.Sequence, published.Event.Frame))).OrderBy(e => e.Partition).ThenBy(e => e.Sequence);
}
