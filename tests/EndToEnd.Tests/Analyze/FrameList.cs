using System.IO.Pipelines;
using IcmpStream.Cli.Analyze;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Analyze;

/// <summary>Frames in the order in which a capture has them, to be put in another order and analyzed as one run.</summary>
internal sealed record FrameList(ushort LinkType, IReadOnlyList<(long TimeNs, uint OriginalBytes, byte[] Bytes)> Frames)
{
    private static readonly RunId Run = new(0x5EED, 1);

    /// <summary>A capture's; null where it is damaged or holds frames of several link types, which no pcap can.</summary>
    public static FrameList? Read(string capture)
    {
        var frames = new List<(long, uint, byte[])>();
        var links = new HashSet<ushort>();
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        bool more = true;
        while (more && source.Reader.TryRead(out ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                links.Add(info.LinkType);
                frames.Add((info.TimeNs, info.OriginalBytes, frame.ToArray()));
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return source.Statistics.Damage is null && links.Count == 1 && frames.TrueForAll(frame => frame.Item1 is >= 0 and <= PcapWriter.MaxTimeNs)
            ? new FrameList(links.Single(), frames)
            : null;
    }

    /// <summary>Generated frames of Ethernet, one traffic behind the other whatever their times are.</summary>
    public static FrameList Of(params ITraffic[] traffics)
    {
        var frames = new List<(long, uint, byte[])>();
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        foreach (ITraffic traffic in traffics)
        {
            for (long timeNs = traffic.NextNs; timeNs != ITraffic.Ended; timeNs = traffic.NextNs)
            {
                int length = traffic.Write(frame);
                frames.Add((timeNs, (uint)length, frame[..length]));
            }
        }

        return new FrameList(1, frames);
    }

    /// <summary>In order of time; frames of one time stay as they are.</summary>
    public FrameList Sorted() => this with { Frames = [.. Frames.OrderBy(frame => frame.TimeNs)] };

    /// <summary>Out of order by less than the given time; frames of one time stay in their order, which is theirs to say.</summary>
    public FrameList Shuffled(int seed, long byNs)
    {
        var random = new Random(seed);
        var delays = new Dictionary<long, long>();
        return this with
        {
            Frames = [.. Frames.OrderBy(frame =>
            {
                if (!delays.TryGetValue(frame.TimeNs, out long delayNs))
                    delays.Add(frame.TimeNs, delayNs = random.NextInt64(byNs));
                return frame.TimeNs + delayNs;
            })],
        };
    }

    /// <summary>Frames put in between, at a place of the list.</summary>
    public FrameList With(int place, FrameList others) => this with { Frames = [.. Frames.Take(place), .. others.Frames, .. Frames.Skip(place)] };

    /// <summary>Runs them through the whole pipeline.</summary>
    public async Task<CaptureAnalysis> AnalyzeAsync(TemporaryFolder folder)
    {
        string path = folder.PathOf("frames.pcap");
        using (var writer = new PcapWriter(File.Create(path), LinkType))
        {
            foreach ((long timeNs, uint originalBytes, byte[] bytes) in Frames)
                writer.Write(timeNs, bytes, originalBytes);
        }

        var analysis = new CaptureAnalysis(Run, new AnalyzeOptions());
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, path));
        await analysis.RunAsync(source, CancellationToken.None);
        return analysis;
    }

    /// <summary>What an analysis found, as its result files hold it.</summary>
    public static string[] Lines(CaptureAnalysis analysis, TemporaryFolder folder)
    {
        ResultFiles.Write(folder.FullName, analysis.Result);
        return [.. Directory.GetFiles(folder.FullName, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)];
    }
}
