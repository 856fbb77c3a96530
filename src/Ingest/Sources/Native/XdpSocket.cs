using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// An AF_XDP socket on one queue, with its frames' memory (Documentation/networking/af_xdp.rst). The memory is a file in memory, so that
/// it can be mapped again by the program that this process becomes when it drops its privileges.
/// </summary>
internal sealed unsafe class XdpSocket
{
    // linux/if_xdp.h
    private const int MapOffsets = 1;
    private const int ReceiveRing = 2;
    private const int RegisterFrames = 4;
    private const int FillRing = 5;
    private const int CompletionRing = 6;
    private const int StatisticsOption = 7;
    private const int OptionsOption = 8;
    private const ushort UseNeedWakeup = 1 << 3;
    private const uint OptionZeroCopy = 1;
    private const long ReceivePage = 0;
    private const long FillPage = 0x1_0000_0000;

    // asm-generic/socket.h
    private const int SocketError = 4;
    private const int BusyPoll = 46;
    private const int PreferBusyPoll = 69;
    private const int BusyPollBudget = 70;

    // The smallest that the kernel takes: we send nothing.
    private const int CompletionEntries = 2;

    // As in the kernel's own sample (xdpsock): 20 us, 64 packets.
    private const int BusyPollUs = 20;
    private const int BusyPollPackets = 64;

    private const uint FileCloseOnExec = 1;

    private XdpSocket(SafeFileHandle socket, SafeFileHandle frames) => (Socket, Frames) = (socket, frames);

    /// <summary>The socket.</summary>
    public SafeFileHandle Socket { get; }

    /// <summary>The memory of the frames.</summary>
    public SafeFileHandle Frames { get; }

    /// <summary>The number that poll and mmap want.</summary>
    public int Descriptor => (int)Socket.DangerousGetHandle();

    /// <summary>One that was opened before.</summary>
    public static XdpSocket Adopt(SafeFileHandle socket, SafeFileHandle frames) => new(socket, frames);

    /// <summary>Opens a socket on a queue, with all its frames given to the kernel.</summary>
    /// <exception cref="SourceException">The privilege is missing, or the kernel refuses.</exception>
    public static XdpSocket Open(NetworkDevice device, int queue, int frames, int frameBytes, bool busyPoll)
    {
        int descriptor = Libc.Socket(Libc.AddressFamilyXdp, Libc.SocketRaw | Libc.SocketCloseOnExec, 0);
        if (descriptor < 0)
        {
            int error = Libc.LastError;
            throw error == Libc.EPERM
                ? Privilege.Missing($"{device.Name}: an XDP socket needs CAP_NET_RAW")
                : new SourceException($"{device.Name}: no XDP socket: {Libc.Reason(error)}; afpacket:{device.Name} reads without it");
        }

        var socket = new XdpSocket(new SafeFileHandle(descriptor, ownsHandle: true), CreateFrames((long)frames * frameBytes));
        try
        {
            socket.SetUp(device, queue, frames, frameBytes);
            if (busyPoll)
                socket.PollTheDriver(device.Name);
            return socket;
        }
        catch
        {
            socket.Close();
            throw;
        }
    }

    /// <summary>Maps the frames.</summary>
    public MappedRegion MapFrames(int bytes) => MappedRegion.Map((int)Frames.DangerousGetHandle(), bytes, 0, isWritable: true, "the memory of frames");

    /// <summary>Maps the RX ring.</summary>
    public (MappedRegion Region, XdpReceiveRing Ring) MapReceiveRing(int entries)
    {
        XdpRingOffsets offsets = ReadOffsets(0);
        MappedRegion region = MappedRegion.Map(Descriptor, offsets.Entries + ((long)entries * XdpReceiveRing.EntryBytes), ReceivePage, isWritable: true, "the RX ring");
        return (region, new XdpReceiveRing(region.Memory, offsets, entries));
    }

    /// <summary>Maps the fill ring.</summary>
    public (MappedRegion Region, XdpFillRing Ring) MapFillRing(int entries)
    {
        XdpRingOffsets offsets = ReadOffsets(2);
        MappedRegion region = MappedRegion.Map(Descriptor, offsets.Entries + ((long)entries * sizeof(ulong)), FillPage, isWritable: true, "the fill ring");
        return (region, new XdpFillRing(region.Memory, offsets, entries));
    }

    /// <summary>XDP_STATISTICS since the socket was opened.</summary>
    public Statistics ReadStatistics()
    {
        Statistics statistics = default;
        uint bytes = (uint)sizeof(Statistics);
        _ = Libc.GetSocketOption(Descriptor, Libc.LevelXdp, StatisticsOption, &statistics, &bytes);
        return statistics;
    }

    /// <summary>True where the card writes into the frames itself.</summary>
    public bool IsZeroCopy()
    {
        uint options = 0, bytes = sizeof(uint);
        return Libc.GetSocketOption(Descriptor, Libc.LevelXdp, OptionsOption, &options, &bytes) == 0 && (options & OptionZeroCopy) != 0;
    }

    /// <summary>Takes the error that poll has announced; 0 where there is none.</summary>
    public int TakeError()
    {
        int error = 0;
        uint bytes = sizeof(int);
        return Libc.GetSocketOption(Descriptor, Libc.LevelSocket, SocketError, &error, &bytes) == 0 ? error : Libc.LastError;
    }

