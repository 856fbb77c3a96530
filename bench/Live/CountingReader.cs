using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Live;

/// <summary>
/// Reads an interface until SIGTERM or SIGINT, decodes every frame, and counts the events: what a reader costs before anything is done with what it
/// read. Its last line of output has what it counted and the CPU time of the whole process, start-up included.
/// </summary>
internal static class CountingReader
{
    /// <summary>First argument of the command that is this reader.</summary>
    public const string Verb = "live-count";

    /// <summary>Reads <paramref name="text"/>, an address such as <c>afpacket:eth0</c>; options: <c>--copy</c>, <c>--ring-size BYTES</c>.</summary>
    public static int Run(string text, ReadOnlySpan<string> options)
    {
        if (!SourceAddress.TryParse(text, out SourceAddress? address, out string? error))
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        int ringSize = options.IndexOf("--ring-size");
        int? ringBytes = ringSize < 0 ? null : int.Parse(options[ringSize + 1], CultureInfo.InvariantCulture);
        using var stop = new ManualResetEventSlim();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Set();
        }

        // SIGINT is ignored where a shell started this in the background.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using LiveSource source = LiveSources.Open(address, new LiveOptions { Copy = options.Contains("--copy"), RingBytes = ringBytes, Events = Console.Error.WriteLine })[0];
        var decoder = new FrameDecoder();
        var events = new EventBuffer();
        var batch = new FrameBatch();
        Console.Error.WriteLine("ready");
        bool more = true;
        while (more)
        {
            if (stop.IsSet)
                source.Drain();
            if (!source.Reader.TryRead(out ReadResult read))
                read = WaitForFrames(source);
            FrameCursor cursor = source.OpenCursor(read);
            while (decoder.Decode(ref cursor, events, batch) > 0)
                events.Clear();
            events.Clear();
            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        Console.WriteLine($"received {source.Counters.Received} read {source.Statistics.Frames} events {decoder.Counters.Events} dropped {source.Counters.Drops} cpu {cpu.TotalSeconds:F3}");
        return source.Failure is null ? 0 : 1;
    }

    // A live source waits on the calling thread: the task is complete when it comes back.
    private static ReadResult WaitForFrames(LiveSource source)
    {
        ValueTask<ReadResult> read = source.Reader.ReadAsync();
        return read.IsCompletedSuccessfully ? read.Result : throw new InvalidOperationException("a live source must wait on the caller's thread");
    }
}
