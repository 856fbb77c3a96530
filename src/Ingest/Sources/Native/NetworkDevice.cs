using System.Text;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>An interface as the kernel describes it (netdevice(7)), asked through a socket: in the socket's network namespace.</summary>
/// <param name="Name">Its name now.</param>
/// <param name="Index">Its number, which stays when the name changes.</param>
/// <param name="HardwareType">ARPHRD_ value of linux/if_arp.h.</param>
/// <param name="IsUp">True where it is switched on.</param>
/// <param name="IsLoopback">True for the loopback interface.</param>
/// <param name="MtuBytes">The longest packet that it sends, without the link header.</param>
internal sealed unsafe record NetworkDevice(string Name, int Index, ushort HardwareType, bool IsUp, bool IsLoopback, int MtuBytes)
{
    // linux/sockios.h, ethtool.h
    private const nuint GetName = 0x8910;
    private const nuint GetFlags = 0x8913;
    private const nuint GetMtu = 0x8921;
    private const nuint GetHardwareAddress = 0x8927;
    private const nuint GetIndex = 0x8933;
    private const nuint Ethtool = 0x8946;
    private const uint EthtoolGetChannels = 0x3c;

    // net/if.h
    private const int NameBytes = 16;
    private const int RequestBytes = 40;
    private const ushort FlagUp = 1;
    private const ushort FlagLoopback = 8;

    // linux/if_arp.h: Ethernet, loopback, and those whose packets begin with the IP header.
    private const ushort TypeEthernet = 1;
    private const ushort TypeRawIp = 519;
    private const ushort TypeTunnel = 768;
    private const ushort TypeTunnel6 = 769;
    private const ushort TypeLoopback = 772;
    private const ushort TypeSit = 776;
    private const ushort TypeNone = 0xfffe;

    /// <summary>The interface of this name; null where there is none.</summary>
    public static NetworkDevice? Find(int socket, string name)
    {
        byte* request = stackalloc byte[RequestBytes];
        Span<byte> room = new(request, RequestBytes);
        if (!TryAsk(socket, GetIndex, name, room))
            return null;
        int index = BitConverter.ToInt32(room[NameBytes..]);
        if (!TryAsk(socket, GetFlags, name, room))
            return null;
        ushort flags = BitConverter.ToUInt16(room[NameBytes..]);
        if (!TryAsk(socket, GetHardwareAddress, name, room))
            return null;
        ushort type = BitConverter.ToUInt16(room[NameBytes..]);
        int mtu = TryAsk(socket, GetMtu, name, room) ? BitConverter.ToInt32(room[NameBytes..]) : 0;
        return new NetworkDevice(name, index, type, (flags & FlagUp) != 0, (flags & FlagLoopback) != 0, mtu);
    }

    /// <summary>What the interface of this number is called now; null where there is none.</summary>
    public static string? NameOf(int socket, int index)
    {
        byte* request = stackalloc byte[RequestBytes];
        Span<byte> room = new(request, RequestBytes);
        room.Clear();
        BitConverter.TryWriteBytes(room[NameBytes..], index);
        if (Libc.Control(socket, GetName, request) != 0)
            return null;
        int end = room[..NameBytes].IndexOf((byte)0);
        return Encoding.UTF8.GetString(room[..(end < 0 ? NameBytes : end)]);
    }

    /// <summary>How many receive queues it has: struct ethtool_channels; 1 where the driver does not say.</summary>
    public int ReceiveQueues(int socket)
    {
        // cmd, max_rx, max_tx, max_other, max_combined, rx, tx, other, combined: 32 bits each.
        const int words = 9;
        uint* channels = stackalloc uint[words];
        new Span<uint>(channels, words).Clear();
        channels[0] = EthtoolGetChannels;
        byte* request = stackalloc byte[RequestBytes];
        Span<byte> room = new(request, RequestBytes);
        WriteName(Name, room);
        BitConverter.TryWriteBytes(room[NameBytes..], (ulong)channels);
        return Libc.Control(socket, Ethtool, request) == 0 ? (int)Math.Max(1, channels[5] + channels[8]) : 1;
    }

    /// <summary>The LINKTYPE_ value of its frames; null for those that only libpcap knows.</summary>
    public ushort? LinkType => HardwareType switch
    {
        TypeEthernet or TypeLoopback => LinkTypeNumbers.Ethernet,
        TypeNone or TypeRawIp or TypeTunnel or TypeTunnel6 or TypeSit => LinkTypeNumbers.RawIp,
        _ => null,
    };

    private static bool TryAsk(int socket, nuint what, string name, Span<byte> room)
    {
        WriteName(name, room);
        fixed (byte* request = room)
            return Libc.Control(socket, what, request) == 0;
    }

    private static void WriteName(string name, Span<byte> room)
    {
        room.Clear();
        Encoding.UTF8.GetBytes(name, room[..(NameBytes - 1)]);
    }
}
