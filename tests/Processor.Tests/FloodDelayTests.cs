using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>A flood of R times its threshold is found within 5/R + 0.2 s of event time: every flood rule, both families.</summary>
public class FloodDelayTests
{
    private const double SlotMs = 100;

    public static TheoryData<string, bool, double> Floods()
    {
        var data = new TheoryData<string, bool, double>();
        foreach (string rule in (string[])["flood.destination", "flood.source", "flood.prefix", "blacknurse", "icmp.malformed"])
        {
            foreach (double times in (double[])[1.5, 2, 3, 5, 10, 20, 50, 100])
            {
                data.Add(rule, false, times);
                data.Add(rule, true, times);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_flood_is_found_within_five_seconds_over_its_ratio_and_two_slots(string rule, bool isIpv6, double times)
    {
        long threshold = rule switch
        {
            "blacknurse" => 250,
            "icmp.malformed" => 10,
            _ => 1000,
        };
        double perSecond = threshold * times, limitMs = (5000 / times) + 200;
        var packets = new List<Packet>();
        for (int i = 0; i < perSecond * (limitMs + 300) / 1000; i++)
            packets.Add(PacketOf(rule, isIpv6, i, i * 1000 / perSecond));
        Alert? open = Harness.Run([.. packets.OrderBy(packet => packet.TimeNs)]).Alerts.Find(alert => alert.Rule == rule && alert.State == AlertState.Open);
        Assert.NotNull(open);
        Assert.InRange(open.OpenedNs, Ms(SlotMs), Ms(limitMs));
    }

    private static Packet PacketOf(string rule, bool isIpv6, int i, double ms)
    {
        (string attacker, string victim) = isIpv6 ? ("2001:db8:bad::7", "2001:db8::2") : ("198.51.100.7", "10.0.0.2");
        string Far(int n) => isIpv6 ? $"2001:db8:{n % 60 + 0x100:x}:{n % 7:x}::{n % 40 + 1:x}" : $"{20 + (n % 100)}.{n % 50}.{n % 200}.{1 + (n % 250)}";
        return rule switch
        {
            "flood.destination" => Request(ms, Far(i), victim, i & 0xFFFF),
            "flood.source" => Request(ms, attacker, Far(i), i & 0xFFFF),
            "flood.prefix" => Request(ms, Far(i / 200), isIpv6 ? $"2001:db8::{1 + (i * 7 % 200):x}" : $"10.0.0.{1 + (i * 7 % 200)}", i & 0xFFFF),
            "blacknurse" => Error(ms, attacker, victim, isIpv6 ? "2001:db8:9::9" : "10.9.9.9", i & 0xFFFF, type: isIpv6 ? (byte)1 : (byte)3, code: isIpv6 ? (byte)4 : (byte)3),
            _ => Request(ms, attacker, victim, i & 0xFFFF) with { Outcome = DecodeOutcome.TooSmall },
        };
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(1_000, false)]
    [InlineData(30_000, false)]
    [InlineData(10, true)]
    [InlineData(1_000, true)]
    [InlineData(30_000, true)]
    public void However_many_sources_a_flood_has_there_is_one_alert_about_its_victim(int sources, bool isIpv6)
    {
        var random = new Random(sources);
        string victim = isIpv6 ? "2001:db8::2" : "10.0.0.2";
        var packets = new List<Packet>();
        for (int i = 0; i < 60_000; i++)
        {
            uint source = (uint)random.Next(sources) * 2654435761;
            packets.Add(Request(i / 20.0, victim, victim, i & 0xFFFF) with { Source = isIpv6 ? new Address(0x2001_0DB8_0BAD_0000, source) : Address.FromIpv4(source | 0x0100_0000) });
        }

        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.Single(alerts, alert => alert.State == AlertState.Open);
        Assert.All(alerts, alert => Assert.Equal(("flood.destination", victim), (alert.Rule, alert.Subject)));
        Assert.Equal(Severity.High, alerts[^1].Severity);
    }
}
