using System.Buffers;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Windows over what cannot be mapped: standard input, a pipe. Bytes are copied once, into one buffer; the part of a record
/// that is left at its end is moved to its start before more is read.
/// </summary>
internal sealed class StreamCaptureReader : CaptureReader
{
    private readonly Stream _stream;
    private readonly long? _length;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private Task<int>? _read;
    private TaskCompletionSource? _wake;

    public StreamCaptureReader(Stream stream, int windowBytes)
    {
        _stream = stream;
        _length = stream.CanSeek ? stream.Length - stream.Position : null;
        _buffer = ArrayPool<byte>.Shared.Rent(windowBytes);
    }

    public override long? LengthBytes => _length;

    protected override ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    protected override bool IsAtEnd => _isAtEnd;

    public override ReadOnlySpan<byte> Peek(int bytes)
    {
        while (_end < bytes && !_isAtEnd)
            Add(_stream.Read(_buffer, _end, _buffer.Length - _end));
        return _buffer.AsSpan(0, Math.Min(bytes, _end));
    }

    public override void Release()
    {
        _stream.Dispose();
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        _isAtEnd = true;

        // What a read that is under way may still write to is nobody else's.
        if (buffer.Length > 0 && _read is null)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    // The header was read together with what follows it: the first read may have its bytes already.
    protected override bool TryExtend() => false;

    protected override async ValueTask<bool> ExtendAsync(CancellationToken cancellationToken)
    {
        if (_read is null)
        {
            MakeRoom();
            _read = _stream.ReadAsync(_buffer.AsMemory(_end), CancellationToken.None).AsTask();
        }

        // A read of a pipe that has begun cannot be called off. So it is left to itself, and the next wait is for what it brings.
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _wake, wake);
        using (cancellationToken.Register(static wake => ((TaskCompletionSource)wake!).TrySetResult(), wake))
            await Task.WhenAny(_read, wake.Task).ConfigureAwait(false);
        Volatile.Write(ref _wake, null);
        if (!_read.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }

        try
        {
            Add(await _read.ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The device, the connection, or the compressed data under the stream has failed.
            _isAtEnd = true;
            Ending = ContainerOutcome.ReadFailed;
        }
        finally
        {
            _read = null;
        }

        return true;
    }

    protected override void CancelExtend() => Volatile.Read(ref _wake)?.TrySetResult();

    protected override void Consume(int bytes)
    {
        _start += bytes;

        // A read that is under way has its place behind the end.
        if (_start == _end && _read is null)
            _start = _end = 0;
    }

    private void Add(int bytes)
    {
        _end += bytes;
        _isAtEnd = bytes == 0;
    }

    private void MakeRoom()
    {
        int unread = _end - _start;
        if (unread == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
            _buffer.AsSpan(_start, unread).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
        }
        _start = 0;
        _end = unread;
    }
}
