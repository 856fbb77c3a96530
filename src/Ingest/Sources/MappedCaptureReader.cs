using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Windows over a mapped file: addresses, not copies. It never waits, except for the disk.
/// <para>Pages are asked for one window ahead and given back behind the reader, so that the memory in use stays at a few
/// windows however long the capture is; giving back drops the mapping only, the page cache keeps the file.</para>
/// <para>The length is read once, at the start: what is appended later is not read. Before each window the length is read
/// again: a file that became shorter ends with <see cref="ContainerOutcome.Shrunk"/>, since touching what is gone would kill
/// the process (SIGBUS). Who cuts a file within the milliseconds that a window takes still wins that race; where that may
/// happen, <see cref="SourceOptions.Map"/> = false reads instead.</para>
/// </summary>
internal sealed class MappedCaptureReader : CaptureReader
{
    // Giving back costs a system call and a TLB flush; 16 MiB at a time makes both invisible.
    private const long ReleaseStepBytes = 16 * 1024 * 1024;

    private readonly MappedFile _file;
    private readonly int _windowBytes;
    private long _length;
    private long _start;
    private long _released;
    private ReadOnlyMemory<byte> _unread;

    public MappedCaptureReader(MappedFile file, int windowBytes)
    {
        _file = file;
        _windowBytes = windowBytes;
        _length = file.LengthBytes;
        file.AdviseSequential();
    }

    public override long? LengthBytes => _file.LengthBytes;

    protected override ReadOnlyMemory<byte> Unread => _unread;

    protected override bool IsAtEnd => _start + _unread.Length >= _length;

    public override ReadOnlySpan<byte> Peek(int bytes)
    {
        TryExtend();
        return _unread.Span[..Math.Min(bytes, _unread.Length)];
    }

    public override void Release() => _file.Dispose();

    protected override bool TryExtend()
    {
        long current = _file.ReadLength();
        if (current < _length)
        {
            _length = Math.Max(current, _start);
            Ending = ContainerOutcome.Shrunk;
        }
        long wanted = Math.Max(_windowBytes, 2L * _unread.Length);
        int window = (int)Math.Min(Math.Min(wanted, 2L * SourceOptions.MaxWindowBytes), _length - _start);
        if (window <= _unread.Length && !IsAtEnd)
            throw new InvalidOperationException("a read may hold at most 1 GiB that is not consumed");
        _file.AdviseNeeded(_start + window, _windowBytes);
        _unread = _file.MoveWindow(_start, window);
        return true;
    }

    protected override ValueTask<bool> ExtendAsync(CancellationToken cancellationToken) => new(TryExtend());

    protected override void CancelExtend()
    {
        // There is no wait to end: TryExtend never returns false.
    }

    protected override void Consume(int bytes)
    {
        _start += bytes;
        _unread = _unread[bytes..];
        if (_start - _released >= ReleaseStepBytes)
        {
            _file.AdviseNotNeeded(_released, _start - _released);
            _released = _start;
        }
    }
}
