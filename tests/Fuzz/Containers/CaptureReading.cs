using System.IO.Pipelines;
using System.Runtime.InteropServices;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Containers;

/// <summary>All that one reading of a capture gave: two readings of the same bytes must be equal, however they were made.</summary>
/// <param name="Failure">Why it did not start; null where it did.</param>
/// <param name="Frames">How many frames there were.</param>
/// <param name="Digest">A hash of what was said of them, and of their bytes.</param>
/// <param name="Damage">What ended it before its end; empty where nothing did.</param>
/// <param name="Drops">What the capture says that the kernel dropped.</param>
public sealed record CaptureReading(string? Failure, long Frames, ulong Digest, string Damage, long Drops)
{
    /// <summary>Says what is wrong with the reading itself.</summary>
    public string? Fault { get; private init; }

    /// <summary>Reads a capture of <paramref name="length"/> bytes to its end.</summary>
    public static CaptureReading Of(CaptureSource source, int length)
    {
        try
        {
            source.Start();
        }
        catch (SourceException e)
        {
            return new CaptureReading(e.Message.ReplaceLineEndings("\n").Contains('\n', StringComparison.Ordinal) ? "more than a line" : "not a capture", 0, 0, "", 0);
        }

        long frames = 0, bytes = 0, reads = 0;
        ulong digest = 0;
        string? fault = null;
        Span<byte> words = stackalloc byte[48];
        for (bool more = true; more && fault is null; reads++)
        {
            ReadResult read = source.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
            FrameCursor cursor = source.OpenCursor(read);
            while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                frames++;
                bytes += frame.Length;
                if (info.FrameNumber != frames || info.CapturedBytes != frame.Length || info.Section == 0)
                    fault = $"frame {frames} says that it is number {info.FrameNumber} of section {info.Section}, {info.CapturedBytes} bytes of {frame.Length}";
                digest = Add(digest, info, frame, words);
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
            if (bytes > length || frames > length)
                fault = $"{frames} frames of {bytes} bytes in {length}";
            // Each read either has a record more or doubles the window.
            if (reads > length + 64)
                fault = "reading does not get on";
        }

        SourceStatistics statistics = source.Statistics;
        if (fault is null && (statistics.Frames != frames || statistics.CapturedBytes != bytes))
            fault = $"{statistics.Frames} frames of {statistics.CapturedBytes} bytes counted, {frames} of {bytes} read";
        return new CaptureReading(Failure: null, frames, digest, statistics.Damage?.ToString() ?? "", statistics.KernelDrops) { Fault = fault };
    }

    /// <summary>
    /// Reads a capture in batches of frames, as ingest does, beside a cursor that reads one by one; says what differs, or null.
    /// </summary>
    public static string? InBatches(CaptureSource source, FrameDecoder fast, FrameDecoder scalar, FrameBatch batch, EventBuffer events, EventBuffer single)
    {
        try
        {
            source.Start();
        }
        catch (SourceException)
        {
            return null;
        }

        for (bool more = true; more;)
        {
            ReadResult read = source.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
            FrameCursor cursor = source.OpenCursor(read), one = source.OpenCursor(read);
            events.Clear();
            while (fast.Decode(ref cursor, events, batch) is > 0 and int decoded)
            {
                for (int i = 0; i < decoded; i++)
                {
                    single.Clear();
                    if (!one.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
                        return "a batch has frames that are not there one by one";
                    if (!MemoryMarshal.AsBytes(new ReadOnlySpan<FrameInfo>(in info)).SequenceEqual(MemoryMarshal.AsBytes(batch.Infos.Slice(i, 1))))
                        return $"frame {info.FrameNumber} is another in a batch";
                    if (scalar.Decode(info, frame, single) is var outcome && outcome != batch.Outcomes[i])
                        return $"frame {info.FrameNumber} is {batch.Outcomes[i]} in a batch, and {outcome} alone";
                }

                if (events.IsFull)
                    events.Clear();
            }

            if (one.TryRead(out FrameInfo left, out _))
                return $"frame {left.FrameNumber} is in no batch";
            if (cursor.IsEnd != one.IsEnd)
                return "batches end elsewhere than single frames";
            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return null;
    }

    private static ulong Add(ulong digest, in FrameInfo info, ReadOnlySpan<byte> frame, Span<byte> words)
    {
        BitConverter.TryWriteBytes(words, digest);
        BitConverter.TryWriteBytes(words[8..], info.TimeNs);
        BitConverter.TryWriteBytes(words[16..], info.OriginalBytes);
        BitConverter.TryWriteBytes(words[20..], info.Section);
        BitConverter.TryWriteBytes(words[24..], (uint)info.InterfaceId);
        BitConverter.TryWriteBytes(words[28..], (uint)info.LinkType);
        BitConverter.TryWriteBytes(words[32..], XxHash64.Hash(frame));
        return XxHash64.Hash(words[..40]);
    }
}
