using System.CommandLine;
using IcmpStream.Cli.Http;
using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Report;
using IcmpStream.Cli.Settings;
using IcmpStream.Cli.Telemetry;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream replay</c>: a capture to Kafka as a load, at a chosen speed, again and again, with other addresses; and a report of it.</summary>
internal sealed class ReplayCommand : CliCommand
{
    private static readonly Argument<string> Capture = new("CAPTURE")
    {
        Description = "a capture (pcap or pcapng; - is the standard input)",
        Arity = ArgumentArity.ExactlyOne,
    };

    private static readonly ValueSetting<double?> Speed = new("speed", "SPEED", IngestCommand.Speeds(), 1, "real (the default) for the capture's own, max, or 2x, 0.5x, ...");

    private static readonly ListSetting<AddressRewrite> Rewrite = new(
        "rewrite", "FROM=TO", AddressRewrite.Values, "addresses of one network become those of another, as 192.0.2.0/24=10.9.0.0/24; repeatable");

    private static readonly ValueSetting<string?> Report = new(
        "report", "FILE", ValueKinds.Text, null, "write a page (HTML, self-contained) with throughput, latency percentiles, drops and books");

    public ReplayCommand()
        : base(
            "replay",
            "Replay a capture to Kafka as a load test: at any speed, in a loop, with rewritten addresses, with a report.",
            """
            icmpstream replay capture.pcap --brokers kafka:9092 --speed max --report report.html
            icmpstream replay capture.pcap --brokers kafka:9092 --speed 10x --loop 3 --rewrite 192.0.2.0/24=10.9.0.0/24
            """,
            [.. KafkaSettings.All, .. RegistrySettings.All, Speed, IngestCommand.Loop, Rewrite, Report, IngestCommand.Pack, IngestCommand.Run, IngestCommand.Sensor, IngestCommand.Domain, .. HttpSettings.All, CommonSettings.Json]) =>
        Arguments.Add(Capture);

    public override async Task<int> RunAsync(CommandContext context)
    {
        SourceAddress address = ReadSource(context.Argument(Capture));
        HttpSettings.Token(context);
        string topic = KafkaSettings.Topics(context).Event.Name;
        IngestOptions options = new()
        {
            Topic = topic,
            Run = context.Read(IngestCommand.Run) is { } name ? RunId.FromText(name) : RunId.Random(),
            Sensor = context.Read(IngestCommand.Sensor),
            Domain = (uint?)context.Read(IngestCommand.Domain),
            Pack = (int)context.Read(IngestCommand.Pack),
            Speed = context.Read(Speed),
            Loops = context.Read(IngestCommand.Loop),
        };
        IReadOnlyList<AddressRewrite> rules = context.Read(Rewrite);
        if (!address.IsStandardInput)
            PacketSource.Open(address).Dispose();
        else if (options.Loops > 1)
            throw new UsageException("--loop: the standard input can be read once only");
        using (SchemaRegistry? registry = RegistrySettings.Open(context))
            options = options with { Header = await RegistrySettings.Schemas(registry).HeaderAsync(topic, SchemaText.IcmpEventBatch, context.Stop) };
        using KafkaLog log = KafkaSettings.Connect(context);
        using var run = new IngestRun(log, options, rules.Count == 0 ? null : (IEventSink sink) => new RewritingSink(sink, rules), context.Stop);
        using var telemetry = new ProcessTelemetry();
        IngestInstruments.Register(telemetry, run, options.Topic);
        await using OperationsServer server = await OperationsServer.StartAsync(context, telemetry, Name, () => run.NotReady);
        var recorder = new LoadRecorder(run);
        await ProgressBar.RunAsync(
            context.Terminal, context.Quiet, "replaying", () => run.Progress, () => recorder.RunAsync(() => run.RunAsync(address, context.Note)));
        IngestBooks books = run.Books;
        if (context.Read(Report) is { } path)
            LoadReport.Write(path, $"replay of {Path.GetFileName(address.Target)}", options.Run, books, recorder.Samples);
        if (context.Read(CommonSettings.Json))
            books.PrintJson(context.Terminal, options.Run);
        foreach (string line in books.Lines(options.Run))
            context.Note(line);
        IngestCommand.Judge(run, books, address, options.Run);
        return ExitCode.Success;
    }

    private static SourceAddress ReadSource(string text)
    {
        if (!SourceAddress.TryParse(text, out SourceAddress? address, out string? error))
            throw new UsageException(error);
        return address.IsLive ? throw new UsageException($"'{text}' is no capture; ingest reads interfaces") : address;
    }
}
