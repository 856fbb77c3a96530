using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources;

/// <summary>Turns an address into a source.</summary>
public static class PacketSource
{
    /// <summary>How many of a capture's first bytes <see cref="CheckStart"/> wants to see, where it has them.</summary>
    public const int StartBytes = CaptureHeader.PeekBytes;

    /// <summary>Looks at the first bytes of what may be a capture, for those who keep the rest before they read it.</summary>
    /// <param name="first">The first <see cref="StartBytes"/> bytes, or all that there are.</param>
    /// <param name="name">What to call it in the message.</param>
    /// <exception cref="SourceException">This is no capture; the message is one line that says why.</exception>
    public static void CheckStart(ReadOnlySpan<byte> first, string name) => CaptureHeader.Parse(first, name);

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