    /// <summary>Closes both.</summary>
    public void Close()
    {
        Socket.Dispose();
        Frames.Dispose();
    }

    private static SafeFileHandle CreateFrames(long bytes)
    {
        int file = Libc.CreateMemoryFile("icmpstream-frames", FileCloseOnExec);
        if (file < 0 || Libc.SetLength(file, bytes) != 0)
            throw new SourceException($"{bytes} bytes of memory for frames: {Libc.Reason(Libc.LastError)}");
        return new SafeFileHandle(file, ownsHandle: true);
    }

    private void SetUp(NetworkDevice device, int queue, int frames, int frameBytes)
    {
        // The registration pins the pages; they stay when this mapping goes.
        MappedRegion memory = MapFrames(frames * frameBytes);
        try
        {
            FramesRegistration registration = new() { Address = memory.Address, Bytes = (ulong)((long)frames * frameBytes), FrameBytes = (uint)frameBytes };
            if (Libc.SetSocketOption(Descriptor, Libc.LevelXdp, RegisterFrames, &registration, (uint)sizeof(FramesRegistration)) != 0)
                throw FramesRefused(device.Name, registration.Bytes, Libc.LastError);
        }
        finally
        {
            memory.Unmap();
        }

        SetRing(FillRing, frames);
        SetRing(CompletionRing, CompletionEntries);
        SetRing(ReceiveRing, frames);
        (MappedRegion region, XdpFillRing ring) = MapFillRing(frames);
        for (int frame = 0; frame < frames; frame++)
            ring.Add((ulong)frame * (ulong)frameBytes);
        ring.Publish();
        region.Unmap();
        Bind(device, queue);
    }

    // Without XDP_COPY and XDP_ZEROCOPY the kernel takes zero-copy where the driver has it, and copies elsewhere.
    private void Bind(NetworkDevice device, int queue)
    {
        Address address = new() { Family = Libc.AddressFamilyXdp, Flags = UseNeedWakeup, InterfaceIndex = (uint)device.Index, Queue = (uint)queue };
        if (Libc.Bind(Descriptor, &address, (uint)sizeof(Address)) == 0)
            return;
        int error = Libc.LastError;
        throw error switch
        {
            Libc.EBUSY => new SourceException($"{device.Name}: queue {queue} has an XDP socket of another process"),
            Libc.EINVAL => new SourceException($"{device.Name}: no queue {queue}, or no XDP sockets on it"),
            _ => new SourceException($"{device.Name}: queue {queue} cannot be read: {Libc.Reason(error)}"),
        };
    }

    private void PollTheDriver(string name)
    {
        foreach ((int option, int value) in (ReadOnlySpan<(int, int)>)[(PreferBusyPoll, 1), (BusyPoll, BusyPollUs), (BusyPollBudget, BusyPollPackets)])
        {
            int copy = value;
            if (Libc.SetSocketOption(Descriptor, Libc.LevelSocket, option, &copy, sizeof(int)) != 0)
                throw new SourceException($"{name}: --busy-poll: {Libc.Reason(Libc.LastError)}");
        }
    }

    private void SetRing(int option, int entries)
    {
        if (Libc.SetSocketOption(Descriptor, Libc.LevelXdp, option, &entries, sizeof(int)) != 0)
            throw new SourceException($"an XDP ring of {entries} entries: {Libc.Reason(Libc.LastError)}");
    }

    private XdpRingOffsets ReadOffsets(int ring)
    {
        // rx, tx, fill, completion: four times producer, consumer, entries, flags.
        const int rings = 4, words = 4;
        ulong* offsets = stackalloc ulong[rings * words];
        uint bytes = rings * words * sizeof(ulong);
        if (Libc.GetSocketOption(Descriptor, Libc.LevelXdp, MapOffsets, offsets, &bytes) != 0 || bytes != rings * words * sizeof(ulong))
            throw new SourceException("the kernel's XDP rings have no flags: Linux 5.4 is needed");
        ulong* at = offsets + (ring * words);
        return new XdpRingOffsets((long)at[0], (long)at[1], (long)at[2], (long)at[3]);
    }

    // xdp_umem_account_pages: beyond RLIMIT_MEMLOCK without CAP_IPC_LOCK.
    private static SourceException FramesRefused(string name, ulong bytes, int error) => error == Libc.ENOBUFS
        ? new SourceException($"{name}: {bytes} bytes of locked memory are more than RLIMIT_MEMLOCK allows: raise it (ulimit -l), give cap_ipc_lock too, or make --ring-size smaller")
        : new SourceException($"{name}: the memory of frames: {Libc.Reason(error)}");

    /// <summary>struct xdp_umem_reg, as of Linux 5.4.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FramesRegistration
    {
        public ulong Address;
        public ulong Bytes;
        public uint FrameBytes;
        public uint HeadroomBytes;
        public uint Flags;
    }

    /// <summary>struct sockaddr_xdp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Address
    {
        public ushort Family;
        public ushort Flags;
        public uint InterfaceIndex;
        public uint Queue;
        public uint SharedSocket;
    }

    /// <summary>struct xdp_statistics.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Statistics
    {
        public ulong ReceiveDropped;
        public ulong ReceiveInvalid;
        public ulong SendInvalid;
        public ulong ReceiveRingFull;
        public ulong FillRingEmpty;
        public ulong SendRingEmpty;
    }
}
