using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

/// <summary>One event as a consumer of the topic meets it.</summary>
internal readonly record struct PublishedEvent(long Sequence, IcmpEvent Event, EventKey Key);

/// <summary>One record as a consumer of the topic meets it.</summary>
internal sealed record PublishedRecord(int Partition, BatchEnvelope Envelope, byte[] Key, IReadOnlyList<PublishedEvent> Events);

/// <summary>Runs streams into an in-memory log and reads back what a consumer would.</summary>
internal static class PublishedLog
{
    public const string Topic = "icmp.event.v1";

    public static async Task<(List<PublishedRecord> Records, EventStream Stream, EventPublisher Publisher)> RunAsync(
        IPacketSource source, int partitions, int pack = 1, int batchEvents = 64, int readings = 1)
    {
        using var log = new MemoryLog();
        log.CreateTopic(Topic, partitions);
        using ILogAppender appender = log.OpenAppender(new AppenderOptions());
        var publisher = new EventPublisher(appender, Topic, [], pack, CancellationToken.None);
        var stream = new EventStream(
            new StreamOptions { Sensor = "sensor-1", Run = RunId.FromText("test"), BatchEvents = batchEvents }, new FrameDecoder(), publisher);
        await stream.ReadAsync(source, CancellationToken.None);
        for (int reading = 1; reading < readings; reading++)
        {
            using IPacketSource again = PacketSource.Open(new SourceAddress(SourceKind.Pcap, source.Name));
            await stream.ReadAsync(again, CancellationToken.None);
        }

        stream.Finish();
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), CancellationToken.None));
        return (ReadAll(log), stream, publisher);
    }

    public static List<PublishedRecord> ReadAll(MemoryLog log)
    {
        var records = new List<PublishedRecord>();
        var sensors = new SensorNames();
        var buffer = new EventBuffer();
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [Topic] });
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(TimeSpan.Zero, CancellationToken.None) is not { } batch)
                continue;
            foreach (LogRecord record in batch)
            {
                buffer.Clear();
                ReadOnlySpan<byte> body = RecordFrame.Parse(record.Value, out RecordFrame frame) == AvroError.None ? frame.Body : record.Value;
                Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(body, sensors, out BatchEnvelope envelope, buffer));
                var events = new List<PublishedEvent>();
                for (int index = 0; index < buffer.Count; index++)
                    events.Add(new PublishedEvent(envelope.FirstSequence + index, buffer.Events[index], EventKey.Of(buffer.Events[index], buffer)));
                records.Add(new PublishedRecord(batch.Partition.Partition, envelope, record.Key.ToArray(), events));
            }
        }

        return records;
    }
}
