using IcmpStream.Ingest.Publish;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// <c>decode --format avro</c>: an Object Container File of <c>icmpstream.v1.IcmpEventBatch</c>, the records of
/// <c>icmp.event.v1</c>, with one event each. Every source is a run of its own, named after it, so that the same command gives
/// the same file.
/// </summary>
internal sealed class ContainerEventWriter : EventWriter
{
    private const string Sensor = "decode";

    private readonly ContainerWriter _file;
    private EncodedEnvelope? _envelope;
    private long _sequence;

    public ContainerEventWriter(Stream output) =>
        _file = new ContainerWriter(output, SchemaText.IcmpEventBatch, RunId.FromText(Sensor), leaveOpen: true);

    public override void BeginSource(string name)
    {
        RunId run = RunId.FromText(name);
        _sequence = 0;
        _envelope = new EncodedEnvelope(new BatchEnvelope
        {
            Sensor = Sensor,
            Run = run,
            Domain = StreamOptions.DomainOf(run),
            WatermarkNs = BatchEnvelope.NoWatermark,
        });
    }

    public override void Write(EventBuffer buffer)
    {
        EncodedEnvelope envelope = _envelope ?? throw new InvalidOperationException("no source has been begun");
        for (int i = 0; i < buffer.Count; i++)
        {
            Span<byte> room = _file.Reserve(IcmpEventBatchCodec.MaxBytes(buffer, i));
            envelope.SetProgress(BatchEnvelope.NoWatermark, seen: buffer.Events[i].Frame, kernelDrops: 0, shed: 0, final: false);
            IcmpEventBatchCodec.TryWrite(envelope, _sequence++, buffer, i, room, out int written);
            _file.Commit(written);
        }
    }

    public override void Flush() => _file.Flush();

    public override void Dispose() => _file.Dispose();
}
