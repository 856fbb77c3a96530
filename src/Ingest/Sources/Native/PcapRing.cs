using System.Runtime.InteropServices;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// An interface through libpcap: any system, any link type. libpcap lends one packet at a time, so that packets are copied once, into the
/// records of a classic capture with nanoseconds, which the cursor reads as it reads a file's.
/// </summary>
internal sealed unsafe class PcapRing : LiveRing
{
    // As much as is copied before the reader gets it: as a block of a packet ring.
    private const int BufferBytes = 1 << 20;
    private const int RecordBytes = CaptureHeader.ClassicRecordBytes;
    private const int NanosecondPrecision = 1;
    private const long NsPerSecond = 1_000_000_000;

    // For link types that our own program does not know; headers that ICMPv6 may follow are IcmpFilter's.
    private const string AnyLinkFilter = "icmp or icmp6 or (ip6 and (ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 51 or ip6[6] == 60))";

    private readonly nint _handle;
    private readonly uint _nsPerFraction;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private long _stopNs = long.MaxValue;
    private bool _isStopped;
    private string? _failure;

    private PcapRing(nint handle, ushort linkType, uint nsPerFraction) => (_handle, LinkType, _nsPerFraction) = (handle, linkType, nsPerFraction);

    public override RingLayout Layout => RingLayout.None;

    public override int Descriptor => Libpcap.Descriptor(_handle);

    public override ushort LinkType { get; }

    public override bool CountsReceived => false;

    public override string? Failure => _failure;

    /// <summary>Opens an interface.</summary>
    /// <exception cref="SourceException">It is not there, the privilege or the library is missing, or the filter is not one.</exception>
    public static PcapRing Open(string name, LiveOptions options)
    {
        nint handle = Libpcap.Open(name);
        try
        {
            bool isConfigured = Libpcap.SetSnapBytes(handle, Libpcap.SnapBytes) == 0
                && Libpcap.SetPromiscuous(handle, options.IsPromiscuous ? 1 : 0) == 0
                && Libpcap.SetTimeout(handle, options.BlockTimeoutMs) == 0
                && Libpcap.SetBufferBytes(handle, options.BlockRingBytes) == 0;
            if (!isConfigured)
                throw new SourceException($"{name}: {Libpcap.Reason(handle)}");
            uint nsPerFraction = Libpcap.SetTimePrecision(handle, NanosecondPrecision) == 0 ? 1u : 1000u;
            Libpcap.Activate(handle, name);
            ushort linkType = (ushort)Libpcap.LinkType(handle);
            SetFilter(handle, name, linkType, options);
            byte* error = stackalloc byte[Libpcap.ErrorBytes];
            if (Libpcap.SetNonBlocking(handle, 1, error) != 0)
                throw new SourceException($"{name}: {Marshal.PtrToStringUTF8((nint)error)}");
            return new PcapRing(handle, linkType, nsPerFraction);
        }
        catch
        {
            Libpcap.Close(handle);
            throw;
        }
    }

    public override bool TryTake(out Memory<byte> window)
    {
        if (_start == _end)
            Refill();
        window = _buffer.AsMemory(_start, _end - _start);
        return !window.IsEmpty;
    }

    public override void Consume(int bytes) => _start += bytes;

    public override LiveCounters ReadCounters()
    {
        Libpcap.Counts counts;
        return Libpcap.ReadCounts(_handle, &counts) == 0
            ? new LiveCounters(counts.Received, counts.Dropped, counts.InterfaceDropped, 0)
            : default;
    }

    public override void Begin()
    {
        // Activated handles capture.
    }

    // Changing the filter would throw away what libpcap holds; what comes later than now is left instead.
    public override void StopReceiving() => _stopNs = Polling.RealtimeNs();

    public override void Attend(short polled)
    {
        // What happens to the interface is what the next read says.
    }

    public override void Dispose() => Libpcap.Close(_handle);

    private void Refill()
    {
        (_start, _end) = (0, 0);
        while (!_isStopped && _failure is null && _end + RecordBytes + Libpcap.SnapBytes <= BufferBytes)
        {
            Libpcap.Header* header;
            byte* data;
            int result = Libpcap.Next(_handle, &header, &data);
            if (result == 0)
                return;
            if (result < 0)
            {
                _failure = Libpcap.Reason(_handle);
                return;
            }

            Copy(*header, data);
        }
    }

    private void Copy(in Libpcap.Header header, byte* data)
    {
        long fraction = header.Fraction * _nsPerFraction;
        if ((header.Seconds * NsPerSecond) + fraction > _stopNs)
        {
            _isStopped = true;
            return;
        }

        Span<byte> record = _buffer.AsSpan(_end);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)header.Seconds);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)fraction);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(record[8..], header.Captured);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(record[12..], header.Original);
        new ReadOnlySpan<byte>(data, (int)header.Captured).CopyTo(record[RecordBytes..]);
        _end += RecordBytes + (int)header.Captured;
    }

    private static void SetFilter(nint handle, string name, ushort linkType, LiveOptions options)
    {
        bool isKnown = linkType is LinkTypeNumbers.Ethernet or LinkTypeNumbers.RawIp;
        if (options.Filter is null && !isKnown && options.Tunnels)
            return;
        BpfInstruction[] program = options.Filter is null && isKnown
            ? IcmpFilter.Program(linkType, options.Tunnels)
            : Libpcap.Compile(handle, options.Filter ?? AnyLinkFilter);
        fixed (BpfInstruction* first = program)
        {
            Libpcap.Program attached = new() { Count = (uint)program.Length, Instructions = first };
            if (Libpcap.SetFilter(handle, &attached) != 0)
                throw new SourceException($"{name}: the filter cannot be set: {Libpcap.Reason(handle)}");
        }
    }
}
