using System.Runtime.InteropServices;
using IcmpStream.Ingest.Sources.Live;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// An AF_PACKET socket (packet(7)). Only making it takes CAP_NET_RAW; all else, binding it again included, does not: so it can be made
/// first, the privilege dropped, and an interface that went away be taken up again when it is back.
/// </summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    // linux/if_packet.h
    private const int AddMembership = 1;
    private const int ReceiveRing = 5;
    private const int Statistics = 6;
    private const int Version = 10;
    private const int Reserve = 12;
    private const int Timestamp = 17;
    private const int Fanout = 18;
    private const int IgnoreOutgoing = 23;
    private const int TpacketV3 = 2;
    private const ushort MembershipPromiscuous = 1;
    private const int FanoutUniqueId = 0x2000;

    // linux/net_tstamp.h: SOF_TIMESTAMPING_RAW_HARDWARE.
    private const int RawHardware = 1 << 6;

    // asm-generic/socket.h
    private const int SocketError = 4;
    private const int AttachFilter = 26;

    // ETH_P_ALL of linux/if_ether.h in network byte order.
    private const ushort AllProtocols = 0x0300;

    // Room for the VLAN tag in front of each frame, as in libpcap (VLAN_TAG_LEN).
    private const int VlanTagBytes = 4;

    private readonly SafeFileHandle _handle;

    public PacketSocket(SafeFileHandle handle) => _handle = handle;

    /// <summary>The number that poll and mmap want.</summary>
    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Makes a socket that receives nothing before it is bound.</summary>
    /// <exception cref="SourceException">The privilege is missing, or the kernel has no packet sockets.</exception>
    public static SafeFileHandle Create(string name)
    {
        int socket = Libc.Socket(Libc.AddressFamilyPacket, Libc.SocketRaw | Libc.SocketCloseOnExec, 0);
        if (socket >= 0)
            return new SafeFileHandle(socket, ownsHandle: true);
        int error = Libc.LastError;
        throw error == Libc.EPERM
            ? Privilege.Missing($"{name}: a packet socket needs CAP_NET_RAW")
            : new SourceException($"{name}: no packet socket: {Libc.Reason(error)}");
    }

    /// <summary>Has the kernel lay out the ring; it is mapped with the descriptor.</summary>
    public void SetRing(int blockBytes, int blocks, int blockTimeoutMs)
    {
        Set(Libc.LevelPacket, Version, TpacketV3);
        Set(Libc.LevelPacket, Reserve, VlanTagBytes);

        // Frames of TPACKET_V3 have their own lengths: the frame size only has to divide the block.
        Request request = new()
        {
            BlockBytes = (uint)blockBytes,
            Blocks = (uint)blocks,
            FrameBytes = (uint)Environment.SystemPageSize,
            Frames = (uint)(blockBytes / Environment.SystemPageSize * blocks),
            TimeoutMs = (uint)blockTimeoutMs,
        };
        if (Libc.SetSocketOption(Descriptor, Libc.LevelPacket, ReceiveRing, &request, (uint)sizeof(Request)) != 0)
            throw new SourceException($"a ring of {blocks} blocks of {blockBytes} bytes: {Libc.Reason(Libc.LastError)}; --ring-size makes it smaller");
    }

    /// <summary>Lets only those packets in that the program accepts.</summary>
    public void SetFilter(ReadOnlySpan<BpfInstruction> program)
    {
        fixed (BpfInstruction* first = program)
        {
            Program attached = new() { Count = (ushort)program.Length, Instructions = first };
            if (Libc.SetSocketOption(Descriptor, Libc.LevelSocket, AttachFilter, &attached, (uint)sizeof(Program)) != 0)
                throw new SourceException($"the kernel refuses the packet filter of {program.Length} instructions: {Libc.Reason(Libc.LastError)}");
        }
    }

    /// <summary>The program that was attached last: it travels with the socket to a process that could not compile it.</summary>
    public BpfInstruction[] ReadFilter()
    {
        // BPF_MAXINSNS of linux/bpf_common.h; the length of this option counts instructions, not bytes.
        const int most = 4096;
        var program = new BpfInstruction[most];
        uint count = most;
        fixed (BpfInstruction* first = program)
        {
            if (Libc.GetSocketOption(Descriptor, Libc.LevelSocket, AttachFilter, first, &count) != 0)
                throw new SourceException($"the packet filter cannot be read back: {Libc.Reason(Libc.LastError)}");
        }

        return program[..(int)count];
    }

    /// <summary>Takes the card's own times, where its driver stamps frames; the kernel's elsewhere.</summary>
    public void UseHardwareTime() => Set(Libc.LevelPacket, Timestamp, RawHardware);

    /// <summary>Leaves out what the interface sends: a loopback shows every packet a second time when it comes in.</summary>
    public void LeaveOutSent() => Set(Libc.LevelPacket, IgnoreOutgoing, 1);

    /// <summary>Receives from an interface; 0, or the error.</summary>
    public int Bind(int interfaceIndex)
    {
        Address address = new() { Family = Libc.AddressFamilyPacket, Protocol = AllProtocols, InterfaceIndex = interfaceIndex };
        return Libc.Bind(Descriptor, &address, (uint)sizeof(Address)) == 0 ? 0 : Libc.LastError;
    }

    /// <summary>Receives what is addressed to others too, as long as the socket is open. False where the interface cannot.</summary>
    public bool TryListenToAll(int interfaceIndex)
    {
        Membership membership = new() { InterfaceIndex = interfaceIndex, Type = MembershipPromiscuous };
        return Libc.SetSocketOption(Descriptor, Libc.LevelPacket, AddMembership, &membership, (uint)sizeof(Membership)) == 0;
    }

    /// <summary>
    /// Shares the interface's packets with other sockets, by a hash of each flow that is the same in both directions, ports aside for
    /// ICMP: a pair of addresses stays on one socket. Without PACKET_FANOUT_FLAG_DEFRAG, which would hide a ping of death.
    /// </summary>
    /// <param name="group">The group to join; null for a new one.</param>
    /// <returns>The group.</returns>
    public ushort JoinFanout(ushort? group)
    {
        const int fanoutHash = 0;
        Set(Libc.LevelPacket, Fanout, group ?? (fanoutHash | FanoutUniqueId) << 16);
        if (group is not null)
            return group.Value;
        int joined = 0;
        uint bytes = sizeof(int);
        if (Libc.GetSocketOption(Descriptor, Libc.LevelPacket, Fanout, &joined, &bytes) != 0)
            throw new SourceException($"the packet fanout cannot be asked: {Libc.Reason(Libc.LastError)}");
        return (ushort)joined;
    }

    /// <summary>What the kernel counted since it was asked last: packets that passed the filter, lost ones included.</summary>
    public (long Received, long Drops, long Freezes) ReadStatistics()
    {
        Counts counts = default;
        uint bytes = (uint)sizeof(Counts);
        return Libc.GetSocketOption(Descriptor, Libc.LevelPacket, Statistics, &counts, &bytes) == 0 ? (counts.Packets, counts.Drops, counts.Freezes) : default;
    }

    /// <summary>Takes the error that poll has announced; 0 where there is none.</summary>
    public int TakeError()
    {
        int error = 0;
        uint bytes = sizeof(int);
        return Libc.GetSocketOption(Descriptor, Libc.LevelSocket, SocketError, &error, &bytes) == 0 ? error : Libc.LastError;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void Set(int level, int name, int value)
    {
        if (Libc.SetSocketOption(Descriptor, level, name, &value, sizeof(int)) != 0)
            throw new SourceException($"the kernel refuses packet socket option {name} = {value}: {Libc.Reason(Libc.LastError)}");
    }

    /// <summary>struct tpacket_req3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Request
    {
        public uint BlockBytes;
        public uint Blocks;
        public uint FrameBytes;
        public uint Frames;
        public uint TimeoutMs;
        public uint PrivateBytes;
        public uint Features;
    }

    /// <summary>struct tpacket_stats_v3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Counts
    {
        public uint Packets;
        public uint Drops;
        public uint Freezes;
    }

    /// <summary>struct sockaddr_ll.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Address
    {
        public ushort Family;
        public ushort Protocol;
        public int InterfaceIndex;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressBytes;
        public ulong HardwareAddress;
    }

    /// <summary>struct packet_mreq.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Membership
    {
        public int InterfaceIndex;
        public ushort Type;
        public ushort AddressBytes;
        public ulong HardwareAddress;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Program
    {
        public ushort Count;
        public BpfInstruction* Instructions;
    }
}
