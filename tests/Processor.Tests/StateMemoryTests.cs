using System.Runtime.CompilerServices;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

/// <summary>Tests that ask the garbage collector how much there is: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>What the tables take at their limits, from the sizes that entries really have.</summary>
[Collection(Alone.Name)]
public class StateMemoryTests
{
    private const string Victim = "10.0.0.2";

    [Fact]
    public void Entries_are_as_small_as_the_sums_say()
    {
        Assert.Equal(32, Unsafe.SizeOf<Host>());
        Assert.Equal(40, Unsafe.SizeOf<RoleWindow>());
        Assert.Equal(64, Unsafe.SizeOf<EchoRequest>());
        Assert.Equal(80, Unsafe.SizeOf<Pair>());
        Assert.Equal(64, Unsafe.SizeOf<PairMessage>());
        Assert.Equal(88, Unsafe.SizeOf<PairFlows>());
        Assert.Equal(32, Unsafe.SizeOf<OpenFlow>());
        Assert.Equal(192, Unsafe.SizeOf<PairTrack>());
    }

    [Fact]
    public void A_million_sources_in_both_roles_with_all_their_peers_fit_150_megabytes()
    {
        const int indexCells = 8_192;
        long perGroup = (HostTable.DefaultMaxPerGroup * (Unsafe.SizeOf<Host>() + (2L * Unsafe.SizeOf<RoleWindow>()))) + (indexCells * sizeof(uint)) + PeerPool.MaxBytes;
        Assert.True(HostTable.DefaultMaxPerGroup <= indexCells * 3 / 4);
        Assert.True(HostTable.DefaultMaxPerGroup * KeyGroup.Count >= 1_000_000);
        Assert.InRange(perGroup * KeyGroup.Count, 1, 150_000_000);
    }

    [Fact]
    public void A_spoofed_flood_of_a_million_sources_stops_at_the_limit_and_the_alert_still_comes()
    {
        // An eighth of the default limits, so that a million random sources meet them eight times over.
        var harness = new Harness(host: new HostOptions { MaxHostsPerGroup = HostTable.DefaultMaxPerGroup / 8 }, pair: new PairOptions { Echo = new EchoOptions { MaxPerGroup = 512 } });
        var random = new Random(9);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var batch = new List<Packet>();
        for (int i = 0; i < 1_000_000; i += batch.Count)
        {
            batch.Clear();
            for (int j = 0; j < 4_000; j++)
            {
                Packet request = Packet.Request((i + j) / 200.0, "10.0.0.1", Victim, (i + j) & 0xFFFF);
                batch.Add(request with { Source = Address.FromIpv4((uint)random.NextInt64(1L << 32)), Frame = i + j + 1 });
            }

            harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = batch[^1].TimeNs - 500_000_000, Seen = i + batch.Count }, batch);
            harness.Outputs.Exchanges.Clear();
        }

        Assert.Contains(harness.Outputs.Alerts, a => a is { State: AlertState.Open, Rule: "flood.destination", Subject: Victim });
        Assert.True(harness.Host.Counters.Evicted > 500_000);
        Assert.InRange(harness.Host.Hosts, 1, HostTable.DefaultMaxPerGroup / 8 * KeyGroup.Count);
        Assert.InRange(harness.Pair.OpenExchanges, 1, KeyGroup.Count * (512 + ExchangeTable.MaxAnswered));

        // 19 MB of hosts, 29 MB of requests and pairs, 100,000 messages of 64 bytes in the buffer, what rules remember of pairs (115 MB when
        // all groups are full), the events on their way, and slack.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 240_000_000);
        harness.End(0, batch[^1].TimeNs - 500_000_000, seen: 1_000_000);
        Assert.DoesNotContain(harness.Finish().Alerts, a => a.Rule == "flood.source");
    }
}
