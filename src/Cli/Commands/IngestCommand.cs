using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using IcmpStream.Cli.Http;
using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Live;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Cli.Telemetry;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream ingest</c>: a capture or a ring to Kafka.</summary>
internal sealed class IngestCommand : CliCommand
{
    private static readonly ValueSetting<string?> Source = new(
        "source", "SRC", ValueKinds.Text, null, "a capture, or pcap:FILE, afpacket:IFACE, afxdp:IFACE[:QUEUE], libpcap:IFACE");

    internal static readonly ValueSetting<long> Pack = new("pack", "N", ValueKinds.Whole(1, EventPublisher.MaxPack), 1, "events in a record at most (default 1)");

    private static readonly ValueSetting<double?> Speed = new("speed", "SPEED", Speeds(), null, "max (the default), real for the capture's own, or 2x, 0.5x, ...");

    internal static readonly ValueSetting<long> Loop = new("loop", "N", ValueKinds.Whole(1), 1, "read the capture N times, one behind the other (default 1)");

    internal static readonly ValueSetting<string?> Run = new("run-id", "ID", ValueKinds.Text, null, "name of the run; given the same one again, a replay resumes it (default random)");

    internal static readonly ValueSetting<string> Sensor = new("sensor", "NAME", SensorNames(), DefaultSensor(), "name of the sensor (default: this host's)");

    internal static readonly ValueSetting<long?> Domain = new(
        "domain", "N", ValueKinds.OptionalWhole(0, uint.MaxValue), null, "observation domain (default: the run's own)");

