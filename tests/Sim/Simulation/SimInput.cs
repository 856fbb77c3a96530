using IcmpStream.Kafka;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;

namespace IcmpStream.Sim;

/// <summary>The records of the event topic, as ingest would write them: two streams of one run, one record each batch and partition.</summary>
internal sealed class SimInput
{
    /// <summary>How far packets may be out of order, ns.</summary>
    public const long LatenessNs = 500_000_000;

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

    public static SimInput Make(SimSetup setup, string topic)
    {
        var input = new SimInput(topic, setup.PairPartitions);
        var random = new Random(setup.Seed);
        List<Packet> packets = Traffic(setup.Seed, random);
        int batch = random.Next(4, 40);
        uint streams = setup.IsOverlapping ? 2 : (uint)random.Next(1, 3);
        long[] highest = [long.MinValue, long.MinValue];

        // Both streams speak before time passes, so that neither is met in its middle.
        for (uint stream = 0; stream < streams; stream++)
            input.Add(stream, [], BatchEnvelope.NoWatermark, final: false);
        for (int start = 0; start < packets.Count; start += batch)
        {
            uint first = (uint)random.Next((int)streams);
            List<Packet> slice = packets.GetRange(start, Math.Min(batch, packets.Count - start));
            for (uint i = 0; i < (setup.IsOverlapping ? streams : 1); i++)
            {
                uint stream = (first + i) % streams;
                highest[stream] = Math.Max(highest[stream], slice.Max(packet => packet.TimeNs));
                input.Add(stream, slice, highest[stream] - LatenessNs, final: false);
            }

            // A producer that did not hear the answer sends again.
            if (random.Next(15) == 0)
                input._batches.Add(input._batches[^1]);
        }

        for (uint stream = 0; stream < streams; stream++)
            input.Add(stream, [], packets[^1].TimeNs - LatenessNs, final: true);
        return input;
    }

    private static List<Packet> Traffic(int seed, Random random)
    {
        List<Packet> packets = Scenario.Make(seed, exchanges: random.Next(20, 90), flood: false, Attacks.Some(seed));
        return random.Next(2) == 0 ? packets : Scenario.Shuffle(packets, seed, LatenessNs - 1);
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

            var envelope = new BatchEnvelope { Sensor = "sim", Domain = 7, Run = new RunId(1, 1), Stream = stream, WatermarkNs = watermarkNs, Seen = (_batches.Count + 1) * 10, KernelDrops = _batches.Count / 8, Final = final };
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
