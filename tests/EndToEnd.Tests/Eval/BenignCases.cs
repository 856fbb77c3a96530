using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Traffic that must raise nothing of medium or higher.</summary>
internal static class BenignCases
{
    public static IEnumerable<EvalCase> All() =>
    [
        Of("an ordinary office: 60 hosts ping a gateway and a server", script =>
        {
            for (int host = 1; host <= 60; host++)
            {
                for (int i = 0; i < 60; i++)
                    script.Ping((i * 1000) + (host * 13), $"10.0.0.{host}", i % 2 == 0 ? "10.0.0.254" : "10.0.1.1", host, i);
            }
        }),
        Of("a monitoring server asks 2,000 hosts a minute for five minutes", script =>
        {
            for (int round = 0; round < 5; round++)
            {
                for (int host = 0; host < 2000; host++)
                    script.Ping((round * 60_000) + (host * 30), "10.0.0.9", $"10.{20 + (host / 250)}.0.{1 + (host % 250)}", 5, round, 3 + (host % 7), host % 50 != 0);
            }
        }),
        Of("path MTU discovery", script =>
        {
            for (int i = 0; i < 100; i++)
                script.Error(i * 100, "192.0.2.1", "10.0.0.5", $"198.51.100.{1 + (i % 5)}", 3, 4, 1, i);
        }),
        Of("traceroute and mtr for two minutes", script =>
        {
            for (int round = 0; round < 120; round++)
            {
                for (int ttl = 1; ttl <= 8; ttl++)
                {
                    double ms = (round * 1000) + (ttl * 100);
                    script.Ping(ms, "10.0.0.5", "198.51.100.9", 900, (round * 8) + ttl, isAnswered: ttl == 8, ttl: (byte)ttl);
                    if (ttl < 8)
                        script.Error(ms + 4, $"192.0.2.{ttl}", "10.0.0.5", "198.51.100.9", 11, 0, 900, (round * 8) + ttl);
                }
            }
        }),
        Of("neighbour discovery at the boot of 1,000 hosts", script =>
        {
            script.Add(0, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
            for (int host = 1; host <= 1000; host++)
            {
                Address own = Ip($"fe80::{host + 0x100:x}");
                byte[] target = new byte[16];
                own.Write(target);
                script.Add(100 + host, own, Ip("ff02::2"), 133, 0, 0, [], 255);
                script.Add(200 + host, own, Ip($"ff02::1:ff00:{host:x}"), 135, 0, 0, target, 255);
                script.Add(300 + host, own, Ip("ff02::1"), 136, 0, 0x2000_0000, target, 255);
            }

            script.Add(1500, Ip("fe80::1"), Ip("ff02::1"), 134, 0, 0x4000_0708, new byte[8], 255);
        }),
        Of("a link that loses a third", script =>
        {
            for (int i = 0; i < 600; i++)
                script.Ping(i * 200, "10.0.0.5", "10.0.0.254", 12, i, 40 + (i * 37 % 400), i % 3 != 0);
        }),
        Of("port unreachables at a resolver's pace", script =>
        {
            for (int i = 0; i < 600; i++)
                script.Error(i * 100, $"198.51.100.{1 + (i % 20)}", "10.0.0.53", $"198.51.100.{1 + (i % 20)}", 3, 3, 1, i);
        }),
    ];

    private static EvalCase Of(string name, Action<Script> write) => new(name, () =>
    {
        var script = new Script();
        write(script);
        return script;
    }, []);
}
