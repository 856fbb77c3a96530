using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Interop;

/// <summary>
/// Records of one schema that FsCheck has drawn, and what it takes to hold them against a foreign implementation: write them to a
/// container, read a container, and show a record as a JSON line.
/// </summary>
public abstract class RecordSet
{
    public abstract SchemaText Schema { get; }

    /// <summary>The records drawn, as JSON lines.</summary>
    public abstract IReadOnlyList<string> Lines { get; }

    public override string ToString() => Schema.Name;

    /// <summary>Draws one set for each schema.</summary>
    public static IReadOnlyList<RecordSet> DrawAll(int records) =>
    [
        new Batches(Tapes(records)),
        new Set<EchoExchange>(
            SchemaText.EchoExchange, Tapes(records).Select(RecordValues.Echo), RecordJson.Write, EchoExchangeCodec.Write, EchoExchangeCodec.Read),
        new Set<SourceRate>(
            SchemaText.SourceRate, Tapes(records).Select(RecordValues.Rate), RecordJson.Write, SourceRateCodec.Write, SourceRateCodec.Read),
        new Set<PairRtt>(
            SchemaText.PairRtt,
            Tapes(records).Select(RecordValues.Rtt),
            (json, in record) => RecordJson.Write(json, record),
            (ref writer, in record) => PairRttCodec.Write(ref writer, record),
            PairRttCodec.Read),
        new Set<PartialBuffer>(
            SchemaText.Partial,
            Tapes(records).Select(Partial),
            (json, in record) => StageJson.Write(json, record),
            (ref writer, in record) => PartialCodec.Write(ref writer, record),
            ReadPartial),
        new Set<Finding>(
            SchemaText.Finding,
            Tapes(records).Select(RecordValues.Finding),
            (json, in record) => StageJson.Write(json, record),
            (ref writer, in record) => FindingCodec.Write(ref writer, record),
            FindingCodec.Read),
        new Set<Alert>(
            SchemaText.Alert,
            Tapes(records).Select(RecordValues.Alert),
            (json, in record) => RecordJson.Write(json, record),
            (ref writer, in record) => AlertCodec.Write(ref writer, record),
            AlertCodec.Read),
    ];

    /// <summary>Writes the records drawn to a container file.</summary>
    public void WriteContainer(string path, ContainerCompression compression)
    {
        using ContainerWriter file = new(File.Create(path), Schema, new RunId(1, 2), compression);
        for (int i = 0; i < Lines.Count; i++)
            file.Commit(Write(i, file.Reserve(1 << 20)));
    }

    /// <summary>Reads a container file; the records as JSON lines.</summary>
    public List<string> ReadContainer(string path)
    {
        List<string> lines = [];
        using FileStream stream = File.OpenRead(path);
        ContainerReader file = new(stream);
        Assert.Equal(AvroError.None, file.Open());
        Assert.Equal(Schema.Fingerprint, file.Fingerprint);
        AvroError error;
        while (file.TryReadBlock(out error))
        {
            AvroReader reader = new(file.Block);
            for (long i = 0; i < file.BlockRecords; i++)
                lines.Add(Read(ref reader));
            Assert.Equal(AvroError.None, reader.End());
        }

        Assert.Equal(AvroError.None, error);
        return lines;
    }

    protected abstract int Write(int index, Span<byte> destination);

    protected abstract string Read(ref AvroReader reader);

    protected static string Line(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, JsonValues.LineOptions))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static IEnumerable<Tape> Tapes(int count) => Tape.Arbitrary(3000).Generator.Sample(100, count).Select(bytes => new Tape(bytes));

    private static PartialBuffer Partial(Tape tape)
    {
        PartialBuffer record = new();
        RecordValues.Fill(tape, record);
        return record;
    }

    private static void ReadPartial(ref AvroReader reader, out PartialBuffer record)
    {
        record = new PartialBuffer();
        PartialCodec.Read(ref reader, record);
    }

    private delegate void ShowRecord<T>(Utf8JsonWriter json, in T record);

    private delegate void WriteRecord<T>(ref AvroWriter writer, in T record);

    private delegate void ReadRecord<T>(ref AvroReader reader, out T record);

    private sealed class Set<T>(SchemaText schema, IEnumerable<T> records, ShowRecord<T> show, WriteRecord<T> write, ReadRecord<T> read) : RecordSet
    {
        private readonly T[] _records = [.. records];

        public override SchemaText Schema => schema;

        public override IReadOnlyList<string> Lines => [.. _records.Select(record => Line(json => show(json, record)))];

        protected override int Write(int index, Span<byte> destination)
        {
            AvroWriter writer = new(destination);
            write(ref writer, _records[index]);
            Assert.False(writer.Overflow);
            return writer.Written;
        }

        protected override string Read(ref AvroReader reader)
        {
            read(ref reader, out T record);
            return Line(json => show(json, record));
        }
    }

    /// <summary>Batches of no, one or several events; an event's fields are those of one buffer for each batch.</summary>
    private sealed class Batches : RecordSet
    {
        private readonly List<(BatchEnvelope Envelope, EventBuffer Events)> _batches = [];
        private readonly SensorNames _sensors = new();
        private readonly EventBuffer _read = new(8);

        public Batches(IEnumerable<Tape> tapes)
        {
            foreach (Tape tape in tapes)
            {
                EventBuffer events = new(4);
                for (int left = tape.UpTo(3); left > 0; left--)
                    EventValues.Add(tape, events);
                _batches.Add((EventValues.Envelope(tape), events));
            }
        }

        public override SchemaText Schema => SchemaText.IcmpEventBatch;

        public override IReadOnlyList<string> Lines =>
            [.. _batches.Select(batch => Line(json => IcmpEventJson.WriteBatch(json, batch.Envelope, batch.Events, 0, batch.Events.Count)))];

        protected override int Write(int index, Span<byte> destination)
        {
            (BatchEnvelope envelope, EventBuffer events) = _batches[index];
            int[] indices = [.. Enumerable.Range(0, events.Count)];
            Assert.True(IcmpEventBatchCodec.TryWrite(
                new EncodedEnvelope(envelope), envelope.FirstSequence, events, indices, destination, out int written));
            return written;
        }

        protected override string Read(ref AvroReader reader)
        {
            _read.Clear();
            IcmpEventBatchCodec.Read(ref reader, _sensors, out BatchEnvelope envelope, _read);
            return Line(json => IcmpEventJson.WriteBatch(json, envelope, _read, 0, _read.Count));
        }
    }
}
