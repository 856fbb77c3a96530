using System.Diagnostics;
using IcmpStream.Cli.Generate;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream generate</c>: captures, or frames on an interface, made by seed and rate.</summary>
internal sealed class GenerateCommand : CliCommand
{
    /// <summary>2026-01-01T00:00:00Z: the same command gives the same capture on any day.</summary>
    private const long DefaultStart = 1_767_225_600;

    private static readonly ValueSetting<string?> Output = new("output", "FILE", ValueKinds.Text, null, "write a capture (pcap, nanoseconds); - is the standard output", "-o");

    private static readonly ValueSetting<string?> Send = new(
        "send", "IFACE", ValueKinds.Text, null, "send the frames to a veth, dummy or loopback interface, at their own pace; never to one that leads out of this machine");

    private static readonly ListSetting<TrafficPart> Parts = new(
        "traffic", "KIND[:KEY=VALUE,...]", TrafficPart.Values, "ordinary, flood, tunnel or sweep, with rate, from, to, sources, targets, start, duration; repeatable (default: one of each)");

    private static readonly ValueSetting<TimeSpan?> Duration = new("duration", "S", ValueKinds.Seconds, TimeSpan.FromSeconds(30), "length of the capture in seconds (default 30)");

    private static readonly ValueSetting<long> Seed = new("seed", "N", ValueKinds.Whole(0), 1, "decides what is left to chance: the same seed, the same capture (default 1)");

    private static readonly ValueSetting<long> Start = new(
        "start", "SECONDS", ValueKinds.Whole(0, PcapWriter.MaxTimeNs / 1_000_000_000 - 86_400), DefaultStart, "time of the first frame, seconds since 1970 (default 2026-01-01)");

    public GenerateCommand()
        : base(
            "generate",
            "Make a capture, or send frames to a test interface: mixes of ordinary traffic, floods, tunnels and sweeps, by seed and rate.",
            """
            icmpstream generate -o capture.pcap
            icmpstream generate -o flood.pcap --duration 20 --traffic ordinary --traffic flood:rate=50000,sources=1000,start=5,duration=10
            icmpstream generate -o six.pcap --traffic sweep:from=2001:db8::7,to=2001:db8:1::1,rate=100
            """,
            Output, Send, Parts, Duration, Seed, Start)
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        (string? path, string? interfaceName) = (context.Read(Output), context.Read(Send));
        if ((path is null) == (interfaceName is null))
            throw new UsageException("either --output FILE or --send IFACE is needed");
        if (path == "-" && context.Terminal.OutputIsTerminal)
            throw new UsageException("a capture is not for a terminal: --output FILE");
        long durationMs = (long)context.Read(Duration)!.Value.TotalMilliseconds;
        if (durationMs > TrafficPart.MostMs)
            throw new UsageException($"--duration: at most {TrafficPart.MostMs / 1000} s");
        long startNs = context.Read(Start) * 1_000_000_000;
        ITraffic traffic = Mix(context, startNs, durationMs);
        var progress = new Work(startNs, durationMs);
        await ProgressBar.RunAsync(
            context.Terminal, context.Quiet, "generating", () => progress.Look(),
            () => Task.Run(() => Make(traffic, path, interfaceName, context, progress), CancellationToken.None));
        context.Note($"{progress.Frames} frames {(path is null ? $"sent to {interfaceName}" : $"in {path}")}");
        if (progress.IsCut)
            throw new CommandFailedException(path is null ? "interrupted before the end" : "interrupted before the end; what is in the capture is whole");
        return ExitCode.Success;
    }

    private static TrafficMix Mix(CommandContext context, long startNs, long durationMs)
    {
        IReadOnlyList<TrafficPart> parts = context.Read(Parts) is { Count: > 0 } given
            ? given
            : [.. Enum.GetNames<TrafficKind>().Select(name => TrafficPart.Values.Read(name, "--traffic"))];
        if (parts.FirstOrDefault(part => part.StartMs >= durationMs) is { } never)
            throw new UsageException($"{never.Kind.ToString().ToLowerInvariant()} traffic starts {never.StartMs / 1000.0} s into a capture of {durationMs / 1000.0} s: start=S behind its kind, or a longer --duration");
        var seeds = new SplitMix((ulong)context.Read(Seed));
        var traffics = new List<ITraffic>();
        foreach (TrafficPart part in parts)
            traffics.Add(part.Frames(startNs, durationMs, seeds.Next()));
        return new TrafficMix(traffics);
    }

    private static void Make(ITraffic traffic, string? path, string? interfaceName, CommandContext context, Work work)
    {
        if (interfaceName is not null)
        {
            using PacketPort port = PacketPort.Open(interfaceName);
            long begun = Stopwatch.GetTimestamp();
            Run(
                traffic,
                work,
                (timeNs, frame) =>
                {
                    Wait(begun, timeNs - work.StartNs, context.Stop);
                    port.Send(frame);
                },
                context.Stop);
            return;
        }

        try
        {
            bool toOutput = path == "-";
            using var writer = new PcapWriter(toOutput ? context.Terminal.Output : File.Create(path!), leaveOpen: toOutput);
            Run(traffic, work, (timeNs, frame) => writer.Write(timeNs, frame), context.Stop);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not BrokenPipeException)
        {
            throw new CommandFailedException($"cannot write {path}: {Failure.Reason(e)}", e);
        }
    }

    private delegate void Taker(long timeNs, ReadOnlySpan<byte> frame);

    private static void Run(ITraffic traffic, Work work, Taker take, CancellationToken stop)
    {
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        for (long timeNs = traffic.NextNs; timeNs != ITraffic.Ended && !stop.IsCancellationRequested; timeNs = traffic.NextNs)
        {
            int length = traffic.Write(frame);
            take(timeNs, frame.AsSpan(0, length));
            work.Count(timeNs);
        }

        work.IsCut = traffic.NextNs != ITraffic.Ended;
    }

    /// <summary>Sleeps while a frame is far from due, and turns round when it is near: a timer is no more exact than a millisecond.</summary>
    private static void Wait(long begun, long dueNs, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long leftNs = dueNs - (long)Stopwatch.GetElapsedTime(begun).TotalNanoseconds;
            if (leftNs <= 0)
                return;
            if (leftNs > 2_000_000)
                Thread.Sleep(1);
            else
                Thread.SpinWait(20);
        }
    }

    private sealed class Work(long startNs, long durationMs)
    {
        private long _frames;
        private long _lastedNs;

        public long StartNs => startNs;

        /// <summary>True where it was stopped with frames left to make.</summary>
        public bool IsCut { get; set; }

        public long Frames => Volatile.Read(ref _frames);

        public void Count(long timeNs)
        {
            Volatile.Write(ref _frames, _frames + 1);
            Volatile.Write(ref _lastedNs, timeNs - startNs);
        }

        public Progress Look() => new(Math.Min(durationMs, Volatile.Read(ref _lastedNs) / 1_000_000), durationMs, Frames);
    }
}
