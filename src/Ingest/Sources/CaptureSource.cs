using System.IO.Pipelines;
using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// A pcap or pcapng capture: a regular file, mapped; or a pipe or standard input, read.
/// <para>No lock is taken: a capture that tcpdump is still writing can be read up to where it is, and ends with
/// <see cref="ContainerOutcome.CutShort"/> if that is inside a record.</para>
/// </summary>
public sealed class CaptureSource : IPacketSource
{
    private readonly string _path;
    private readonly Stream? _stream;
    private readonly SourceOptions _options;
    private CaptureReader? _reader;
    private CaptureFormat _format;
    private CaptureProgress _progress;
    private bool _isDisposed;

    /// <summary>A source that is not open yet.</summary>
    /// <param name="path">The capture; <c>-</c> for standard input.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    public CaptureSource(string path, SourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        _options = options ?? new SourceOptions();
        SourceOptions.Validate(_options);
    }

    /// <summary>A capture that comes from a stream: decompressed, generated, from a socket.</summary>
    /// <param name="stream">The stream, from its present position to its end; closed with the source.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="options">How to read it; null for the defaults. It is never mapped.</param>
    public CaptureSource(Stream stream, string name, SourceOptions? options = null)
        : this(name, options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <inheritdoc/>
    public string Name => _stream is null && _path == SourceAddress.StandardInput ? "standard input" : _path;

    /// <inheritdoc/>
    public PipeReader Reader => Opened;

    /// <inheritdoc/>
    public SourceStatistics Statistics { get; } = new();

    /// <inheritdoc/>
    public long? LengthBytes => _reader?.LengthBytes;

    /// <inheritdoc/>
    public long PositionBytes => _reader?.PositionBytes ?? 0;

    private CaptureReader Opened => _reader ?? throw new InvalidOperationException("the source has not been started");

    /// <inheritdoc/>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_reader is not null)
            throw new InvalidOperationException("the source was started before");
        CaptureReader? reader = null;
        try
        {
            reader = Open();
            _format = CaptureHeader.Parse(reader.Peek(CaptureHeader.PeekBytes), Name);
            reader.SkipHeader(_format.HeaderBytes);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException)
        {
            reader?.Release();
            throw Explain(Name, e);
        }
        catch
        {
            reader?.Release();
            throw;
        }
        _progress = CaptureProgress.Start(_format.IsPcapng);
        _reader = reader;
    }

    /// <inheritdoc/>
    public FrameCursor OpenCursor(in ReadResult read)
    {
        CaptureReader reader = Opened;
        return new FrameCursor(read, _format, _progress, reader.PositionBytes, reader.Ending);
    }

    /// <inheritdoc/>
    public void AdvanceTo(scoped in FrameCursor cursor)
    {
        CaptureReader reader = Opened;
        reader.AdvanceTo(cursor.Consumed, cursor.Examined);
        _progress = cursor.Progress;
        _progress.SumCounters();
        Statistics.Publish(_progress);
        if (_progress.Damage is not null)
            reader.Stop();
    }

    /// <summary>Closes the file. Whatever was borrowed from it is invalid from here on.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _reader?.Complete();
        _reader?.Release();
        _stream?.Dispose();
    }

    /// <summary>A failed start in one line.</summary>
    internal static SourceException Explain(string name, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => new SourceException($"{name}: no such file", e),
        UnauthorizedAccessException => new SourceException($"{name}: no permission to read it", e),
        PathTooLongException => new SourceException($"{name}: the name is too long", e),
        _ => new SourceException($"{name}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e),
    };

    private CaptureReader Open()
    {
        if (_stream is not null)
            return new StreamCaptureReader(_stream, _options.WindowBytes);
        if (_path == SourceAddress.StandardInput)
            return new StreamCaptureReader(Console.OpenStandardInput(), _options.WindowBytes);
        if (Directory.Exists(_path))
            throw new SourceException($"{Name}: is a directory, not a capture");
        // Sharing everything takes no lock, so that a capture that is being written, or replaced, can be read.
        SafeFileHandle handle = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        try
        {
            // Unbuffered: the reader has its own buffer.
            var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            long length = stream.CanSeek ? stream.Length : 0;
            // Files of /proc and character devices say 0, and may have bytes all the same.
            if (!_options.Map || length == 0 || MappedFile.TryMap(handle, length) is not { } file)
                return new StreamCaptureReader(stream, _options.WindowBytes);
            return new MappedCaptureReader(file, _options.WindowBytes);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
