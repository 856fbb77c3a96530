namespace IcmpStream.Ingest.Sources;

/// <summary>Turns an address into a source.</summary>
public static class PacketSource
{
    /// <summary>Opens a source, ready to read.</summary>
    /// <param name="address">What to read.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <exception cref="SourceException">It cannot be opened; the message is one line that says why.</exception>
    public static IPacketSource Open(SourceAddress address, SourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsLive)
            throw new SourceException($"{address}: this build reads captures only (pcap:FILE); live sources are not in it yet");
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