    public IngestCommand()
        : base(
            "ingest",
            "Read a capture or a ring and write its ICMP events to Kafka.",
            """
            icmpstream ingest --source capture.pcap --brokers kafka:9092
            icmpstream ingest --source capture.pcap --brokers kafka:9092 --pack 512 --run-id monday
            sudo icmpstream ingest --source afpacket:eth0 --brokers kafka:9092 --sensor tap-1  # until Ctrl-C
            """,
            [Source, .. KafkaSettings.All, .. RegistrySettings.All, Pack, Speed, Loop, Run, Sensor, Domain, .. QueueSettings.All, .. HttpSettings.All, CommonSettings.Json, .. LiveSettings.OfReaders])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        SourceAddress address = ReadSource(context);
        HttpSettings.Token(context);
        string topic = KafkaSettings.Topics(context).Event.Name;
        IngestOptions options = new()
        {
            Topic = topic,
            Run = context.Read(Run) is { } name ? RunId.FromText(name) : RunId.Random(),
            Resumes = context.Read(Run) is not null,
            Sensor = context.Read(Sensor),
            Domain = (uint?)context.Read(Domain),
            Pack = (int)context.Read(Pack),
            Speed = context.Read(Speed),
            Loops = context.Read(Loop),
        };
        options = QueueSettings.Apply(context, options, address.IsLive);
        LiveOptions? live = address.IsLive ? PrepareLive(context, address) : null;
        if (live is null)
            LiveSettings.CheckCapture(context);
        // What is wrong with the source is told before a broker is asked for anything; the standard input cannot be opened twice.
        if (live is null && !address.IsStandardInput)
            PacketSource.Open(address).Dispose();
        using (SchemaRegistry? registry = RegistrySettings.Open(context))
            options = options with { Header = await RegistrySettings.Schemas(registry).HeaderAsync(topic, SchemaText.IcmpEventBatch, context.Stop) };
        if (live is not null)
            return await RunLiveAsync(context, address, live, options);
        using KafkaLog log = KafkaSettings.Connect(context);
        using var run = new IngestRun(log, options, pace: null, context.Stop);
        using var telemetry = new ProcessTelemetry();
        IngestInstruments.Register(telemetry, run, options.Topic);
        await using OperationsServer server = await OperationsServer.StartAsync(context, telemetry, Name, () => run.NotReady);
        bool asJson = context.Read(CommonSettings.Json);
        await ProgressBar.RunAsync(context.Terminal, context.Quiet || asJson, "ingesting", () => run.Progress, () => run.RunAsync(address, context.Note));
        IngestBooks books = run.Books;
        if (asJson)
            books.PrintJson(context.Terminal, options.Run);
        foreach (string line in books.Lines(options.Run))
            context.Note(line);
        Judge(run, books, address, options.Run);
        return ExitCode.Success;
    }

    private static LiveOptions PrepareLive(CommandContext context, SourceAddress address)
    {
        if (context.Read(Run) is not null || context.Read(Speed) is not null || context.Read(Loop) > 1)
            throw new UsageException("--run-id, --speed and --loop are for captures: each start of a live source is a run of its own");
        return LiveStart.Prepare(context, address, hasThreads: true);
    }

    private async Task<int> RunLiveAsync(CommandContext context, SourceAddress address, LiveOptions live, IngestOptions options)
    {
        using KafkaLog log = KafkaSettings.Connect(context);
        using var run = new LiveIngest(log, options, LiveSources.Open(address, live), context.Stop);
        using var telemetry = new ProcessTelemetry();
        IngestInstruments.Register(telemetry, run, options.Topic);
        await using OperationsServer server = await OperationsServer.StartAsync(context, telemetry, Name, () => null);
        context.Note($"run {options.Run}: reading {address}");
        await run.RunAsync();
        if (run.SpillFailure is { } disk)
            context.Note($"not all could be spilled: {disk}");
        foreach ((LiveSource source, IngestBooks books) in run.Books)
        {
            if (context.Read(CommonSettings.Json))
                books.PrintJson(context.Terminal, options.Run);
            context.Note(LiveStart.Describe(source));
            foreach (string line in books.Lines(options.Run))
                context.Note(line);
        }

        foreach ((LiveSource source, IngestBooks books) in run.Books)
        {
            if (books.Log.Failed > 0 || books.Log.InFlight > 0)
                throw new CommandFailedException($"{books.Log.Failed + books.Log.InFlight} of {books.Records} records were not delivered");
            if (!books.IsBalanced)
                throw new CommandFailedException($"the books do not balance: {string.Join("; ", books.Lines(options.Run))}");
            if ((source.Statistics.Damage?.ToString() ?? source.Failure) is { } wrong)
                throw new CommandFailedException($"{source.Name}: {wrong}");
        }

        return ExitCode.Success;
    }

    internal static void Judge(IngestRun run, IngestBooks books, SourceAddress address, RunId id)
    {
        if (books.Log.Failed > 0 || books.Log.InFlight > 0)
            throw new CommandFailedException($"{books.Log.Failed + books.Log.InFlight} of {books.Records} records were not delivered");
        if (!books.IsBalanced)
            throw new CommandFailedException($"the books do not balance: {string.Join("; ", books.Lines(id))}");
        if (run.Damage is { } damage)
            throw new CommandFailedException($"{address.Target}: {damage}");
        if (!run.IsFinished)
            throw new CommandFailedException($"interrupted after {books.Frames} frames; --run-id {id} resumes it");
    }

    private static SourceAddress ReadSource(CommandContext context)
    {
        string text = context.Read(Source) ?? throw new UsageException("--source is needed: a capture, or pcap:FILE, afpacket:IFACE, afxdp:IFACE[:QUEUE], libpcap:IFACE");
        if (!SourceAddress.TryParse(text, out SourceAddress? address, out string? error))
            throw new UsageException($"--source: {error}");
        InterfaceName.Refuse(text, address);
        return address;
    }

    internal static ValueKind<double?> Speeds() => new("max, real, or a multiple such as 2x or 0.5x", (string text, out double? value) =>
    {
        value = text == "real" ? 1 : null;
        if (text is "real" or "max")
            return true;
        bool isMultiple = text.EndsWith('x')
            & double.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double multiple)
            && multiple > 0 && double.IsFinite(multiple);
        value = isMultiple ? multiple : null;
        return isMultiple;
    });

    private static ValueKind<string> SensorNames() => new($"a name of 1 to {BatchEnvelope.MaxSensorBytes} bytes", (string text, [MaybeNullWhen(false)] out string value) =>
    {
        value = text;
        return Encoding.UTF8.GetByteCount(text) is > 0 and <= BatchEnvelope.MaxSensorBytes;
    });

    /// <summary>A host's name has at most 64 bytes on Linux (HOST_NAME_MAX), and is ASCII.</summary>
    private static string DefaultSensor() => Environment.MachineName is { Length: > 0 and <= BatchEnvelope.MaxSensorBytes } name ? name : "sensor";
}
