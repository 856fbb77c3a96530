using IcmpStream.Kafka;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;

namespace IcmpStream.Sim;

/// <summary>The records of the event topic, as ingest would write them: two streams of one run, one record each batch and partition.</summary>
internal sealed class SimInput
{
    private const long LatenessNs = 500_000_000;

    private readonly List<OutgoingBatch> _batches = [];
    private readonly string _topic;
    private readonly int _partitions;
    private readonly Dictionary<(uint, int), long> _next = [];

    private SimInput(string topic, int partitions)
    {
        _topic = topic;
        _partitions = partitions;
    }

    /// <summary>Batches in the order in which they are appended.</summary>
    public IReadOnlyList<OutgoingBatch> Batches => _batches;

    public static SimInput Make(int seed, string topic, int partitions)
    {
        var input = new SimInput(topic, partitions);
        var random = new Random(seed);
        List<Packet> packets = Traffic(seed, random);
        int batch = random.Next(4, 40);
        uint streams = (uint)random.Next(1, 3);
        long[] highest = [long.MinValue, long.MinValue];

        // Both streams speak before time passes, so that neither is met in its middle.
        for (uint stream = 0; stream < streams; stream++)
            input.Add(stream, [], BatchEnvelope.NoWatermark, final: false);
        for (int start = 0; start < packets.Count; start += batch)
        {
            uint stream = (uint)random.Next((int)streams);
            List<Packet> slice = packets.GetRange(start, Math.Min(batch, packets.Count - start));
            highest[stream] = Math.Max(highest[stream], slice.Max(packet => packet.TimeNs));
            input.Add(stream, slice, highest[stream] - LatenessNs, final: false);

            // A producer that did not hear the answer sends again.
            if (random.Next(15) == 0)
                input._batches.Add(input._batches[^1]);
        }

        for (uint stream = 0; stream < streams; stream++)
            input.Add(stream, [], packets[^1].TimeNs - LatenessNs, final: true);
        return input;
    }

    // A flood of folded events is as loud as one of many packets, and quicker to simulate.
    private static List<Packet> Traffic(int seed, Random random)
    {
        List<Packet> packets = Scenario.Make(seed, exchanges: random.Next(20, 90), flood: false);
        if (random.Next(3) > 0)
        {
            long fromMs = random.Next(2_000, 15_000);
            for (int i = 0; i < 90; i++)
                packets.Add(Packet.Request(fromMs + (i * 100), $"203.0.113.{i % 3}", "10.0.0.1", i, 77) with { Count = 400, SpanNs = 90_000_000, MessageBytes = 64 });
        }

        List<Packet> ordered = [.. packets.OrderBy(packet => packet.TimeNs).Select((packet, i) => packet with { Frame = i + 1 })];
        return random.Next(2) == 0 ? ordered : Scenario.Shuffle(ordered, seed, LatenessNs - 1);
    }

    private void Add(uint stream, List<Packet> packets, long watermarkNs, bool final)
    {
        var outgoing = new OutgoingBatch(_topic);
        byte[] header = RecordHeaders.SingleObject.Event.ToArray();
        for (int partition = 0; partition < _partitions; partition++)
        {
            var events = new EventBuffer(256);
            foreach (Packet packet in packets)
            {
                if (KeyGroup.Partition(KeyGroup.Of(packet.Key), _partitions) == partition)
                    packet.AddTo(events);
            }

            var envelope = new BatchEnvelope { Sensor = "sim", Domain = 7, Run = new RunId(1, 1), Stream = stream, WatermarkNs = watermarkNs, Seen = (_batches.Count + 1) * 10, Final = final };
            int[] indices = [.. Enumerable.Range(0, events.Count)];
            byte[] value = new byte[IcmpEventBatchCodec.MaxBytes(events, indices)];
            long sequence = _next.GetValueOrDefault((stream, partition));
            if (!IcmpEventBatchCodec.TryWrite(new EncodedEnvelope(envelope, header), sequence, events, indices, value, out int written))
                throw new InvalidOperationException("an event is larger than its own bound");
            _next[(stream, partition)] = sequence + events.Count;
            outgoing.Add(partition, [], value.AsSpan(0, written));
        }

        _batches.Add(outgoing);
    }
}
