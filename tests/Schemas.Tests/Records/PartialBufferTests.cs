namespace IcmpStream.Schemas.Tests.Records;

public sealed class PartialBufferTests
{
    [Fact]
    public void A_full_buffer_says_so_and_refuses_more()
    {
        PartialBuffer buffer = new();
        while (!buffer.IsFull)
            buffer.Add().Packets = buffer.Count;
        Assert.Equal(PartialBuffer.MaxCounts, buffer.Count);
        Assert.Throws<InvalidOperationException>(() => buffer.Add());
        Assert.Equal(PartialBuffer.MaxCounts, buffer.Counts[^1].Packets);
    }

    [Fact]
    public void Room_for_one_more_count_with_all_it_can_bring_is_kept()
    {
        PartialBuffer buffer = new();
        while (!buffer.IsFull)
        {
            buffer.Add();
            buffer.AddPeers(PartialBuffer.MaxPeersPerCount);
            buffer.AddTopPeers(PartialBuffer.MaxTopPeersPerCount);
            buffer.AddTypes(PartialBuffer.MaxTypesPerCount);
            buffer.AddSketch();
        }

        Assert.Equal(PartialBuffer.MaxSketches, buffer.Count);
        Assert.Throws<InvalidOperationException>(() => buffer.AddPeers(PartialBuffer.MaxPeersPerCount + 1).Length);
        Assert.Throws<InvalidOperationException>(() => buffer.AddSketch().Length);
    }

    [Fact]
    public void A_buffer_full_of_candidates_says_so_and_refuses_more()
    {
        PartialBuffer buffer = new();
        while (!buffer.IsFull)
            buffer.AddCandidate().Frame = buffer.CandidateCount;
        Assert.Equal(PartialBuffer.MaxCandidates, buffer.CandidateCount);
        Assert.Throws<InvalidOperationException>(() => buffer.AddCandidate());
        Assert.Equal(PartialBuffer.MaxCandidates, buffer.Candidates[^1].Frame);
        buffer.Clear();
        Assert.Equal((0, BatchEnvelope.NoWatermark), (buffer.CandidateCount, buffer.CandidatesUntilNs));
    }

    [Fact]
    public void Counts_sort_by_role_then_address_and_keep_what_is_theirs()
    {
        PartialBuffer buffer = new();
        (Role Role, uint Address)[] order = [(Role.Destination, 1), (Role.Source, 9), (Role.Source, 2), (Role.Destination, 0)];
        foreach ((Role role, uint address) in order)
        {
            ref PartialCount count = ref buffer.Add();
            (count.Role, count.Address) = (role, Address.FromIpv4(address));
            buffer.AddPeers(1)[0] = Address.FromIpv4(address + 100);
        }

        buffer.Sort();
        Assert.Equal(
            ["Source 0.0.0.2 0.0.0.102", "Source 0.0.0.9 0.0.0.109", "Destination 0.0.0.0 0.0.0.100", "Destination 0.0.0.1 0.0.0.101"],
            buffer.Counts.ToArray().Select(count => $"{count.Role} {count.Address} {buffer.Peers(count)[0]}"));
    }

    [Fact]
    public void A_cleared_buffer_is_as_new_and_filling_it_again_allocates_nothing()
    {
        PartialBuffer buffer = new();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                buffer.Clear();
                Fill();
            }
        }));
        buffer.Clear();
        Assert.Equal((0, 0L, 0U, false), (buffer.Count, buffer.Sequence, buffer.Domain, buffer.Final));

        void Fill()
        {
            (buffer.Sequence, buffer.Domain, buffer.Final) = (1, 2, true);
            for (int i = 0; i < 1000; i++)
            {
                buffer.Add().Address = Address.FromIpv4((uint)(i * 7919));
                buffer.AddPeers(i % 4);
                buffer.AddTypes(i % 3);
            }

            buffer.Sort();
        }
    }

    [Fact]
    public void What_a_count_did_not_bring_is_empty()
    {
        PartialBuffer buffer = new();
        ref PartialCount count = ref buffer.Add();
        Assert.True(buffer.Peers(count).IsEmpty && buffer.TopPeers(count).IsEmpty && buffer.Types(count).IsEmpty && buffer.Sketch(count).IsEmpty);
    }
}
