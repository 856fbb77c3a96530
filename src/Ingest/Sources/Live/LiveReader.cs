using System.Buffers;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// The reading end of live rings: each read hands out what one of them has ready, in place, and advancing gives it back to the kernel.
/// <see cref="ReadAsync"/> waits in poll on the caller's own thread, so that a reader stays on its core, and at most
/// <see cref="IdleMs"/>: an empty read says that nothing has come for so long, which moves time on.
/// </summary>
internal sealed class LiveReader : PipeReader
{
    /// <summary>How long a read waits at most, ms: one slot of the processor, since an idle stream must still move time.</summary>
    public const int IdleMs = 100;

    /// <summary>
    /// How long packets that come one by one may gather once a ring is empty, ms: at a million a second a thousand, a thirtieth of the
    /// default ring, and a tenth of what a block of a packet ring may wait. Waking up for each of them costs several times what reading does.
    /// </summary>
    public const int GatherMs = 1;

    private readonly LiveRing[] _rings;
    private readonly int[] _descriptors;
    private readonly short[] _polled;
    private readonly bool _gathers;
    private ReadOnlySequence<byte> _handedOut;
    private int _at;
    private bool _isReading;
    private bool _isCompleted;
    private int _isCanceled;
    private long _position;

    public LiveReader(LiveRing[] rings)
    {
        _rings = rings;
        _descriptors = Array.ConvertAll(rings, ring => ring.Descriptor);
        _polled = new short[rings.Length];
        _gathers = Array.Exists(rings, ring => ring.ComesSingly);
    }

    /// <summary>The ring that the last read is of.</summary>
    public LiveRing Ring => _rings[_at];

    /// <summary>What the last read has handed out.</summary>
    public Memory<byte> Window { get; private set; }

    /// <summary>Bytes advanced past.</summary>
    public long PositionBytes => Volatile.Read(ref _position);

    /// <summary>True once nothing more will come: reads say that they are the last.</summary>
    public bool IsAtEnd { get; set; }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfUnreadable();
        if (TryTake() || IsAtEnd || Volatile.Read(ref _isCanceled) != 0)
        {
            result = HandOut();
            return true;
        }

        result = default;
        return false;
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryRead(out ReadResult result))
            return new ValueTask<ReadResult>(result);
        if (!_gathers || !TryGather())
            Polling.Wait(_descriptors, _polled, IdleMs);
        for (int ring = 0; ring < _rings.Length; ring++)
            _rings[ring].Attend(_polled[ring]);
        if (Window.IsEmpty)
            TryTake();
        return new ValueTask<ReadResult>(HandOut());
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_isReading)
            throw new InvalidOperationException("nothing was read that could be advanced past");
        int bytes = (int)(_handedOut.GetOffset(consumed) - _handedOut.GetOffset(_handedOut.Start));
        _isReading = false;
        _handedOut = default;
        if (bytes > 0)
        {
            Ring.Consume(bytes);
            Volatile.Write(ref _position, _position + bytes);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => Volatile.Write(ref _isCanceled, 1);

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    private bool TryGather()
    {
        Thread.Sleep(GatherMs);
        Array.Clear(_polled);
        return TryTake();
    }

    // In turn, so that a busy ring does not starve its neighbours; one that was not read out goes on first.
    private bool TryTake()
    {
        for (int turn = 0; turn < _rings.Length; turn++)
        {
            int ring = _at + turn < _rings.Length ? _at + turn : _at + turn - _rings.Length;
            if (_rings[ring].TryTake(out Memory<byte> window))
            {
                (_at, Window) = (ring, window);
                return true;
            }
        }

        Window = default;
        return false;
    }

    private ReadResult HandOut()
    {
        _isReading = true;
        bool isCanceled = Interlocked.Exchange(ref _isCanceled, 0) != 0;
        _handedOut = new ReadOnlySequence<byte>(Window);
        return new ReadResult(_handedOut, isCanceled, IsAtEnd && Window.IsEmpty);
    }

    private void ThrowIfUnreadable()
    {
        if (_isCompleted)
            throw new InvalidOperationException("reading is not allowed after the reader was completed");
        if (_isReading)
            throw new InvalidOperationException("the last read has not been advanced past");
    }
}
