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
    private CancellationTokenSource? _wait;

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
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    // The header was read together with what follows it: the first read may have its bytes already.
    protected override bool TryExtend() => false;

    protected override async ValueTask<bool> ExtendAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _wait, wait);
        try
        {
            Add(await _stream.ReadAsync(_buffer.AsMemory(_end), wait.Token).ConfigureAwait(false));
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The device, the connection, or the compressed data under the stream has failed.
            _isAtEnd = true;
            Ending = ContainerOutcome.ReadFailed;
            return true;
        }
        finally
        {
            Volatile.Write(ref _wait, null);
        }
    }

    protected override void CancelExtend()
    {
        try
        {
            Volatile.Read(ref _wait)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait ended by itself in this moment; the flag that CancelPendingRead has set is seen by the next read.
        }
    }

    protected override void Consume(int bytes)
    {
        _start += bytes;
        if (_start == _end)
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
