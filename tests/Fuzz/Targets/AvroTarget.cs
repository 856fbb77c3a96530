using System.Globalization;
using System.Text;
using IcmpStream.Fuzz.Frames;
using IcmpStream.Fuzz.Records;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// Mutated records, framings and container files against the readers: named errors only, memory in proportion to the input, and
/// what reads can be written.
/// </summary>
public sealed class AvroTarget : IFuzzTarget
{
    /// <summary>A container's header may hold this much, and a block that inflates grows by doubling from this.</summary>
    private const long MaxContainerBytes = 8L << 20;

    /// <summary>Deflate makes 1032 bytes of one at most; growing by doubling holds twice that, and once more while it copies.</summary>
    private const long MaxInflatedPerByte = 4 * 1032;

    private const int ReaderKinds = 6;

    private readonly RecordMutator _mutator;
    private readonly RecordReader[] _readers =
    [
        new EventBatchReader(), new AlertReader(), new FindingReader(), new PartialReader(), new EchoExchangeReader(), new SourceRateReader(), new PairRttReader(),
    ];

    private long _framed;
    private long _blocks;

    /// <summary>Makes the target; the events among its seeds are those of <paramref name="frames"/>.</summary>
    public AvroTarget(SeedFrames frames) => _mutator = new RecordMutator(RecordSeeds.All(frames));

    /// <inheritdoc/>
    public string Name => "avro";

    /// <inheritdoc/>
    public string Summary
    {
        get
        {
            StringBuilder text = new("read in spite of mutation:");
            foreach (RecordReader reader in _readers)
                text.Append(CultureInfo.InvariantCulture, $" {reader.Name} {reader.Sound},");
            return text.Append(CultureInfo.InvariantCulture, $" framings {_framed}, container blocks {_blocks}").ToString();
        }
    }

    /// <inheritdoc/>
    public void Make(ref SplitMix chance, FuzzCase made) => _mutator.Make(ref chance, made);

    /// <inheritdoc/>
    public string? Check(FuzzCase made) => (RecordKind)made.Variant switch
    {
        RecordKind.Framed => CheckFramed(made.Bytes),
        RecordKind.Container => CheckContainer(made.Bytes),
        RecordKind.Rtt => _readers[^1].Check(made.Bytes),
        _ => _readers[made.Variant % ReaderKinds].Check(made.Bytes),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private string? CheckFramed(ReadOnlySpan<byte> bytes)
    {
        AvroError error = RecordFrame.Parse(bytes, out RecordFrame frame);
        if (!Enum.IsDefined(error))
            return $"framing: error {(byte)error} has no name";
        if (error != AvroError.None)
            return null;
        _framed++;
        byte[] header = frame.Framing == RecordFraming.Confluent
            ? RecordFrame.ConfluentHeader(frame.SchemaId)
            : RecordFrame.SingleObjectHeader(frame.Fingerprint);
        if (header.Length + frame.Body.Length != bytes.Length || !bytes.StartsWith(header) || !bytes.EndsWith(frame.Body))
            return "framing: header and body are not the record";
        return _readers[(int)RecordKind.Events].Check(frame.Body);
    }

    private string? CheckContainer(Span<byte> bytes)
    {
        byte[] file = bytes.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ContainerReader reader = new(new MemoryStream(file));
        AvroError error = reader.Open();
        string? wrong = null;
        int blocks = 0;
        while (error == AvroError.None && wrong is null && reader.TryReadBlock(out error))
        {
            blocks++;
            if (reader.BlockRecords > reader.Block.Length)
                wrong = $"container: {reader.BlockRecords} records in {reader.Block.Length} bytes";
            if (blocks > file.Length)
                wrong = "container: more blocks than bytes";
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        _blocks += blocks;
        if (!Enum.IsDefined(error))
            return $"container: error {(byte)error} has no name";
        return allocated > MaxContainerBytes + (file.Length * MaxInflatedPerByte) ? $"container: {allocated} bytes of memory for {file.Length}" : wrong;
    }
}
