using System.IO.Pipelines;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// A stream of frames in memory that the kernel or a file owns. Construction is inert; <see cref="Start"/> opens it.
/// The loop is always this one:
/// <code>
/// bool more = true;
/// while (more)
/// {
///     ReadResult read = await source.Reader.ReadAsync(cancellationToken);
///     FrameCursor cursor = source.OpenCursor(read);
///     while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan&lt;byte&gt; frame))
///         ...
///     more = !cursor.IsEnd;
///     source.AdvanceTo(cursor);
/// }
/// </code>
/// <para>A read of a live source may have no frame at all: nothing has come for a while, and <see cref="ClockNs"/> has moved on.</para>
/// <para>Leaving the inner loop early is fine: the next read goes on after the last frame read.</para>
/// <para>Borrowed bytes: a frame's span, and everything else from a read, is valid until <see cref="AdvanceTo"/> or
/// <see cref="IDisposable.Dispose"/>, whichever is first. Not advancing is back-pressure.</para>
/// <para>A source has one reader at a time. <see cref="Statistics"/>, <see cref="PositionBytes"/> and
/// <see cref="LengthBytes"/> may be read from any thread.</para>
/// </summary>
public interface IPacketSource : IDisposable
{
    /// <summary>What the source is called in messages: a path, or an interface.</summary>
    string Name { get; }

    /// <summary>
    /// The container's own bytes, from the first record on, never copied where they are mapped. No record lies across two
    /// segments. <see cref="PipeReader.TryRead"/> does the same without waiting, for a thread that must not leave its core.
    /// </summary>
    PipeReader Reader { get; }

    /// <summary>What has been read so far; moves at each <see cref="AdvanceTo"/>.</summary>
    SourceStatistics Statistics { get; }

    /// <summary>The whole length in bytes, where there is one: null for pipes and interfaces.</summary>
    long? LengthBytes { get; }

    /// <summary>How many bytes have been advanced past.</summary>
    long PositionBytes { get; }

    /// <summary>The clock that frames are stamped with, ns since the epoch, where it runs on by itself; null for captures.</summary>
    long? ClockNs => null;

    /// <summary>
    /// Asks for the end: nothing new comes in after this, and what has come in is read until the cursor says that it is the end. False
    /// where there is nothing to drain: a capture can be left where it is.
    /// </summary>
    bool Drain() => false;

    /// <summary>Opens the source.</summary>
    /// <exception cref="SourceException">It cannot be opened, or is not what it should be.</exception>
    void Start();

    /// <summary>A cursor over what a read has returned. A cursor that is never given to <see cref="AdvanceTo"/> has read nothing.</summary>
    FrameCursor OpenCursor(in ReadResult read);

    /// <summary>Gives back everything that the cursor has passed, and counts it.</summary>
    void AdvanceTo(scoped in FrameCursor cursor);
}
