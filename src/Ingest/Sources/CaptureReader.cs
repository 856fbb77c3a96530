using System.Buffers;
using System.IO.Pipelines;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// The reading end of a capture: windows over its bytes, one segment each, that begin where the last one was consumed to.
/// So a record never lies across two segments; one that a window cuts comes again, whole, in the next.
/// <code>
///       consumed                    examined                 end of window              end of capture
///       |---- given out again ------|---- given out again ---|---- not yet given out ---|
/// </code>
/// A window that was examined to its end and not consumed at all grows by doubling. As in any pipe, reading again without
/// advancing is an error, and so is using what was read after advancing.
/// </summary>
internal abstract class CaptureReader : PipeReader
{
    private ReadOnlySequence<byte> _handedOut;
    private long _position;
    private bool _isReading;
    private bool _isStarved = true;
    private bool _isCompleted;
    private bool _isStopped;
    private int _isCanceled;

    /// <summary>The first byte that has not been consumed, from the start of the capture. Any thread may ask.</summary>
    public long PositionBytes => Volatile.Read(ref _position);

    /// <summary>The length of the capture; null where it is not known.</summary>
    public abstract long? LengthBytes { get; }

    /// <summary>Why the bytes end before the capture does; <see cref="ContainerOutcome.None"/> while they do not.</summary>
    public ContainerOutcome Ending { get; protected set; }

    /// <summary>What is read but not consumed.</summary>
    protected abstract ReadOnlyMemory<byte> Unread { get; }

    /// <summary>True when nothing comes after <see cref="Unread"/>.</summary>
    protected abstract bool IsAtEnd { get; }

    /// <summary>The first bytes of the capture, for its header: <paramref name="bytes"/> of them, or all that there are.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract ReadOnlySpan<byte> Peek(int bytes);

    /// <summary>Consumes the file header, before the first read.</summary>
    public void SkipHeader(int bytes)
    {
        Consume(bytes);
        _position += bytes;
        _isStarved = Unread.IsEmpty;
    }

    /// <summary>Nothing more will be given out: the cursor has met damage.</summary>
    public void Stop() => _isStopped = true;

    /// <inheritdoc/>
    public sealed override bool TryRead(out ReadResult result)
    {
        ThrowIfUnreadable();
        if (!NeedsMore() || TryExtend())
        {
            result = HandOut();
            return true;
        }
        result = default;
        return false;
    }

    /// <inheritdoc/>
    public sealed override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnreadable();
        cancellationToken.ThrowIfCancellationRequested();
        if (!NeedsMore() || TryExtend())
            return new ValueTask<ReadResult>(HandOut());
        return ExtendAndReadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public sealed override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public sealed override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isReading)
            throw new InvalidOperationException("nothing was read that could be advanced past");
        // GetOffset refuses positions of another buffer.
        long consumedBytes = _handedOut.GetOffset(consumed) - _handedOut.GetOffset(_handedOut.Start);
        long examinedBytes = _handedOut.GetOffset(examined) - _handedOut.GetOffset(_handedOut.Start);
        if (examinedBytes < consumedBytes)
            throw new InvalidOperationException("what is consumed must have been examined");
        _isReading = false;
        _isStarved = examinedBytes == _handedOut.Length;
        _handedOut = default;
        if (consumedBytes > 0)
        {
            Consume((int)consumedBytes);
            Volatile.Write(ref _position, _position + consumedBytes);
        }
    }

    /// <inheritdoc/>
    public sealed override void CancelPendingRead()
    {
        Volatile.Write(ref _isCanceled, 1);
        CancelExtend();
    }

    /// <inheritdoc/>
    public sealed override void Complete(Exception? exception = null) => _isCompleted = true;

    /// <summary>Gives the memory back. Whatever was handed out is invalid from here on.</summary>
    public abstract void Release();

    /// <summary>Makes <see cref="Unread"/> longer, or finds the end, without waiting; false where that takes a wait.</summary>
    protected abstract bool TryExtend();

    /// <summary>The same, waiting.</summary>
    /// <returns>False when the wait was cancelled by <see cref="CancelExtend"/>.</returns>
    protected abstract ValueTask<bool> ExtendAsync(CancellationToken cancellationToken);

    /// <summary>Ends a wait in <see cref="ExtendAsync"/>.</summary>
    protected abstract void CancelExtend();

    /// <summary>Drops bytes from the start of <see cref="Unread"/>.</summary>
    protected abstract void Consume(int bytes);

    private bool NeedsMore() => _isStarved && !_isStopped && !IsAtEnd && Volatile.Read(ref _isCanceled) == 0;

    private async ValueTask<ReadResult> ExtendAndReadAsync(CancellationToken cancellationToken)
    {
        await ExtendAsync(cancellationToken).ConfigureAwait(false);
        return HandOut();
    }

    private ReadResult HandOut()
    {
        _isReading = true;
        bool isCanceled = Interlocked.Exchange(ref _isCanceled, 0) != 0;
        _handedOut = new ReadOnlySequence<byte>(_isStopped ? default : Unread);
        return new ReadResult(_handedOut, isCanceled, _isStopped || IsAtEnd);
    }

    private void ThrowIfUnreadable()
    {
        if (_isCompleted)
            throw new InvalidOperationException("reading is not allowed after the reader was completed");
        if (_isReading)
            throw new InvalidOperationException("the last read has not been advanced past");
    }
}
