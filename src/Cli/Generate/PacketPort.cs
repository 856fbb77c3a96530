using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace IcmpStream.Cli.Generate;

/// <summary>
/// A packet socket (packet(7)) that frames are sent through, for load tests between the ends of a veth pair. It sends to no interface
/// that leads out of the machine: generated floods have real addresses in them.
/// </summary>
internal sealed class PacketPort : IDisposable
{
    private readonly Socket _socket;

    private PacketPort(Socket socket) => _socket = socket;

    /// <summary>
    /// Opens an interface. Throws <see cref="CommandFailedException"/> where it is not there, leads out of the machine, or the privilege is
    /// missing.
    /// </summary>
    public static PacketPort Open(string name)
    {
        if (NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(i => string.Equals(i.Name, name, StringComparison.Ordinal)) is not { } found)
            throw new CommandFailedException($"there is no interface {name}");
        if (Directory.Exists($"/sys/class/net/{name}/device") || IsDefaultRoute(name))
            throw new CommandFailedException($"{name} leads out of this machine: generated traffic goes to loopback, dummy and veth interfaces without a default route only");
        // Not from /sys, which shows the interfaces of the namespace in which it was mounted.
        int index = found.GetIPProperties().GetIPv4Properties().Index;
        try
        {
            // Protocol 0: it sends and receives nothing.
            var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
            socket.Bind(new LinkPlace(index));
            return new PacketPort(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied or SocketError.OperationNotSupported or SocketError.ProtocolNotSupported)
        {
            throw new CommandFailedException($"sending to {name} needs CAP_NET_RAW: sudo setcap cap_net_raw+ep {Environment.ProcessPath}", e);
        }
    }

    /// <summary>Sends a frame, its Ethernet header included; waits while the interface's queue is full.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            try
            {
                _socket.Send(frame);
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                Thread.Yield();
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>/proc/net/route: name, destination, gateway...; destination 0 is everywhere. /proc/net/ipv6_route: destination, its length, ..., name.</summary>
    private static bool IsDefaultRoute(string name) =>
        (File.Exists("/proc/net/route") && File.ReadLines("/proc/net/route").Skip(1).Select(Fields).Any(f => f[0] == name && f[1] == "00000000"))
        || (File.Exists("/proc/net/ipv6_route") && name != "lo" && File.ReadLines("/proc/net/ipv6_route").Select(Fields).Any(f => f[^1] == name && f[1] == "00"));

    private static string[] Fields(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>struct sockaddr_ll of linux/if_packet.h: family, protocol (big-endian), interface index; the rest is for receiving.</summary>
    private sealed class LinkPlace(int index) : EndPoint
    {
        private const int Size = 20;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, Size);
            Span<byte> bytes = address.Buffer.Span;
            bytes[2..Size].Clear();
            BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], BitConverter.IsLittleEndian ? index : BinaryPrimitives.ReverseEndianness(index));
            return address;
        }
    }
}
