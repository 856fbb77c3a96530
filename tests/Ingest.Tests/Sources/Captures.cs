using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>One frame as read, its bytes copied out of the window.</summary>
internal sealed record ReadFrame(FrameInfo Info, byte[] Bytes)
{
    public string Row => $"{Info.FrameNumber} {Info.TimeNs} {Info.CapturedBytes} {Info.OriginalBytes} {Info.Section} {Info.InterfaceId} {Info.LinkType} {Convert.ToHexString(Bytes)}";
}

/// <summary>A capture read to its end.</summary>
internal sealed record ReadCapture(IReadOnlyList<ReadFrame> Frames, SourceStatistics Statistics)
{
    public ContainerOutcome Outcome => Statistics.Damage?.Outcome ?? ContainerOutcome.None;

    public ReadFrame Only => Assert.Single(Frames);

    public IEnumerable<long> Times => Frames.Select(f => f.Info.TimeNs);
}

/// <summary>A file that is gone after the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(params byte[] bytes)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"icmpstream-{Guid.NewGuid():N}");
        File.WriteAllBytes(Path, bytes);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}

internal static class Captures
{
    /// <summary>Every way to read a file; the small windows end inside records, and must grow for most of them.</summary>
    public static readonly SourceOptions[] Ways =
    [
        new SourceOptions(),
        new SourceOptions { WindowBytes = SourceOptions.MinWindowBytes },
        new SourceOptions { Map = false },
        new SourceOptions { Map = false, WindowBytes = SourceOptions.MinWindowBytes },
    ];

    public static byte[] Frame(int length, byte seed = 1) => [.. Enumerable.Range(0, length).Select(i => (byte)(seed + i))];

    /// <summary>Reads a capture in every way, and returns what they agree on.</summary>
    public static ReadCapture Read(byte[] capture)
    {
        using var file = new TemporaryFile(capture);
        return ReadFile(file.Path);
    }

    public static ReadCapture ReadFile(string path)
    {
        ReadCapture? first = null;
        foreach (SourceOptions way in Ways)
        {
            using var source = new CaptureSource(path, way);
            source.Start();
            ReadCapture now = Drain(source);
            first ??= now;
            Assert.Equal(first.Frames.Select(f => f.Row), now.Frames.Select(f => f.Row));
            Assert.Equal(first.Statistics.Damage, now.Statistics.Damage);
            Assert.Equal(now.Frames.Count, now.Statistics.Frames);
            Assert.Equal(now.Frames.Sum(f => (long)f.Bytes.Length), now.Statistics.CapturedBytes);
            Assert.Equal(first.Statistics.KernelDrops, now.Statistics.KernelDrops);
            Assert.Equal(first.Statistics.KernelReceived, now.Statistics.KernelReceived);
        }
        return first!;
    }

    public static ReadCapture Drain(IPacketSource source)
    {
        var frames = new List<ReadFrame>();
        bool more = true;
        while (more)
        {
            ReadResult read = Await(source.Reader.ReadAsync(TestContext.Current.CancellationToken));
            FrameCursor cursor = source.OpenCursor(read);
            while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                Assert.Equal(info.CapturedBytes, (uint)frame.Length);
                frames.Add(new ReadFrame(info, frame.ToArray()));
            }
            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }
        return new ReadCapture(frames, source.Statistics);
    }

    /// <summary>Skips where the machine lacks something; a machine that builds for others must not lack it.</summary>
    public static void Skip(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    public static T Await<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();
}
