using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>Opens an interface for one reader or several.</summary>
public static class LiveSources
{
    /// <summary>Opens what takes a privilege, and nothing more: for a process that drops it before it reads.</summary>
    /// <param name="address">The interface.</param>
    /// <param name="options">How it is read.</param>
    /// <returns>What <see cref="LiveOptions.Inherited"/> wants, or null where a source of this kind cannot be handed on.</returns>
    /// <exception cref="SourceException">The privilege is missing, or the interface.</exception>
    public static InheritedSockets? OpenPrivileged(SourceAddress address, LiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return address.Kind == SourceKind.Libpcap ? null : new InheritedSockets([.. OpenDescriptors(address, options).Select(Descriptors.Release)]);
    }

    /// <summary>Opens an interface, ready to read.</summary>
    /// <param name="address">The interface.</param>
    /// <param name="options">How it is read.</param>
    /// <returns>As many sources as there are readers, each for a thread of its own.</returns>
    /// <exception cref="SourceException">It cannot be opened; the message is one line that says why.</exception>
    public static IReadOnlyList<LiveSource> Open(SourceAddress address, LiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (!OperatingSystem.IsLinux() && address.Kind != SourceKind.Libpcap)
            throw new SourceException($"{address}: only Linux has these rings; libpcap:{address.Target} reads interfaces everywhere");
        List<LiveRing> rings = address.Kind switch
        {
            SourceKind.AfPacket => OpenPacketRings(address, options),
            SourceKind.AfXdp => OpenXdpRings(address, options),
            _ => [PcapRing.Open(address.Target, options)],
        };
        var sources = new List<LiveSource>();
        for (int reader = 0; reader < Math.Min(options.Threads, rings.Count); reader++)
        {
            LiveRing[] own = [.. rings.Where((_, ring) => ring % options.Threads == reader)];
            sources.Add(new LiveSource(address.Target, own, FilterOf(address, options), options.Cpus.Count == 0 ? null : options.Cpus[reader % options.Cpus.Count]));
        }

        sources.ForEach(source => source.Start());
        return sources;
    }

    private static List<LiveRing> OpenPacketRings(SourceAddress address, LiveOptions options)
    {
        IReadOnlyList<SafeFileHandle> sockets = OpenDescriptors(address, options);
        var rings = new List<LiveRing>();
        try
        {
            ushort? group = null;
            foreach (SafeFileHandle socket in sockets)
                rings.Add(PacketRing.Open(address.Target, socket, options, ref group));
            return rings;
        }
        catch
        {
            rings.ForEach(ring => ring.Dispose());
            foreach (SafeFileHandle socket in sockets)
                socket.Dispose();
            throw;
        }
    }

    private static List<LiveRing> OpenXdpRings(SourceAddress address, LiveOptions options)
    {
        IReadOnlyList<SafeFileHandle> opened = OpenDescriptors(address, options);
        try
        {
            return [.. XdpPort.Map(opened, address, options)];
        }
        catch
        {
            foreach (SafeFileHandle handle in opened)
                handle.Dispose();
            throw;
        }
    }

    private static IReadOnlyList<SafeFileHandle> OpenDescriptors(SourceAddress address, LiveOptions options)
    {
        if (options.Inherited is { } inherited)
            return [.. inherited.Descriptors.Select(Descriptors.Adopt)];
        return address.Kind == SourceKind.AfXdp ? XdpPort.Open(address, options) : PacketRing.CreateSockets(address.Target, options);
    }

    // The kernel filters packet sockets; XDP has our program alone, so that the user's filter runs here.
    private static BpfFilter? FilterOf(SourceAddress address, LiveOptions options) =>
        address.Kind == SourceKind.AfXdp && options.Filter is { } expression
            ? new BpfFilter(Libpcap.CompileFor(LinkTypeNumbers.Ethernet, expression))
            : null;
}
