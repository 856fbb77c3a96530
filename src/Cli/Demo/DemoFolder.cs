namespace IcmpStream.Cli.Demo;

/// <summary>
/// The folder that a demonstration works in. It is gone with the run, and what a run that was killed has left is removed by the next one: a lock, which
/// ends with its process however that ends, tells the one from the other.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    private const string NamePrefix = "icmpstream-demo-";
    private const string LockName = "in-use";

    private readonly FileStream _lock;

    /// <summary>Removes what is left over, and makes a folder.</summary>
    public DemoFolder()
    {
        RemoveLeftovers();
        FullName = Directory.CreateTempSubdirectory(NamePrefix).FullName;
        _lock = new FileStream(Path.Combine(FullName, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    /// <summary>Its path.</summary>
    public string FullName { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(FullName, recursive: true);
    }

    private static void RemoveLeftovers()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), NamePrefix + "*"))
        {
            try
            {
                using (new FileStream(Path.Combine(folder, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    // Nobody holds it any more.
                }

                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A run is at work there, or it is another user's.
            }
        }
    }
}
