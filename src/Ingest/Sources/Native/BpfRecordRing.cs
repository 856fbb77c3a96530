using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// The consuming side of a BPF ring buffer (BPF_MAP_TYPE_RINGBUF, Documentation/bpf/ringbuf.rst), over any memory that has its shape.
/// Its data is mapped twice, one behind the other, so that a record never wraps. Positions are bytes that run on for ever.
/// <code>
///        consumer position (ours)         producer position (the kernel's)
///             v                                 v
///       +-----+-----------+-----------+---------+------------+---------- the same bytes once more ...
///       |     | len, data | len, data | BUSY .. | free       |
///       +-----+-----------+-----------+---------+------------+----------
///
///       record: u32 length (bit 31: BUSY, still written; bit 30: DISCARD, to be skipped), u32 page offset, data, up to a multiple of 8
/// </code>
/// Each length is read with acquire, since the writer clears BUSY with release behind the data; the consumer position is written with
/// release behind the reading. One thread.
/// </summary>
internal sealed class BpfRecordRing
{
    /// <summary>BPF_RINGBUF_HDR_SZ.</summary>
    public const int HeaderBytes = 8;

    /// <summary>BPF_RINGBUF_BUSY_BIT.</summary>
    public const uint BusyFlag = 1u << 31;

    /// <summary>BPF_RINGBUF_DISCARD_BIT.</summary>
    public const uint DiscardFlag = 1u << 30;

    /// <summary>Records handed out at once at most: the walk over their headers stays short, and so does what waits for being given back.</summary>
    private const int MaxRecords = 1024;

    private readonly Memory<byte> _consumer;
    private readonly Memory<byte> _producer;
    private readonly Memory<byte> _data;
    private readonly long _mask;
    private long _consumed;

    /// <summary>A ring, from where its consumer position stands.</summary>
    /// <param name="consumer">The page with the consumer position.</param>
    /// <param name="producer">The page with the producer position.</param>
    /// <param name="data">The data, twice.</param>
    public BpfRecordRing(Memory<byte> consumer, Memory<byte> producer, Memory<byte> data)
    {
        if (!int.IsPow2(data.Length / 2) || data.Length % 2 != 0)
            throw new ArgumentException("the size of a ring is a power of two, mapped twice", nameof(data));
        (_consumer, _producer, _data) = (consumer, producer, data);
        _mask = (data.Length / 2) - 1;
        _consumed = Volatile.Read(ref Position(_consumer));
    }

    /// <summary>The records that are complete, side by side, up to the first that is still written; false where there is none.</summary>
    public bool TryTake(out Memory<byte> window)
    {
        long ready = Volatile.Read(ref Position(_producer)) - _consumed;
        int start = (int)(_consumed & _mask);
        Span<byte> data = _data.Span;
        int end = start;
        for (int records = 0; records < MaxRecords && end - start < ready; records++)
        {
            uint length = Volatile.Read(ref MemoryMarshal.AsRef<uint>(data[end..]));
            if ((length & BusyFlag) != 0)
                break;
            int bytes = RecordBytes(length);
            if (bytes > ready - (end - start))
                break;
            end += bytes;
        }

        window = _data[start..end];
        return end > start;
    }

    /// <summary>Gives whole records back.</summary>
    public void Consume(int bytes)
    {
        _consumed += bytes;
        Volatile.Write(ref Position(_consumer), _consumed);
    }

    /// <summary>What a record takes in the ring, with its header.</summary>
    public static int RecordBytes(uint length) => (int)(((length & ~(BusyFlag | DiscardFlag)) + HeaderBytes + 7) & ~7u);

    private static ref long Position(Memory<byte> page) => ref MemoryMarshal.AsRef<long>(page.Span);
}
