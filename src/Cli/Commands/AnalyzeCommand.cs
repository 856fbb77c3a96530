using System.CommandLine;
using IcmpStream.Cli.Analyze;
using IcmpStream.Cli.Live;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream analyze</c>: the whole pipeline in this process, without a broker.</summary>
internal sealed class AnalyzeCommand : CliCommand
{
    private const string StandardInput = "standard input";

    private static readonly Argument<string> Capture = new("CAPTURE|INTERFACE")
    {
        Description = "a capture (pcap or pcapng; - is the standard input), or the name of an interface",
        Arity = ArgumentArity.ExactlyOne,
    };

    private static readonly ValueSetting<string?> Out = new(
        "out", "DIR", ValueKinds.Text, null, "write alerts.jsonl, echo.jsonl, rtt.jsonl and rates.jsonl into DIR, in place of those that are there");

    public AnalyzeCommand()
        : base(
            "analyze",
            "Run a capture through the whole pipeline in this process: exchanges, rates and alerts, without a broker.",
            """
            icmpstream analyze capture.pcap
            icmpstream analyze capture.pcap --out results && head results/alerts.jsonl
            icmpstream analyze capture.pcap --json
            sudo icmpstream analyze eth0  # until Ctrl-C
            """,
            [Out, CommonSettings.Rules, CommonSettings.Json, .. LiveSettings.OfOneReader]) =>
        Arguments.Add(Capture);

    public override async Task<int> RunAsync(CommandContext context)
    {
        SourceAddress address = ReadAddress(context.Argument(Capture));
        string? folder = context.Read(Out);
        bool asJson = context.Read(CommonSettings.Json);
        RuleSet rules = CommonSettings.ReadRules(context);
        if (address.IsLive)
            return await RunLiveAsync(context, address, LiveStart.Prepare(context, address));
        LiveSettings.CheckCapture(context);
        using SpooledCapture capture = await SpoolAsync(address, context.Stop);
        CaptureAnalysis analysis = new(ContentHash.Of(capture.Path, context.Stop), AnalyzeOptions.With(rules), alertsAlone: folder is null);
        string name = address.IsStandardInput ? StandardInput : address.Target;
        using IPacketSource source = Open(capture, name);
        MakeFolder(folder);
        await ProgressBar.RunAsync(
            context.Terminal, context.Quiet || asJson, "analyzing", () => new Progress(source.PositionBytes, source.LengthBytes, source.Statistics.Frames), () => analysis.RunAsync(source, context.Stop));
        if (folder is not null)
            WriteFiles(folder, analysis);
        if (asJson)
            AnalyzeSummary.PrintJson(context.Terminal, analysis);
        else
            AnalyzeSummary.PrintTables(context.Terminal, name, analysis, folder);
        if (source.Statistics.Damage is { } damage)
            throw new CommandFailedException($"{name}: {damage}");
        if (context.Stop.IsCancellationRequested)
            throw new CommandFailedException($"interrupted after {analysis.Outcomes.Frames} frames; the results are of these alone");
        return ExitCode.Success;
    }

    /// <summary>Until stopped; each run is one of its own, since what was seen will not be seen again.</summary>
    private static async Task<int> RunLiveAsync(CommandContext context, SourceAddress address, LiveOptions live)
    {
        CaptureAnalysis analysis = new(RunId.Random(), AnalyzeOptions.With(CommonSettings.ReadRules(context)));
        using LiveSource source = LiveSources.Open(address, live)[0];
        MakeFolder(context.Read(Out));
        context.Note($"analyzing {address} until it is stopped (Ctrl-C)");
        await analysis.RunAsync(source, context.Stop);
        if (context.Read(Out) is { } folder)
            WriteFiles(folder, analysis);
        if (context.Read(CommonSettings.Json))
            AnalyzeSummary.PrintJson(context.Terminal, analysis);
        else
            AnalyzeSummary.PrintTables(context.Terminal, address.Target, analysis, context.Read(Out));
        context.Note(LiveStart.Describe(source));
        string? wrong = source.Statistics.Damage?.ToString() ?? source.Failure;
        return wrong is null ? ExitCode.Success : throw new CommandFailedException($"{source.Name}: {wrong}");
    }

    /// <summary>A word that is no file but an interface is an interface.</summary>
    private static SourceAddress ReadAddress(string text)
    {
        if (!SourceAddress.TryParse(text, out SourceAddress? address, out string? error))
            throw new UsageException(error);
        return InterfaceName.IsMeant(text, address) ? new SourceAddress(SourceKind.AfPacket, text) : address;
    }

    private static async Task<SpooledCapture> SpoolAsync(SourceAddress address, CancellationToken stop)
    {
        if (address.IsStandardInput)
            return await SpooledCapture.OfStandardInputAsync(StandardInput, stop);
        try
        {
            return await SpooledCapture.OfFileAsync(address.Target, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The source says what is wrong with a file in its own words; where it finds nothing, ours have to do.
            PacketSource.Open(address).Dispose();
            throw;
        }
    }

    private static IPacketSource Open(SpooledCapture capture, string name)
    {
        try
        {
            return PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture.Path));
        }
        catch (SourceException e) when (capture.IsTemporary)
        {
            throw new CommandFailedException(e.Message.Replace(capture.Path, name, StringComparison.Ordinal), e);
        }
    }

    /// <summary>Before the work is done: a folder that cannot be written must not cost the results.</summary>
    private static void MakeFolder(string? folder)
    {
        if (folder is not null)
            Write(folder, () => Directory.CreateDirectory(folder));
    }

    private static void WriteFiles(string folder, CaptureAnalysis analysis) => Write(folder, () => ResultFiles.Write(folder, analysis.Result));

    private static void Write(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot write the results to {folder}: {Failure.Reason(e)}", e);
        }
    }
}
