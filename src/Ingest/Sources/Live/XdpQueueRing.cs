using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>One queue of an interface through AF_XDP: its RX ring is read, and the frames read out go back by the fill ring.</summary>
internal sealed class XdpQueueRing : LiveRing
{
    private readonly XdpLink _link;
    private readonly XdpSocket _socket;
    private readonly MappedRegion _frames;
    private readonly MappedRegion _receiveRegion;
    private readonly MappedRegion _fillRegion;
    private readonly XdpReceiveRing _receive;
    private readonly XdpFillRing _fill;
    private readonly ulong _frameMask;
    private long _read;

    private XdpQueueRing(XdpLink link, XdpSocket socket, MappedRegion frames, (MappedRegion, XdpReceiveRing) receive, (MappedRegion, XdpFillRing) fill, int frameBytes, bool busyPoll)
    {
        ComesSingly = !busyPoll;
        (_link, _socket, _frames) = (link, socket, frames);
        (_receiveRegion, _receive) = receive;
        (_fillRegion, _fill) = fill;
        _frameMask = ~((ulong)frameBytes - 1);
    }

    public override RingLayout Layout => RingLayout.XdpDescriptors;

    public override int Descriptor => _socket.Descriptor;

    public override ushort LinkType => LinkTypeNumbers.Ethernet;

    public override bool CountsReceived => false;

    /// <summary>Not with busy polling: there it is the reader's poll that makes the driver look for packets.</summary>
    public override bool ComesSingly { get; }

    public override string? Failure => _link.Failure;

    /// <summary>Maps a queue's rings and frames.</summary>
    public static XdpQueueRing Map(XdpLink link, XdpSocket socket, int frames, int frameBytes, bool busyPoll) =>
        new(link, socket, socket.MapFrames(frames * frameBytes), socket.MapReceiveRing(frames), socket.MapFillRing(frames), frameBytes, busyPoll);

    public override bool TryTake(out Memory<byte> window) => _receive.TryTake(out window);

    public override Memory<byte> RoomOf(Memory<byte> window) => _frames.Memory;

    public override void Consume(int bytes)
    {
        if (!_receive.TryTake(out Memory<byte> window))
            return;
        ReadOnlySpan<byte> entries = window.Span[..bytes];
        Span<byte> frames = _frames.Memory.Span;
        for (int at = 0; at < entries.Length; at += XdpReceiveRing.EntryBytes)
        {
            ulong address = BitConverter.ToUInt64(entries[(at + XdpReceiveRing.AddressOffset)..]);

            // A driver without room for the stamp must not show that of the frame that was here before.
            if (address >= XdpStamp.Bytes && address <= (ulong)frames.Length)
                frames.Slice((int)address - XdpStamp.Bytes, XdpStamp.Bytes).Clear();
            _fill.Add(address & _frameMask);
        }

        int count = bytes / XdpReceiveRing.EntryBytes;
        _receive.Consume(count);
        _fill.Publish();
        _read += count;
    }

    /// <summary>
    /// Every packet that the program redirected was read or is in one of these: too long or no frame free (dropped), RX ring full. A
    /// frame that was not free is counted twice, as dropped and as an empty fill ring.
    /// </summary>
    public override LiveCounters ReadCounters()
    {
        XdpSocket.Statistics statistics = _socket.ReadStatistics();
        long dropped = (long)statistics.ReceiveDropped, noFrame = Math.Min(dropped, (long)statistics.FillRingEmpty);
        long full = (long)statistics.ReceiveRingFull + noFrame;
        return new LiveCounters(_read + dropped + (long)statistics.ReceiveRingFull, full, dropped - noFrame, 0);
    }

    public override void Begin()
    {
        // The program sends packets from the moment that the socket is in its map.
    }

    public override void StopReceiving() => _link.Detach();

    public override void Attend(short polled)
    {
        bool hasError = (polled & (Libc.PollError | Libc.PollHangUp | Libc.PollInvalid)) != 0;
        if (hasError)
            _ = _socket.TakeError();
        _link.Look(hasError);
    }

    public override void Dispose()
    {
        _link.Dispose();
        _receiveRegion.Unmap();
        _fillRegion.Unmap();
        _socket.Close();
        _frames.Unmap();
    }
}
