using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources;

/// <summary>Turns an address into a source.</summary>
public static class PacketSource
{
    /// <summary>Opens a source, ready to read.</summary>
    /// <param name="address">What to read.</param>
    /// <param name="options">How a capture is read; null for the defaults.</param>
    /// <param name="live">How an interface is read; null for the defaults. One reader, whatever it says of threads.</param>
    /// <exception cref="SourceException">It cannot be opened; the message is one line that says why.</exception>
    public static IPacketSource Open(SourceAddress address, SourceOptions? options = null, LiveOptions? live = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsLive)
            return LiveSources.Open(address, (live ?? new LiveOptions()) with { Threads = 1 })[0];
        var source = new CaptureSource(address.Target, options);
        try
        {
            source.Start();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
