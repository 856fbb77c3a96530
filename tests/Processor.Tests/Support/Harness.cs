using System.Globalization;
using System.Text.Json;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using IcmpStream.Sim;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>What a run of the three stages put out.</summary>
internal sealed class Outputs
{
    public List<EchoExchange> Exchanges { get; } = [];

    public List<PairRtt> Rtts { get; } = [];

    public List<SourceRate> Rates { get; } = [];

    public List<Alert> Alerts { get; } = [];

    public List<long> LateTimes { get; } = [];

    public long Events { get; set; }

    public long Processed { get; set; }

    public long Late { get; set; }

    public long Duplicate { get; set; }

    /// <summary>Round-trip times that the pair stages have accounted for.</summary>
    public long RttFates { get; set; }

    /// <summary>Everything as sorted text: equal runs are equal strings.</summary>
    public string Text()
    {
        Exchanges.Sort((a, b) => ResultOrder.Compare(a, b));
        Rtts.Sort(ResultOrder.Compare);
        Rates.Sort((a, b) => ResultOrder.Compare(a, b));
        Alerts.Sort(ResultOrder.Compare);
        var lines = new List<string>();
        lines.AddRange(Exchanges.Select(Line));
        lines.AddRange(Rtts.Select(Line));
        lines.AddRange(Rates.Select(Line));
        lines.AddRange(Alerts.Select(Line));
        return string.Join('\n', lines);
    }

    public static string Line(EchoExchange x) => string.Create(CultureInfo.InvariantCulture,
        $"{x.Outcome} {x.Family}/{x.Type} {x.Requester}>{x.Responder} id {x.Identifier} seq {x.Sequence} q {x.RequestNs - Packet.BaseNs} a {x.ReplyNs - Packet.BaseNs} rtt {x.RttNs} b {x.RequestBytes}/{x.ReplyBytes} err {x.ErrorType}/{x.ErrorCode} {x.ErrorSource} c {x.Completeness} d {x.Domain}");

    public static string Line(PairRtt r) => JsonSerializer.Serialize(r);

    public static string Line(SourceRate r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.WindowStartNs - Packet.BaseNs} {r.WindowNs} {r.Role} {r.Address?.ToString() ?? "*"} {r.Packets}p {r.Bytes}B q{r.Requests} a{r.Replies} e{r.Errors} o{r.Other} peers {r.Peers} c {r.Completeness} d {r.Domain}");

    public static string Line(Alert a) => JsonSerializer.Serialize(a);
}

/// <summary>
/// Runs packets of one or more streams through the stages, with any partition counts and batch sizes: the log without the log.
/// </summary>
internal sealed class Harness : IPairSink, IHostSink, IVerdictSink
{
    private readonly PairStage[] _pairs;
    private readonly HostStage[] _hosts;
    private readonly VerdictOptions _verdictOptions;
    private readonly EventBuffer[] _buffers;
    private readonly Dictionary<(RunId Run, uint Stream, int Partition), long> _next = [];
    private readonly HashSet<(RunId, uint)> _ended = [];
    private readonly PairOptions _pairOptions;
    private readonly HostOptions _hostOptions;
    private VerdictStage _verdict;

    /// <summary>Round-trip times of exchanges that the pair stages put out: those are summed up, and those of host stages are not.</summary>
    private long _pairRtts;
    private bool _isHostAtWork;

    public Harness(int pairPartitions = 1, int hostPartitions = 1, PairOptions? pair = null, HostOptions? host = null, VerdictOptions? verdict = null)
    {
        _pairOptions = (pair ?? new PairOptions()) with { HostPartitions = hostPartitions };
        _hostOptions = (host ?? new HostOptions()) with { PairPartitions = pairPartitions, Echo = _pairOptions.Echo };
        _pairs = [.. Enumerable.Range(0, pairPartitions).Select(p => new PairStage(_pairOptions with { Partition = p }))];
        _hosts = [.. Enumerable.Range(0, hostPartitions).Select(h => new HostStage(_hostOptions with { Partition = h }))];
        _verdictOptions = (verdict ?? new VerdictOptions()) with { PairPartitions = pairPartitions, HostPartitions = hostPartitions };
        _verdict = new VerdictStage(_verdictOptions);
        _buffers = [.. Enumerable.Range(0, pairPartitions).Select(_ => new EventBuffer(4096))];
    }

    public Outputs Outputs { get; } = new();

    /// <summary>Called when one partition has handled what it was sent, and the next has not.</summary>
    public Action AfterPartition { get; set; } = static () => { };

    public PairStage Pair => _pairs[0];

    public HostStage Host => _hosts[0];

    public VerdictStage Verdict => _verdict;

    public bool IsDrained => _pairs.All(p => p.IsDrained) && _hosts.All(h => h.IsDrained) && _verdict.IsDrained;

    /// <summary>Sends packets of a stream, in batches, with the watermark that a stream of 500 ms lateness has.</summary>
    public void Send(IReadOnlyList<Packet> packets, int batch = 64, uint stream = 0, bool final = true, uint domain = 7, RunId run = default, long latenessNs = 500_000_000)
    {
        long highest = long.MinValue;
        for (int start = 0; start < packets.Count; start += batch)
        {
            int end = Math.Min(packets.Count, start + batch);
            var slice = new List<Packet>();
            for (int i = start; i < end; i++)
            {
                Packet packet = packets[i] with { Frame = packets[i].Frame == 0 ? i + 1 : packets[i].Frame };
                if (highest != long.MinValue && packet.TimeNs < highest - latenessNs)
                    packet = packet with { Flags = packet.Flags | EventFlags.Late };
                highest = Math.Max(highest, packet.TimeNs);
                slice.Add(packet);
            }

            Send(new BatchEnvelope { Sensor = "test", Domain = domain, Run = run, Stream = stream, WatermarkNs = highest - latenessNs, Seen = end }, slice);
        }

        if (final)
            End(stream, highest == long.MinValue ? BatchEnvelope.NoWatermark : highest - latenessNs, domain, run, packets.Count);
    }

