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
    public static async Task<SpooledCapture> OfStandardInputAsync(CancellationToken stop)
    {
        await using Stream input = Console.OpenStandardInput();
        return await SpoolAsync(input, stop);
    }

    /// <summary>A file as it is, or spooled where it is a pipe.</summary>
    public static async Task<SpooledCapture> OfFileAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return file.CanSeek ? new SpooledCapture(path, isTemporary: false) : await SpoolAsync(file, stop);
    }

    /// <summary>Removes what was kept.</summary>
    public void Dispose()
    {
        if (IsTemporary)
            File.Delete(Path);
    }

    private static async Task<SpooledCapture> SpoolAsync(Stream input, CancellationToken stop)
    {
        string path = System.IO.Path.GetTempFileName();
        var spooled = new SpooledCapture(path, isTemporary: true);
        try
        {
            await using FileStream copy = File.Create(path);
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
