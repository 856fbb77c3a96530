using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>Pings to broadcast and multicast addresses with what may become of them, the same for the same seed.</summary>
internal static class Casts
{
    /// <summary>Some, in no order of time.</summary>
    public static IEnumerable<Packet> Some(int seed)
    {
        var random = new Random(seed ^ 0x5EED);
        var packets = new List<Packet>();
        for (int ping = random.Next(2, 7); ping > 0; ping--)
        {
            bool v6 = random.Next(3) == 0;
            string from = v6 ? $"fe80::{random.Next(1, 5):x}" : $"10.0.9.{random.Next(1, 5)}";
            string to = v6 ? "ff02::1" : random.Next(3) == 0 ? "224.0.0.1" : "10.0.9.255";
            double ms = random.Next(28_000_000) / 1000.0;
            int sequence = random.Next(2);
            Packet request = Request(ms, from, to, sequence, identifier: 500, payload: 5);
            packets.Add(request);
            AddAnswers(packets, request, v6, random);
            switch (random.Next(6))
            {
                case 0:
                    packets.Add(Error(ms + 3, v6 ? "fe80::ff" : "10.0.9.99", from, to, sequence, 500, v6 ? (byte)3 : (byte)11));
                    break;
                case 1:
                    packets.Add(Answer(request, request.Destination, random.Next(30)));
                    break;
                case 2:
                    packets.Add(request with { TimeNs = request.TimeNs + 2_000_000 });
                    break;
                case 3:
                    packets.Add(request with { Count = 10, SpanNs = 1_000_000, TimeNs = request.TimeNs + 4_000_000 });
                    break;
                case 4:
                    packets.Add(Answer(request, request.Destination, 20) with { Count = 10, SpanNs = 1_000_000 });
                    break;
            }
        }

        return packets;
    }

    private static void AddAnswers(List<Packet> packets, Packet request, bool v6, Random random)
    {
        for (int host = random.Next(9); host > 0; host--)
        {
            Address responder = Ip(v6 ? $"fe80::{host + 16:x}" : $"10.0.9.{host + 16}");
            Packet answer = Answer(request, responder, random.Next(1, 200));
            switch (random.Next(8))
            {
                case 0:
                    packets.Add(answer with { Payload = 6 });
                    break;
                case 1:
                    packets.Add(answer with { Payload = 6 });
                    packets.Add(answer with { TimeNs = answer.TimeNs + 1_000_000 });
                    break;
                case 2:
                    packets.Add(answer);
                    packets.Add(answer with { TimeNs = answer.TimeNs + random.Next(900_000_000) });
                    break;
                case 3:
                    packets.Add(answer with { TimeNs = answer.TimeNs + 10_000_000_000 });
                    break;
                case 4:
                    packets.Add(answer with { TimeNs = request.TimeNs - random.Next(1, 450_000_000) });
                    break;
                default:
                    packets.Add(answer);
                    break;
            }
        }
    }

    private static Packet Answer(Packet request, Address responder, int afterMs) => request with
    {
        TimeNs = request.TimeNs + (afterMs * 1_000_000L),
        Source = responder,
        Destination = request.Source,
        Type = request.IsV6 ? (byte)129 : (byte)0,
    };
}
