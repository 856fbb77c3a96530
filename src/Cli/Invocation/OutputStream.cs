using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Cli.Invocation;

/// <summary>
/// The standard output as bytes, or a file in its place. Unlike the runtime's console stream, which goes on silently, it tells a broken pipe, so that
/// <c>icmpstream decode big.pcap | head</c> stops where <c>head</c> does; and of a full disk it says which.
/// </summary>
public sealed class OutputStream : Stream
{
    /// <summary>EPIPE on Linux and macOS, as <see cref="Exception.HResult"/> carries it.</summary>
    private const int BrokenPipe = 32;

    private const int StandardOutput = 1;

    private readonly Stream _inner;
    private readonly string _name;

    /// <summary>Writes to <paramref name="inner"/>, which a failure calls by <paramref name="name"/>.</summary>
    public OutputStream(Stream inner, string name = "the standard output")
    {
        _inner = inner;
        _name = name;
    }

    /// <summary>The standard output of this process.</summary>
    public static OutputStream OfProcess()
    {
        // A FileStream reports a broken pipe, but on a file it writes at an offset of its own, which another process that shares
        // the redirection, as in `(icmpstream ...; echo done) > file`, would not see. The console stream is the other way round.
        FileStream? pipe = null;
        try
        {
            pipe = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
                return new OutputStream(pipe);
            pipe.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed, or open for reading only: the console stream says what the shell meant.
            pipe?.Dispose();
        }

        return new OutputStream(Console.OpenStandardOutput());
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _inner.Write(buffer);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            throw new BrokenPipeException(e);
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"cannot write {_name}: {Failure.Reason(e)}", e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }
}
