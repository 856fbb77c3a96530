using IcmpStream.Ingest.Sources;

namespace IcmpStream.Cli.Analyze;

/// <summary>
/// A capture that can be read twice: a file as it is, or what comes through a pipe, kept in a temporary file while it is needed.
/// </summary>
internal sealed class SpooledCapture : IDisposable
{
    private SpooledCapture(string path, bool isTemporary)
    {
        Path = path;
        IsTemporary = isTemporary;
    }

    /// <summary>Where it can be read.</summary>
    public string Path { get; }

    /// <summary>True where it is a copy that goes with this.</summary>
    public bool IsTemporary { get; }

    /// <summary>Spools the standard input.</summary>
    /// <exception cref="SourceException">It is no capture.</exception>
    public static async Task<SpooledCapture> OfStandardInputAsync(string name, CancellationToken stop)
    {
        await using Stream input = Console.OpenStandardInput();
        return await SpoolAsync(input, name, stop);
    }

    /// <summary>A file as it is, or spooled where it is a pipe.</summary>
    /// <exception cref="SourceException">It is no capture.</exception>
    public static async Task<SpooledCapture> OfFileAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (!file.CanSeek)
            return await SpoolAsync(file, path, stop);
        await CheckStartAsync(file, path, stop);
        return new SpooledCapture(path, isTemporary: false);
    }

    /// <summary>Removes what was kept.</summary>
    public void Dispose()
    {
        if (IsTemporary)
            File.Delete(Path);
    }

    // What is no capture may never end: a device, a pipe.
    private static async Task<ReadOnlyMemory<byte>> CheckStartAsync(Stream input, string name, CancellationToken stop)
    {
        byte[] first = new byte[PacketSource.StartBytes];
        int read = await input.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, stop);
        PacketSource.CheckStart(first.AsSpan(0, read), name);
        return first.AsMemory(0, read);
    }

    private static async Task<SpooledCapture> SpoolAsync(Stream input, string name, CancellationToken stop)
    {
        ReadOnlyMemory<byte> first = await CheckStartAsync(input, name, stop);
        string path = System.IO.Path.GetTempFileName();
        var spooled = new SpooledCapture(path, isTemporary: true);
        try
        {
            await using FileStream copy = File.Create(path);
            await copy.WriteAsync(first, stop);
            await input.CopyToAsync(copy, stop);
            return spooled;
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }
}
