using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// An interface opened for AF_XDP: all that takes a privilege. The program on its link and a socket for each queue; or, for copies, the
/// program and its ring buffer.
/// <code>
///       redirect: link, then for each queue: socket, memory of frames        copy: link, ring buffer, totals
/// </code>
/// in this order as descriptors.
/// </summary>
internal static class XdpPort
{
    // XDP_PACKET_HEADROOM of linux/bpf.h, in front of each frame in its room.
    private const int HeadroomBytes = 256;
    private const int SmallFrameBytes = 2048;
    private const int LargeFrameBytes = 4096;

    // An Ethernet header and two VLAN tags on top of the MTU.
    private const int LinkBytes = 14 + 8;

    // For each queue, however many there are: a burst of 2,048 frames.
    private const int MinQueueBytes = 4 << 20;

    /// <summary>Opens it; the descriptors are the caller's.</summary>
    public static IReadOnlyList<SafeFileHandle> Open(SourceAddress address, LiveOptions options)
    {
        using SafeFileHandle control = ControlSocket.Open();
        NetworkDevice device = Find(control, address);
        int queues = device.ReceiveQueues((int)control.DangerousGetHandle());
        if (address.Queue >= queues)
            throw new SourceException($"{address}: {device.Name} has queues 0 to {queues - 1}");
        if (device.LinkType != LinkTypeNumbers.Ethernet)
            throw new SourceException($"{address}: {device.Name} has no Ethernet frames: afpacket:{device.Name} reads it");
        XdpProgram program = XdpProgram.Attach(device, options, queues, CopyBytes(options));
        var opened = new List<SafeFileHandle> { program.Link };
        try
        {
            if (options.Copy)
            {
                opened.AddRange([program.Copies!, program.Totals!]);
            }
            else
            {
                Shape shape = ShapeOf(device, address, options, queues);
                foreach (int queue in shape.Queues)
                    OpenQueue(program, device, queue, shape, options, opened);
                program.Sockets!.Dispose();
            }

            options.Events?.Invoke($"{device.Name}: XDP program in {(program.IsNative ? "native" : "generic")} mode, {(options.Copy ? "copying" : "taking")} ICMP");
            if (device.MtuBytes + LinkBytes > LargeFrameBytes - HeadroomBytes && !options.Copy)
                options.Events?.Invoke($"{device.Name} has an MTU of {device.MtuBytes}: frames over {LargeFrameBytes - HeadroomBytes} bytes are dropped and counted");
            return opened;
        }
        catch
        {
            opened.ForEach(handle => handle.Dispose());
            program.Dispose();
            throw;
        }
    }

    /// <summary>Maps what <see cref="Open"/> has opened.</summary>
    public static IReadOnlyList<LiveRing> Map(IReadOnlyList<SafeFileHandle> opened, SourceAddress address, LiveOptions options)
    {
        SafeFileHandle control = ControlSocket.Open();
        NetworkDevice device = Find(control, address);
        int socket = (int)control.DangerousGetHandle();
        var link = new XdpLink(opened[0], control, device, options.Events);
        if (options.Copy)
            return [XdpCopyRing.Map(link, opened[1], opened[2], CopyBytes(options))];
        Shape shape = ShapeOf(device, address, options, device.ReceiveQueues(socket));
        var rings = new List<LiveRing>();
        for (int queue = 0; queue < shape.Queues.Count; queue++)
            rings.Add(XdpQueueRing.Map(link, XdpSocket.Adopt(opened[1 + (2 * queue)], opened[2 + (2 * queue)]), shape.Frames, shape.FrameBytes, options.BusyPoll));
        return rings;
    }

    private static void OpenQueue(XdpProgram program, NetworkDevice device, int queue, Shape shape, LiveOptions options, List<SafeFileHandle> opened)
    {
        XdpSocket socket = XdpSocket.Open(device, queue, shape.Frames, shape.FrameBytes, options.BusyPoll);
        opened.AddRange([socket.Socket, socket.Frames]);
        program.SetSocket(queue, socket.Descriptor);
        if (queue == shape.Queues[0])
            options.Events?.Invoke($"{device.Name}: {shape.Queues.Count} of {shape.DeviceQueues} queues, {(socket.IsZeroCopy() ? "without copying (zero-copy)" : "copied once by the kernel")}");
    }

    private static NetworkDevice Find(SafeFileHandle control, SourceAddress address) =>
        NetworkDevice.Find((int)control.DangerousGetHandle(), address.Target)
        ?? throw new SourceException($"{address.Target}: no such interface; icmpstream interfaces lists them");

    private static Shape ShapeOf(NetworkDevice device, SourceAddress address, LiveOptions options, int queues)
    {
        int frameBytes = device.MtuBytes + LinkBytes <= SmallFrameBytes - HeadroomBytes ? SmallFrameBytes : LargeFrameBytes;
        IReadOnlyList<int> own = address.Queue is { } queue ? [queue] : [.. Enumerable.Range(0, queues)];
        int bytes = Math.Max(options.XdpRingBytes / own.Count, Math.Min(MinQueueBytes, options.XdpRingBytes));
        return new Shape(own, queues, PowerOfTwoBelow(bytes / frameBytes), frameBytes);
    }

    // Mapped twice, behind its two pages of positions, and that in one piece.
    private static int CopyBytes(LiveOptions options) => PowerOfTwoBelow(Math.Min(options.BlockRingBytes, 1 << 29));

    private static int PowerOfTwoBelow(int value) => 1 << int.Log2(value);

    private sealed record Shape(IReadOnlyList<int> Queues, int DeviceQueues, int Frames, int FrameBytes);
}
