using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>Where the parts of a mapped AF_XDP ring are: struct xdp_ring_offset of linux/if_xdp.h.</summary>
internal readonly record struct XdpRingOffsets(long Producer, long Consumer, long Entries, long Flags);

/// <summary>
/// The words and entries that both sides of an AF_XDP ring share (Documentation/networking/af_xdp.rst), over any memory that has
/// their shape. The indices run on through 2^32; an entry is at its index modulo the size, a power of two.
/// <code>
///                 consumer                   producer
///                    v                          v
///       +--------+--------+--------+--------+--------+--------+--------+--------+
///       | free   | filled | filled | filled | free   | free   | free   | free   |     and from the start again
///       +--------+--------+--------+--------+--------+--------+--------+--------+
///
///       fill: we produce addresses of free frames (u64), the kernel consumes them
///       RX:   the kernel produces what it received (addr u64, len u32, options u32), we consume it
/// </code>
/// Each side writes only its own index: with release, behind the entries it covers; and reads the other's with acquire, before them.
/// </summary>
internal abstract class XdpRing
{
    private const uint NeedWakeupFlag = 1;

    private readonly Memory<byte> _producer;
    private readonly Memory<byte> _consumer;
    private readonly Memory<byte> _flags;

    protected XdpRing(Memory<byte> room, XdpRingOffsets offsets, int entries, int entryBytes)
    {
        if (!int.IsPow2(entries))
            throw new ArgumentException("the size of a ring is a power of two", nameof(entries));
        Size = (uint)entries;
        _producer = room.Slice((int)offsets.Producer, sizeof(uint));
        _consumer = room.Slice((int)offsets.Consumer, sizeof(uint));
        _flags = room.Slice((int)offsets.Flags, sizeof(uint));
        Entries = room.Slice((int)offsets.Entries, entries * entryBytes);
    }

    /// <summary>How many entries there are.</summary>
    public uint Size { get; }

    /// <summary>True where the kernel sleeps until it is told that there is something to do (XDP_USE_NEED_WAKEUP).</summary>
    public bool NeedsWakeup => (Volatile.Read(ref Word(_flags)) & NeedWakeupFlag) != 0;

    protected Memory<byte> Entries { get; }

    protected uint Producer
    {
        get => Volatile.Read(ref Word(_producer));
        set => Volatile.Write(ref Word(_producer), value);
    }

    protected uint Consumer
    {
        get => Volatile.Read(ref Word(_consumer));
        set => Volatile.Write(ref Word(_consumer), value);
    }

    private static ref uint Word(Memory<byte> memory) => ref MemoryMarshal.AsRef<uint>(memory.Span);
}

/// <summary>The fill ring: frames that are free go to the kernel. One thread.</summary>
internal sealed class XdpFillRing : XdpRing
{
    private const int EntryBytes = sizeof(ulong);
    private uint _produced;

    public XdpFillRing(Memory<byte> room, XdpRingOffsets offsets, int entries)
        : base(room, offsets, entries, EntryBytes) => _produced = Producer;

    /// <summary>Writes an entry that the kernel does not see before <see cref="Publish"/>. There are never more frames than entries.</summary>
    public void Add(ulong address)
    {
        Span<ulong> entries = MemoryMarshal.Cast<byte, ulong>(Entries.Span);
        entries[(int)(_produced++ & (Size - 1))] = address;
    }

    /// <summary>How many entries are filled: added, and not yet taken by the kernel.</summary>
    public uint Filled => _produced - Consumer;

    /// <summary>Shows the kernel all that was added.</summary>
    public void Publish() => Producer = _produced;
}

/// <summary>The RX ring: what the kernel has received. One thread.</summary>
internal sealed class XdpReceiveRing : XdpRing
{
    /// <summary>Size of struct xdp_desc, and where its fields are.</summary>
    public const int EntryBytes = 16;
    public const int AddressOffset = 0;
    public const int LengthOffset = 8;
    public const int OptionsOffset = 12;

    /// <summary>Entries handed out at once at most: their frames go back to the kernel while the next ones are read.</summary>
    public const int MaxEntries = 1024;

    private uint _consumed;

    public XdpReceiveRing(Memory<byte> room, XdpRingOffsets offsets, int entries)
        : base(room, offsets, entries, EntryBytes) => _consumed = Consumer;

    /// <summary>
    /// Entries that are ready, in place and side by side, <see cref="MaxEntries"/> at most: up to the end of the ring, where they go on at
    /// its start in the next call.
    /// </summary>
    public bool TryTake(out Memory<byte> window)
    {
        uint ready = Math.Min(Producer - _consumed, Size);
        uint first = _consumed & (Size - 1);
        uint count = Math.Min(Math.Min(ready, MaxEntries), Size - first);
        window = Entries.Slice((int)first * EntryBytes, (int)count * EntryBytes);
        return count > 0;
    }

    /// <summary>Gives entries back to the kernel; their frames go back by the fill ring.</summary>
    public void Consume(int entries)
    {
        _consumed += (uint)entries;
        Consumer = _consumed;
    }
}
