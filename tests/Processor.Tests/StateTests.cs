using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.State;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

public class StateTests
{
    [Fact]
    public void An_index_behaves_as_a_dictionary_through_growth_and_deletion() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                var random = new Random(seed);
                var index = new HashIndex();
                var model = new Dictionary<int, uint>();
                for (int step = 0; step < 2000; step++)
                {
                    int place = random.Next(300);

                    // Few hashes, so that runs of cells are long and wrap around.
                    uint hash = (uint)(place % 7) * 0x2000_0001u + (uint)(place % 3);
                    if (model.Remove(place, out uint known))
                        index.Remove(known, place);
                    else
                        index.Add(model[place] = hash, place);
                }

                return index.Count == model.Count && Enumerable.Range(0, 300).All(place => Contains(index, model, place));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_place_that_is_not_in_the_index_cannot_be_removed()
    {
        var index = new HashIndex();
        index.Add(5, 1);
        Assert.Throws<InvalidOperationException>(() => index.Remove(5, 2));
    }

    [Fact]
    public void Chains_lead_to_the_places_that_were_put_there_whatever_came_and_went() => Prop.ForAll<int>(
            seed =>
            {
                var random = new Random(seed);
                var index = new PlaceIndex();
                var model = new Dictionary<int, uint>();
                for (int step = 0; step < 2000; step++)
                {
                    // Few hashes, so that chains are long.
                    int place = random.Next(300), other = 300 + random.Next(100);
                    uint hash = (uint)(place % 7) * 0x2000_0001u + (uint)(place % 3);
                    if (!model.Remove(place, out uint known))
                    {
                        index.Add(model[place] = hash, place);
                    }
                    else if (step % 3 == 0 && model.TryAdd(other, known))
                    {
                        index.Replace(known, place, other);
                    }
                    else
                    {
                        index.Remove(known, place);
                    }

                    if (step % 5 == 0 && model.Remove(other, out uint replaced))
                        index.Remove(replaced, other);
                }

                var found = new List<int>();
                foreach (uint hash in model.Values.Distinct())
                {
                    for (int place = index.First(hash); place >= 0; place = index.Next(place, hash))
                        found.Add(place);
                }

                return index.Count == model.Count && found.Order().SequenceEqual(model.Keys.Order()) && index.First(0xFFFF_FFFF) < 0;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_place_that_is_not_in_its_chain_cannot_be_removed()
    {
        var index = new PlaceIndex();
        index.Add(5, 1);
        index.Add(5, 2);
        Assert.Throws<InvalidOperationException>(() => index.Remove(5, 3));
        Assert.Throws<InvalidOperationException>(() => index.Remove(6, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Add(7, PlaceIndex.PlaceLimit));
    }

    [Fact]
    public void Peers_are_exact_to_sixty_four_whatever_the_order_and_merging()
    {
        var pool = new PeerPool();
        for (int count = 0; count <= 64; count++)
        {
            PeerSet set = default;
            for (int i = 0; i < 3 * count; i++)
                pool.Add(ref set, Address.FromIpv4((uint)(i * 67 % Math.Max(1, count))));
            Assert.Equal(count, pool.CountOf(set));
            Assert.True(pool.SketchOf(set).IsEmpty);
            pool.Clear(ref set);
        }
    }

    [Theory]
    [InlineData(65)]
    [InlineData(200)]
    [InlineData(2_000)]
    [InlineData(5_000)]
    [InlineData(6_000)]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public void Beyond_that_the_estimate_is_within_a_few_standard_errors(int count)
    {
        var pool = new PeerPool();
        PeerSet set = default;
        for (int i = 0; i < count; i++)
            pool.Add(ref set, Address.FromIpv4((uint)i * 2_654_435_761u));
        Assert.InRange(pool.CountOf(set), count * 0.92, count * 1.08);
    }

    [Fact]
    public void A_sketch_merged_from_parts_is_the_sketch_of_the_whole()
    {
        var pool = new PeerPool();
        PeerSet whole = default, left = default, right = default;
        for (int i = 0; i < 10_000; i++)
        {
            pool.Add(ref whole, Address.FromIpv4((uint)i));
            if (i % 3 != 0)
                pool.Add(ref left, Address.FromIpv4((uint)i));
            if (i % 3 != 1)
                pool.Add(ref right, Address.FromIpv4((uint)i));
        }

        pool.AddSketch(ref left, pool.SketchOf(right));
        Assert.True(pool.SketchOf(whole).SequenceEqual(pool.SketchOf(left)));
        Assert.Equal(pool.CountOf(whole), pool.CountOf(left));
    }

    [Fact]
    public void The_sketch_of_known_addresses_never_changes()
    {
        // The hash is part of the contract between partitions, and so of the log.
        Span<byte> registers = new byte[HyperLogLog.Registers];
        for (uint i = 0; i < 1000; i++)
            HyperLogLog.Add(registers, Address.FromIpv4(i));
        Assert.Equal(6_905_547_021_962_085_270ul, XxHash64.Hash(registers));
        Assert.Equal(1012, HyperLogLog.Estimate(registers));
    }

    [Fact]
    public void Slots_and_windows_are_floors_also_before_1970_and_at_the_ends_of_time()
    {
        Assert.Equal(-1, EventTime.SlotOf(-1));
        Assert.Equal(0, EventTime.SlotOf(99_999_999));
        Assert.Equal(-10 * EventTime.SecondNs, EventTime.WindowStart(-1, 10 * EventTime.SecondNs));
        Assert.Equal(long.MaxValue, EventTime.SlotEnd(EventTime.SlotOf(long.MaxValue)));
        Assert.True(EventTime.SlotStart(EventTime.SlotOf(EventTime.Earliest)) >= EventTime.Earliest);
        Assert.Equal(long.MaxValue, EventTime.Between(long.MinValue, long.MaxValue));
        Assert.Equal(long.MaxValue, EventTime.Add(long.MaxValue - 1, 5));
    }

    [Fact]
    public void Event_time_is_the_minimum_of_the_live_streams_and_never_goes_back()
    {
        var clock = new DomainClock();
        Take(clock, 0, 100);
        Assert.Equal(100, clock.EventTimeNs);
        Take(clock, 1, 50);
        Assert.Equal(100, clock.EventTimeNs);
        Take(clock, 0, 300);
        Take(clock, 1, 200);
        Assert.Equal(200, clock.EventTimeNs);
        Take(clock, 1, 200, final: true);
        Assert.Equal(300, clock.EventTimeNs);
        Take(clock, 0, 310, final: true);
        Assert.True(clock.IsEnded);
        Assert.Equal(310, clock.HighestNs);
    }

    [Fact]
    public void Event_time_waits_for_every_upstream_partition()
    {
        var clock = new UpstreamClock(3);
        clock.Observe(0, 100, false);
        clock.Observe(1, 200, false);
        Assert.Equal(BatchEnvelope.NoWatermark, clock.EventTimeNs);
        clock.Observe(2, 150, false);
        Assert.Equal(100, clock.EventTimeNs);
        clock.Observe(0, 100, true);
        Assert.Equal(150, clock.EventTimeNs);
        clock.Observe(1, 200, true);
        clock.Observe(2, 150, true);
        Assert.True(clock.IsEnded);
    }

    [Fact]
    public void Places_are_ordered_by_all_bits_of_their_addresses()
    {
        var random = new Random(3);
        Address[] addresses = [.. Enumerable.Range(0, 500).Select(i => i % 2 == 0
            ? Address.FromIpv4((uint)random.Next())
            : new Address((ulong)random.Next(3) << 60, (ulong)random.NextInt64() * 2))];
        Address[] ordered = [.. new AddressOrder().Sort(addresses).ToArray().Select(place => addresses[place])];
        Assert.Equal(addresses.Order(), ordered);
    }

    [Fact]
    public void A_full_group_counts_sources_together_and_their_victim_exactly()
    {
        var flows = new FlowList(100);
        var pairs = new PairTable(2000);
        Address victim = Packet.Ip("10.0.0.1");
        flows.BeginGroup(pairs, messages: 1000);
        for (uint i = 0; i < 1000; i++)
        {
            int pair = pairs.Meet(i, Address.FromIpv4(i), victim, isForeign: false);
            if (!flows.TryTally(2 * pair, 1, 1, 64))
                Assert.True(flows.TryTallyOverflow(victim, 1, 1, 64));
        }

        Assert.Equal(24, Enumerable.Range(0, 1000).Count(i => flows.TryTallyOverflow(Address.FromIpv4(~(uint)i), 1, 1, 64)));
        flows.EndGroup(pairs);
        pairs.EndRound();
        Assert.Equal(125, flows.Count);
        PairFlows together = Assert.Single(flows.Items.ToArray(), pair => pair.Ends[1] == victim && pair.IsOverflow);
        Assert.Equal(900, together.Sent[0].Packets);
        Assert.Equal(1000, flows.Items.ToArray().Where(pair => pair.Ends[1] == victim).Sum(pair => pair.Sent[0].Packets));

        // The next group has all its room again.
        flows.BeginGroup(pairs, messages: 1000);
        Assert.True(flows.TryTally(2 * pairs.Meet(1, Address.FromIpv4(1), victim, isForeign: false), 1, 1, 64));
        flows.EndGroup(pairs);
        Assert.Equal(126, flows.Count);
        Assert.Equal(1, flows.Items[125].Sent[0].Packets);
    }

    [Fact]
    public void What_was_lost_between_two_times_is_what_the_slots_between_lost()
    {
        var losses = new LossHistory();
        losses.Add(10, 100, 0);
        Assert.False(losses.HasLoss);
        losses.Add(11, 50, 50);
        losses.Add(15, 100, 0);
        Assert.Equal((50, 50), losses.Between(EventTime.SlotStart(11), EventTime.SlotStart(11)));
        Assert.Equal((100, 0), losses.Between(EventTime.SlotStart(12), EventTime.SlotStart(15)));
        Assert.Equal((150, 50), losses.Between(EventTime.SlotStart(11), EventTime.SlotStart(15)));
        Assert.Equal((250, 50), losses.Between(0, EventTime.SlotStart(20)));
    }

    private static void Take(DomainClock clock, uint stream, long watermarkNs, bool final = false)
    {
        var envelope = new BatchEnvelope { Stream = stream, WatermarkNs = watermarkNs, Final = final };
        clock.Begin(envelope, 0, out int number);
        clock.Complete(envelope, number);
    }

    private static bool Contains(HashIndex index, Dictionary<int, uint> model, int place)
    {
        uint hash = model.GetValueOrDefault(place, ((uint)(place % 7) * 0x2000_0001u) + (uint)(place % 3));
        HashProbe probe = index.Probe(hash);
        bool found = false;
        while (probe.Next(out int candidate))
            found |= candidate == place;
        return found == model.ContainsKey(place);
    }
}
