using System.CommandLine;
using IcmpStream.Cli.Live;
using IcmpStream.Cli.Output;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream decode</c>: one row per ICMP message, in order.</summary>
internal sealed class DecodeCommand : CliCommand
{
    private static readonly Argument<string[]> Sources = new("CAPTURE|SRC")
    {
        Description = "captures (pcap or pcapng; - is the standard input), or sources as pcap:FILE, afpacket:IFACE, afxdp:IFACE[:QUEUE], libpcap:IFACE",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly ValueSetting<DecodeFormat?> Format = new(
        "format", "FORMAT", ValueKinds.OneOf<DecodeFormat>(), null,
        "text (the default on a terminal), tsv (the default elsewhere), jsonl, tracee or avro");

    private static readonly ValueSetting<string?> Output = new("output", "FILE", ValueKinds.Text, null, "write to FILE, not to the standard output", "-o");

    private static readonly ValueSetting<long?> Count = new("count", "N", ValueKinds.OptionalWhole(1), null, "stop after N messages");

    private static readonly ValueSetting<TimeSpan?> Duration = new(
        "duration", "S", ValueKinds.Seconds, null, "stop S seconds after the first frame, by the capture's clock; live, after S seconds");

    public DecodeCommand()
        : base(
            "decode",
            "Write one row per ICMP message found, in order. Frame numbers are those of each capture.",
            """
            icmpstream decode capture.pcap
            icmpstream decode capture.pcap --format tsv | cut -f2,3,4,10
            icmpstream decode a.pcap b.pcapng --format avro -o events.avro
            tcpdump -U -w - icmp | icmpstream decode -  # until Ctrl-C
            sudo icmpstream decode afpacket:eth0  # until Ctrl-C
            """,
            [Format, Output, Count, Duration, CommonSettings.Verbose, .. LiveSettings.OfOneReader]) =>
        Arguments.Add(Sources);

    public override async Task<int> RunAsync(CommandContext context)
    {
        SourceAddress[] sources = Array.ConvertAll(context.Argument(Sources), ReadAddress);
        LiveOptions? live = PrepareLive(context, sources);
        string? path = context.Read(Output);
        if (path is not null && Array.Exists(sources, source => source.Kind == SourceKind.Pcap && string.Equals(Path.GetFullPath(source.Target), Path.GetFullPath(path), StringComparison.Ordinal)))
            throw new UsageException($"--output: {path} is a capture to be read, and would be overwritten");
        DecodeFormat format = context.Read(Format) ?? (path is null && context.Terminal.OutputIsTerminal ? DecodeFormat.Text : DecodeFormat.Tsv);
        if (format == DecodeFormat.Avro && path is null && context.Terminal.OutputIsTerminal)
            throw new UsageException("--format avro is not for a terminal: write to a file with -o FILE");
        var limits = new DecodeLimits(context.Read(Count), context.Read(Duration));
        await using OutputStream? file = path is null ? null : new OutputStream(OpenFile(path), path);
        using EventWriter writer = EventWriters.Open(format, file ?? context.Terminal.Output, flushesLines: Array.Exists(sources, s => s.IsLive));
        var run = new DecodeRun(writer, limits);
        bool hasFailed = false;
        foreach (SourceAddress source in sources)
        {
            if (run.IsDone || context.Stop.IsCancellationRequested)
                break;
            hasFailed |= !await TryReadAsync(run, source, live, context);
        }

        writer.Flush();
        if (context.Read(CommonSettings.Verbose))
            DecodeBooks.Print(context.Terminal.Error, run);
        if (context.Stop.IsCancellationRequested && !run.IsDone && !Array.Exists(sources, source => source.IsLive || source.IsStandardInput))
            throw new CommandFailedException($"interrupted after {Counted.Of(run.Outcomes.Frames, "frame")}");
        return hasFailed ? ExitCode.Failure : ExitCode.Success;
    }

    /// <summary>A source that fails is told and left, as <c>cat</c> does with files; those behind it are read all the same.</summary>
    private static async Task<bool> TryReadAsync(DecodeRun run, SourceAddress address, LiveOptions? live, CommandContext context)
    {
        try
        {
            using IPacketSource source = PacketSource.Open(address, live: live);
            if (address.IsLive)
                context.Note($"reading {address} until it is stopped (Ctrl-C)");
            await run.ReadAsync(source, context.Stop);
            run.Writer.Flush();
            if (source is LiveSource reader && (reader.Counters.Drops > 0 || context.Read(CommonSettings.Verbose)))
                context.Note(LiveStart.Describe(reader));
            string? wrong = source.Statistics.Damage?.ToString() ?? (source as LiveSource)?.Failure;
            if (wrong is null)
                return true;
            context.Terminal.Error.WriteLine($"icmpstream: {source.Name}: {wrong}");
        }
        catch (SourceException e) when (!e.IsWrongUsage)
        {
            run.Writer.Flush();
            context.Terminal.Error.WriteLine($"icmpstream: {Failure.Describe(e)}");
        }

        return false;
    }

    private static LiveOptions? PrepareLive(CommandContext context, SourceAddress[] sources)
    {
        SourceAddress[] live = Array.FindAll(sources, source => source.IsLive);
        if (live.Length < sources.Length)
            LiveSettings.CheckCapture(context);
        if (live.Length > 1)
            throw new UsageException($"{live[1]}: one live source at a time, since it is read until it is stopped");
        return live.Length == 0 ? null : LiveStart.Prepare(context, live[0]);
    }

    private static SourceAddress ReadAddress(string text)
    {
        if (!SourceAddress.TryParse(text, out SourceAddress? address, out string? error))
            throw new UsageException(error);
        InterfaceName.Refuse(text, address);
        return address;
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot write {path}: {Failure.Reason(e)}", e);
        }
    }
}
