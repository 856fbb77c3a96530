using IcmpStream.Ingest.Decode;
using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class FragmentTests
{
    private const long Second = 1_000_000_000;
    private const ushort More = 0x2000;

    [Fact]
    public void A_datagram_in_order_is_whole_and_its_checksum_is_judged_over_all_of_it()
    {
        var seen = new FragmentRun();
        byte[] message = Icmpv4(8, 0, Rest(1, 2), new byte[4001]);
        seen.Take([.. Cut4(message, 1480)]);
        Assert.Equal([DecodeOutcome.Ok, DecodeOutcome.FragmentLater, DecodeOutcome.FragmentLater], seen.Outcomes);
        Assert.Equal((1, 1, 0, 0), (seen.Datagrams.Opened, seen.Datagrams.Whole, seen.Datagrams.BadChecksums, seen.Datagrams.Open));

        message[3000] ^= 1;
        seen.Take([.. Cut4(message, 1480, id: 77)]);
        Assert.Equal((2, 2, 1), (seen.Datagrams.Opened, seen.Datagrams.Whole, seen.Datagrams.BadChecksums));
        Assert.Equal(2, seen.Events.Count);
    }

    [Fact]
    public void An_ipv6_datagram_is_judged_with_its_pseudo_header_whatever_the_order()
    {
        var seen = new FragmentRun();
        byte[] message = Icmpv6(128, 0, Rest(1, 2), new byte[5000]);
        byte[][] parts = [.. Cut6(message, 1232)];
        Array.Reverse(parts);
        seen.Take(parts);
        Assert.Equal((1, 0), (seen.Datagrams.Whole, seen.Datagrams.BadChecksums));
        message[100] ^= 1;
        seen.Take([.. Cut6(message, 1232, id: 2)]);
        Assert.Equal((2, 1), (seen.Datagrams.Whole, seen.Datagrams.BadChecksums));
    }

    [Theory]
    [InlineData(65_515, false), InlineData(65_516, true)]
    public void A_fragment_beyond_the_longest_datagram_is_an_event_by_itself(int payloadBytes, bool isOverlong)
    {
        var seen = new FragmentRun();
        int bytes = payloadBytes - 65_512;
        seen.Take(Ipv4(new byte[bytes], fragment: 65_512 / 8));
        Assert.Equal(isOverlong ? DecodeOutcome.FragmentOverlong : DecodeOutcome.FragmentLater, seen.Outcomes[0]);
        Assert.Equal(isOverlong ? 1 : 0, seen.Events.Count);
        Assert.Equal(isOverlong ? 1 : 0, seen.Datagrams.Overlong);
        if (!isOverlong)
            return;
        IcmpEvent e = seen.Events.Events[0];
        Assert.Equal((DecodeOutcome.FragmentOverlong, FragmentStage.NoType, 0, 0), (e.Outcome, e.Type, e.Code, e.PayloadBytes));
        Assert.Equal((Address(Source4), Address(Destination4), 65_512 / 8), (e.Source, e.Destination, e.FragmentOffset));
        Assert.Equal((uint)(20 + bytes), e.Bytes);
    }

    [Fact]
    public void An_ipv6_fragment_is_overlong_by_the_payload_length_it_would_make()
    {
        var seen = new FragmentRun();
        seen.Take(Ipv6([58, 0, .. Be16(0xFFF8), 0, 0, 0, 1, .. new byte[7]], next: 44));
        seen.Take(Ipv6([58, 0, .. Be16(0xFFF8), 0, 0, 0, 2, .. new byte[8]], next: 44));
        seen.Take(Ipv6([44, 0, 1, 4, 0, 0, 0, 0, 58, 0, .. Be16(0xFFF8), 0, 0, 0, 3, .. new byte[2]], next: 0));
        Assert.Equal([DecodeOutcome.FragmentLater, DecodeOutcome.FragmentOverlong, DecodeOutcome.FragmentOverlong], seen.Outcomes);
    }

    [Fact]
    public void Every_overlong_fragment_is_told_but_its_datagram_counts_once()
    {
        var seen = new FragmentRun();
        byte[] jolt = Ipv4(new byte[9], fragment: 8190);
        seen.Take(jolt, jolt, jolt);
        Assert.Equal((3, 1, 1), (seen.Events.Count, seen.Datagrams.Overlong, seen.Datagrams.Opened));
    }

    [Fact]
    public void Overlapping_fragments_are_told_once_for_their_datagram()
    {
        var seen = new FragmentRun();
        byte[] message = Icmpv4(8, 0, Rest(1, 2), new byte[800]);
        seen.Take(Ipv4(message[..400], fragment: More), Ipv4(message[392..], fragment: 392 / 8), Ipv4(message[384..], fragment: 384 / 8));
        Assert.Equal([DecodeOutcome.Ok, DecodeOutcome.FragmentOverlap, DecodeOutcome.FragmentLater], seen.Outcomes);
        Assert.Equal((1, 0), (seen.Datagrams.Overlapping, seen.Datagrams.Whole));
    }

    [Fact]
    public void A_first_fragment_that_overlaps_keeps_its_header_and_says_so()
    {
        var seen = new FragmentRun();
        byte[] message = Icmpv4(8, 0, Rest(1, 2), new byte[800]);
        seen.Take(Ipv4(message[392..], fragment: 392 / 8), Ipv4(message[..400], fragment: More));
        Assert.Equal([DecodeOutcome.FragmentLater, DecodeOutcome.FragmentOverlap], seen.Outcomes);
        IcmpEvent e = Assert.Single(seen.Events.Events.ToArray());
        Assert.Equal((DecodeOutcome.FragmentOverlap, 8, 1), (e.Outcome, e.Type, e.Identifier));
    }

    [Fact]
    public void The_same_bytes_again_are_a_repetition_and_other_bytes_an_overlap()
    {
        var seen = new FragmentRun();
        byte[] message = Icmpv4(8, 0, Rest(1, 2), new byte[800]);
        byte[] first = Ipv4(message[..400], fragment: More);
        message[16] = 1;
        seen.Take(first, first, Ipv4(message[..400], fragment: More));
        Assert.Equal([DecodeOutcome.Ok, DecodeOutcome.Ok, DecodeOutcome.FragmentOverlap], seen.Outcomes);
        Assert.Equal((1, 1), (seen.Datagrams.Repeated, seen.Datagrams.Overlapping));
    }

    [Fact]
    public void Two_ends_are_an_overlap()
    {
        var seen = new FragmentRun();
        seen.Take(Ipv4(new byte[8], fragment: 100), Ipv4(new byte[8], fragment: 50));
        Assert.Equal([DecodeOutcome.FragmentLater, DecodeOutcome.FragmentOverlap], seen.Outcomes);
    }

    [Fact]
    public void What_a_mirror_port_shows_twice_is_no_finding()
    {
        var seen = new FragmentRun();
        byte[][] parts = [.. Cut4(Icmpv4(8, 0, Rest(1, 2), new byte[4000]), 1480)];
        seen.Take([.. parts.SelectMany(part => new[] { part, part })]);
        Assert.Equal(0, seen.Expire(100 * Second));
        Assert.Equal((1, 1, 3), (seen.Datagrams.Opened, seen.Datagrams.Whole, seen.Datagrams.Repeated));
        Assert.DoesNotContain(seen.Outcomes, outcome => outcome is not (DecodeOutcome.Ok or DecodeOutcome.FragmentLater));
    }

    [Fact]
    public void An_incomplete_datagram_is_told_when_its_time_is_over()
    {
        var seen = new FragmentRun();
        seen.Take(Ipv4(Icmpv4(8, 0, Rest(1, 2), new byte[392]), fragment: More), Ipv4(new byte[80], fragment: 100));
        Assert.Equal(seen.StartNs + FragmentLimits.TimeoutNs, seen.Stage.DeadlineNs);
        Assert.Equal(0, seen.Expire(FragmentLimits.TimeoutNs - 1));
        Assert.Equal(1, seen.Expire(FragmentLimits.TimeoutNs));
        Assert.Equal(long.MaxValue, seen.Stage.DeadlineNs);
        IcmpEvent e = seen.Events.Events[^1];
        Assert.Equal((DecodeOutcome.FragmentIncomplete, FragmentStage.NoType, 2), (e.Outcome, e.Type, (int)e.Frame));
        Assert.Equal(seen.StartNs + FragmentLimits.TimeoutNs, e.FirstNs);
        Assert.Equal((1, 1, 0), (seen.Decoder.Counters[DecodeOutcome.Ok], seen.Decoder.Counters[DecodeOutcome.FragmentIncomplete], seen.Decoder.Counters[DecodeOutcome.FragmentLater]));
        Assert.Equal((1, 0), (seen.Datagrams.Incomplete, seen.Datagrams.Open));
    }

    [Fact]
    public void A_first_fragment_alone_is_in_the_books_only()
    {
        var seen = new FragmentRun();
        seen.Take(Ipv4(Icmpv4(8, 0, Rest(1, 2), new byte[392]), fragment: More));
        Assert.Equal(0, seen.Expire(FragmentLimits.TimeoutNs));
        Assert.Equal(1, seen.Datagrams.Incomplete);
    }

    [Fact]
    public void Fragments_of_other_protocols_are_not_kept()
    {
        var seen = new FragmentRun();
        seen.Take(Ipv4(new byte[80], protocol: 17, fragment: 8190), Ipv6([17, 0, .. Be16(0xFFF8), 0, 0, 0, 2, .. new byte[8]], next: 44));
        Assert.Equal([DecodeOutcome.FragmentLater, DecodeOutcome.FragmentLater], seen.Outcomes);
        Assert.Equal((0, 0), (seen.Datagrams.Fragments, seen.Events.Count));
    }

    [Fact]
    public void Behind_destination_options_it_is_icmp_once_the_first_fragment_shows_it()
    {
        byte[] Part(int start, bool more, byte[] bytes) => Ipv6([60, 0, .. Be16((ushort)(start | (more ? 1 : 0))), 0, 0, 0, 9, .. bytes], next: 44);
        var seen = new FragmentRun();
        byte[] first = [58, 0, 1, 4, 0, 0, 0, 0, .. Icmpv6(128, 0, Rest(1, 2), new byte[8])];
        seen.Take(Part(24, more: false, new byte[10]), Part(0, more: true, first));
        Assert.Equal((1, 0), (seen.Datagrams.Whole, seen.Datagrams.BadChecksums));
        Assert.Equal(1, seen.Events.Count);
    }

    [Fact]
    public void The_same_identification_in_another_vlan_or_tunnel_is_another_datagram()
    {
        var seen = new FragmentRun();
        byte[] part = Ipv4(new byte[80], fragment: 100);
        seen.TakeFrames(Ethernet(part), Ethernet(Vlan(5, part), VlanType), Ethernet(Vlan(6, part), VlanType), Ethernet(Ipv4(part, protocol: 4)), Ethernet(part));
        Assert.Equal((4, 1), (seen.Datagrams.Opened, seen.Datagrams.Repeated));
    }

    [Fact]
    public void An_identification_that_comes_round_is_a_new_datagram()
    {
        var seen = new FragmentRun();
        byte[][] parts = [.. Cut4(Icmpv4(8, 0, Rest(1, 2), new byte[2000]), 1480)];
        seen.Take(parts);
        seen.NowNs += FragmentLimits.DecidedNs + 1;
        seen.Take(parts);
        Assert.Equal((2, 2, 0), (seen.Datagrams.Opened, seen.Datagrams.Whole, seen.Datagrams.Repeated));
    }

    [Fact]
    public void Room_is_bounded_and_the_oldest_gives_way()
    {
        var seen = new FragmentRun();
        for (int id = 0; id < FragmentLimits.MaxDatagrams + 10; id++)
            seen.Take(Ipv4(new byte[80], fragment: 100, id: (ushort)id));
        Assert.Equal((10, FragmentLimits.MaxDatagrams), (seen.Datagrams.Evicted, seen.Datagrams.Open));
        seen.Take(Ipv4(new byte[80], fragment: 100, id: 10));
        Assert.Equal(1, seen.Datagrams.Repeated);
        Assert.Equal(FragmentLimits.MaxDatagrams, seen.Expire(FragmentLimits.TimeoutNs));
        Assert.Equal(0, seen.Datagrams.Open);
    }

    [Fact]
    public void Parts_are_bounded_for_one_datagram_and_for_all()
    {
        var seen = new FragmentRun();
        for (int part = 0; part < FragmentLimits.MaxPartsPerDatagram + 5; part++)
            seen.Take(Ipv4(new byte[8], fragment: (ushort)(More | (part * 2))));
        Assert.Equal((1, 0), (seen.Datagrams.Refused, seen.Datagrams.Open));
        for (int id = 0; id < 2 * FragmentLimits.MaxParts / 100; id++)
        {
            for (int part = 1; part <= 100; part++)
                seen.Take(Ipv4(new byte[8], id: (ushort)id, fragment: (ushort)(More | (part * 2))));
        }

        Assert.Equal(FragmentLimits.MaxParts / 100, (int)seen.Datagrams.Open);
        Assert.Equal((2 * FragmentLimits.MaxParts / 100) - seen.Datagrams.Open, seen.Datagrams.Evicted);
    }

    [Fact]
    public void Any_order_and_any_repetition_of_any_cut_makes_a_datagram_whole_once()
    {
        var chance = new Random(7);
        var seen = new FragmentRun();
        for (int round = 0; round < 300; round++)
        {
            byte[] payload = new byte[chance.Next(1, 9000)];
            chance.NextBytes(payload);
            bool six = chance.Next(2) == 0;
            byte[] message = six ? Icmpv6(128, 0, Rest(1, 2), payload) : Icmpv4(8, 0, Rest(1, 2), payload);
            bool isBad = chance.Next(4) == 0;
            if (isBad)
                message[chance.Next(4, message.Length)] ^= 0x10;
            int size = 8 * chance.Next(Math.Max(1, message.Length / 8 / 100), 200);
            byte[][] parts = six ? [.. Cut6(message, size, (uint)round)] : [.. Cut4(message, size, (ushort)round)];
            if (parts.Length < 2)
                continue;
            byte[][] shown = [.. parts, .. parts.Where(_ => chance.Next(5) == 0)];
            chance.Shuffle(shown);
            (long whole, long bad) = (seen.Datagrams.Whole, seen.Datagrams.BadChecksums);
            seen.Take(shown);
            Assert.Equal((whole + 1, bad + (isBad ? 1 : 0), 0L), (seen.Datagrams.Whole, seen.Datagrams.BadChecksums, seen.Datagrams.Open));
        }

        Assert.DoesNotContain(seen.Outcomes, outcome => outcome is DecodeOutcome.FragmentOverlap or DecodeOutcome.FragmentOverlong);
    }

    [Fact]
    public void Overlaps_are_found_where_a_map_of_bytes_finds_them()
    {
        var chance = new Random(11);
        for (int round = 0; round < 400; round++)
        {
            var seen = new FragmentRun();
            var map = new Dictionary<int, (int, int, byte)>();
            for (int part = 0; part < 12; part++)
            {
                int start = 8 * chance.Next(1, 64), bytes = 8 * chance.Next(1, 8);
                byte content = (byte)chance.Next(2);
                byte[] body = new byte[bytes];
                body.AsSpan().Fill(content);
                var mine = (start, start + bytes, content);
                (int, int, byte)[] there = [.. Enumerable.Range(start, bytes).Select(at => map.GetValueOrDefault(at)).Distinct()];
                bool isRepeated = there.Length == 1 && there[0] == mine;
                bool overlaps = !isRepeated && there.Any(other => other != default);
                seen.Take(Ipv4(body, fragment: (ushort)(More | (start / 8))));
                Assert.Equal(overlaps ? DecodeOutcome.FragmentOverlap : DecodeOutcome.FragmentLater, seen.Outcomes[^1]);
                if (overlaps)
                    break;
                for (int at = start; at < start + bytes; at++)
                    map[at] = mine;
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated_once_the_first_fragment_has_come()
    {
        var seen = new FragmentRun();
        byte[][] parts = [.. Cut4(Icmpv4(8, 0, Rest(1, 2), new byte[4000]), 1480).Select(part => Ethernet(part))];
        seen.TakeFrames(parts);
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            seen.TakeQuietly(parts, times: 1000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static IEnumerable<byte[]> Cut4(byte[] message, int bytes, ushort id = 1)
    {
        for (int at = 0; at < message.Length; at += bytes)
        {
            bool more = at + bytes < message.Length;
            yield return Ipv4(message[at..Math.Min(at + bytes, message.Length)], id: id, fragment: (ushort)((more ? More : 0) | (at / 8)));
        }
    }

    private static IEnumerable<byte[]> Cut6(byte[] message, int bytes, uint id = 1)
    {
        for (int at = 0; at < message.Length; at += bytes)
        {
            bool more = at + bytes < message.Length;
            yield return Ipv6([58, 0, .. Be16((ushort)(at | (more ? 1 : 0))), .. Be32(id), .. message[at..Math.Min(at + bytes, message.Length)]], next: 44);
        }
    }
}