    public void End(uint stream, long watermarkNs, uint domain = 7, RunId run = default, long seen = 0, long kernelDrops = 0, long shed = 0)
    {
        Send(new BatchEnvelope { Sensor = "test", Domain = domain, Run = run, Stream = stream, WatermarkNs = watermarkNs, Seen = seen, KernelDrops = kernelDrops, Shed = shed, Final = true }, []);
        _ended.Add((run, stream));
    }

    /// <summary>Sends one record to each partition, with the packets that belong there.</summary>
    public void Send(BatchEnvelope envelope, IReadOnlyList<Packet> packets)
    {
        foreach (EventBuffer buffer in _buffers)
            buffer.Clear();
        foreach (Packet packet in packets)
            packet.AddTo(_buffers[KeyGroup.Partition(KeyGroup.Of(packet.Key), _pairs.Length)]);
        for (int p = 0; p < _pairs.Length; p++)
        {
            var key = (envelope.Run, envelope.Stream, p);
            envelope.FirstSequence = _next.GetValueOrDefault(key);
            _next[key] = envelope.FirstSequence + _buffers[p].Count;
            _pairs[p].Accept(envelope, _buffers[p], this);
            AfterPartition();
        }
    }

    /// <summary>Writes every stage down and goes on with what is read back; returns the bytes.</summary>
    public long SaveAndLoad(int threads = 1, Type? forgotten = null)
    {
        var writer = new CheckpointWriter(CheckpointWriter.MaxTakeBytes);
        long bytes = 0;
        for (int p = 0; p < _pairs.Length; p++)
        {
            var loaded = new PairStage(_pairOptions with { Partition = p });
            bytes += Copy(writer, _pairs[p], loaded, threads, forgotten);
            _pairs[p] = loaded;
        }

        for (int h = 0; h < _hosts.Length; h++)
        {
            var loaded = new HostStage(_hostOptions with { Partition = h });
            bytes += Copy(writer, _hosts[h], loaded, threads, forgotten);
            _hosts[h] = loaded;
        }

        var verdict = new VerdictStage(_verdictOptions);
        bytes += Copy(writer, _verdict, verdict, threads, forgotten);
        _verdict = verdict;
        return bytes;
    }

    private static long Copy(CheckpointWriter writer, ICheckpointed saved, ICheckpointed loaded, int threads, Type? forgotten)
    {
        byte[][] bytes = Save(writer, forgotten is null ? saved : new ForgetfulState(saved, forgotten));
        CheckpointReader.Load([.. bytes.Select(chunk => new ReadOnlyMemory<byte>(chunk))], loaded, threads);
        if (forgotten is null)
            Assert.Equal(bytes, Save(writer, loaded));
        return bytes.Sum(chunk => (long)chunk.Length);
    }

    private static byte[][] Save(CheckpointWriter writer, ICheckpointed state)
    {
        writer.Clear();
        writer.Save(state);
        return [.. Enumerable.Range(0, writer.ChunkCount).Select(i => writer.Chunk(i).ToArray())];
    }

    public Outputs Finish()
    {
        Assert.True(IsDrained);
        foreach (PairStage pair in _pairs)
        {
            PairCounters books = pair.Counters;
            Assert.Equal(books.Events, books.Processed + books.Late + books.Duplicate);
            Outputs.RttFates += books.RttsSummed + books.RttsSparse + books.RttsDropped + books.RttsNegative;
            Outputs.Events += books.Events;
            Outputs.Processed += books.Processed;
            Outputs.Late += books.Late;
            Outputs.Duplicate += books.Duplicate;
        }

        Assert.Equal(_pairRtts, Outputs.RttFates);

        return Outputs;
    }

    /// <summary>One stream through everything.</summary>
    public static Outputs Run(IReadOnlyList<Packet> packets, int pairPartitions = 1, int hostPartitions = 1, int batch = 64, PairOptions? pair = null, HostOptions? host = null)
    {
        var harness = new Harness(pairPartitions, hostPartitions, pair, host);
        harness.Send(packets, batch);
        return harness.Finish();
    }

    public void Accept(in EchoExchange exchange)
    {
        Outputs.Exchanges.Add(exchange);
        if (!_isHostAtWork && exchange.RttNs is not null)
            _pairRtts++;
    }

    public void Accept(PairRtt rtt) => Outputs.Rtts.Add(rtt.Copy());

    public void Accept(PartialBuffer partial)
    {
        _isHostAtWork = true;
        _hosts[partial.HostPartition].Accept(partial, this);
        _isHostAtWork = false;
    }

    public void Accept(Finding finding) => _verdict.Accept(finding, this);

    public void Accept(in SourceRate rate) => Outputs.Rates.Add(rate);

    public void Accept(Alert alert)
    {
        Assert.True(RuleCatalog.TryFind(alert.Rule, out _));
        Outputs.Alerts.Add(alert);
    }

    public void Late(in BatchEnvelope envelope, EventBuffer events, int index) => Outputs.LateTimes.Add(events.Events[index].FirstNs);
}
