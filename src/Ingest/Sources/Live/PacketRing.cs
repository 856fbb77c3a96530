using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>A TPACKET_V3 ring on an interface: the blocks of <see cref="PacketBlockRing"/>, mapped.</summary>
internal sealed class PacketRing : LiveRing
{
    private readonly PacketSocket _socket;
    private readonly MappedRegion _region;
    private readonly PacketBlockRing _blocks;
    private readonly LinkWatch _watch;
    private readonly BpfInstruction[] _program;
    private readonly LiveOptions _options;
    private string? _failure;
    private LiveCounters _counters;

    private PacketRing(PacketSocket socket, MappedRegion region, LinkWatch watch, ushort linkType, BpfInstruction[] program, LiveOptions options)
    {
        (_socket, _region, _watch, _program, _options) = (socket, region, watch, program, options);
        LinkType = linkType;
        _blocks = new PacketBlockRing(region.Memory, options.BlockBytes);
    }

    public override RingLayout Layout => RingLayout.PacketBlock;

    public override int Descriptor => _socket.Descriptor;

    public override ushort LinkType { get; }

    /// <summary>Makes the sockets of so many readers: all that takes a privilege.</summary>
    /// <exception cref="SourceException">The privilege is missing, or the filter is not one.</exception>
    public static IReadOnlyList<SafeFileHandle> CreateSockets(string name, LiveOptions options)
    {
        BpfInstruction[]? program = options.Filter is { } expression ? Libpcap.CompileFor(name, expression) : null;
        var sockets = new List<SafeFileHandle>();
        try
        {
            for (int reader = 0; reader < options.Threads; reader++)
            {
                sockets.Add(PacketSocket.Create(name));
                if (program is not null)
                    new PacketSocket(sockets[^1]).SetFilter(program);
            }
        }
        catch
        {
            sockets.ForEach(socket => socket.Dispose());
            throw;
        }

        return sockets;
    }

    /// <summary>Opens a ring on an interface.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="handle">One of <see cref="CreateSockets"/>; the ring's from here on.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="group">The fanout group to share with; null for none yet, and set to it where there are several readers.</param>
    /// <exception cref="SourceException">There is no such interface, or the kernel refuses.</exception>
    public static PacketRing Open(string name, SafeFileHandle handle, LiveOptions options, ref ushort? group)
    {
        var socket = new PacketSocket(handle);
        MappedRegion? region = null;
        try
        {
            NetworkDevice device = NetworkDevice.Find(socket.Descriptor, name) ?? throw new SourceException($"{name}: no such interface; icmpstream interfaces lists them");
            ushort linkType = device.LinkType
                ?? throw new SourceException($"{name}: its packets (ARPHRD type {device.HardwareType}) are not Ethernet or IP: read it with libpcap:{name}");
            if (options.Threads > 1 && !device.IsUp)
                throw new SourceException($"{name} is down: several readers can share it only when it is up");

            // Until all readers have joined, each would get every packet.
            BpfInstruction[] program = options.Filter is null ? IcmpFilter.Program(linkType, options.Tunnels) : socket.ReadFilter();
            socket.SetFilter(IcmpFilter.Nothing());
            int blocks = options.BlockRingBytes / options.BlockBytes;
            socket.SetRing(options.BlockBytes, blocks, options.BlockTimeoutMs);
            region = MappedRegion.Map(socket.Descriptor, (long)blocks * options.BlockBytes, 0, isWritable: true, "the packet ring");
            if (options.UsesHardwareTime)
                socket.UseHardwareTime();
            if (device.IsLoopback)
                socket.LeaveOutSent();
            var watch = new LinkWatch(device, find => NetworkDevice.Find(socket.Descriptor, find), index => NetworkDevice.NameOf(socket.Descriptor, index), options.Events);
            var ring = new PacketRing(socket, region, watch, linkType, program, options);
            ring.Bind(isFirst: true);
            if (options.Threads > 1)
                group = socket.JoinFanout(group);
            return ring;
        }
        catch
        {
            region?.Unmap();
            socket.Dispose();
            throw;
        }
    }

    public override bool TryTake(out Memory<byte> window) => _blocks.TryTake(out window);

    public override void Consume(int bytes) => _blocks.Consume(bytes);

    public override LiveCounters ReadCounters()
    {
        (long received, long drops, long freezes) = _socket.ReadStatistics();
        return _counters += new LiveCounters(received, drops, 0, freezes);
    }

    public override string? Failure => _failure;

    public override void Begin() => _socket.SetFilter(_program);

    public override void StopReceiving() => _socket.SetFilter(IcmpFilter.Nothing());

    public override void Attend(short polled)
    {
        bool hasError = (polled & (Libc.PollError | Libc.PollHangUp | Libc.PollInvalid)) != 0;
        if (hasError)
            _ = _socket.TakeError();
        if (_watch.Look(isUrgent: hasError))
            Bind(isFirst: false);
    }

    public override void Dispose()
    {
        _region.Unmap();
        _socket.Dispose();
    }

    private void Bind(bool isFirst)
    {
        NetworkDevice device = _watch.Device;
        int error = _socket.Bind(device.Index);
        if (error != 0 && isFirst)
            throw new SourceException($"{device.Name}: cannot be read: {Libc.Reason(error)}");

        // A socket that shares with others is tied to the interface that it has begun with (EINVAL in packet_do_bind).
        if (error != 0)
        {
            _failure = $"{device.Name} is back, but cannot be read again: {Libc.Reason(error)}";
            return;
        }

        if (_options.IsPromiscuous && !device.IsLoopback && !_socket.TryListenToAll(device.Index))
            _options.Events?.Invoke($"{device.Name} has no promiscuous mode: only what is addressed to this host is seen");
        if (!isFirst)
            _options.Events?.Invoke($"{device.Name} is back; reading goes on");
        else if (!device.IsUp)
            _options.Events?.Invoke($"{device.Name} is down; waiting for it to come up");
    }
}
