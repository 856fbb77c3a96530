using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// The consuming side of a TPACKET_V3 ring (linux/if_packet.h, Documentation/networking/packet_mmap.rst), over any memory that has
/// its shape: blocks that the kernel fills one after the other, closes when they are full or <c>tp_retire_blk_tov</c> has passed, and
/// gets back one by one.
/// <code>
///        block 0            block 1            block 2            block n-1
///       +------------------+------------------+------------------+ ... +------------------+
///       | USER  (read out) | USER  (ready)    | KERNEL (filling) |     | KERNEL (free)    |
///       +------------------+------------------+------------------+ ... +------------------+
///          ^ _block: the one we read              ^ the kernel's          then from the start again
///
///       one block, 48-byte header first:
///       +---------------+-----------+-----------+--------------------+---------+--------------------------------+
///       | version, priv | 8: status | 12: count | 16: first frame at | 20: end | ... private area, if any ...   |
///       +---------------+-----------+-----------+--------------------+---------+--------------------------------+
///       | frame: 48-byte header, room for a VLAN tag, bytes | frame ... | the last one's next offset is 0 | end |
///       +---------------------------------------------------------------------------------------------------+
/// </code>
/// The status word passes a block between two owners: it is read with acquire before anything else of the block, and written with
/// release when all of it is done with. One thread.
/// </summary>
internal sealed class PacketBlockRing
{
    /// <summary>Where the fields of struct tpacket_block_desc are, in bytes.</summary>
    public const int StatusOffset = 8;
    public const int CountOffset = 12;
    public const int FirstOffset = 16;
    public const int EndOffset = 20;

    /// <summary>Size of struct tpacket_block_desc.</summary>
    public const int HeaderBytes = 48;

    private const uint StatusKernel = 0;
    private const uint StatusUser = 1;

    private readonly Memory<byte> _room;
    private readonly int _blockBytes;
    private readonly int _blocks;
    private int _block;
    private int _next;
    private int _end;

    /// <summary>A ring whose next block is the first.</summary>
    /// <param name="room">All blocks, side by side.</param>
    /// <param name="blockBytes">Size of each.</param>
    public PacketBlockRing(Memory<byte> room, int blockBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockBytes, HeaderBytes);
        if (room.Length == 0 || room.Length % blockBytes != 0)
            throw new ArgumentException("a ring is a whole number of blocks", nameof(room));
        _room = room;
        _blockBytes = blockBytes;
        _blocks = room.Length / blockBytes;
    }

    /// <summary>Frames in the blocks given back so far, as the kernel counted them.</summary>
    public long Frames { get; private set; }

    /// <summary>Blocks that made no sense and were given back unread: none, as long as the kernel keeps its word.</summary>
    public long BrokenBlocks { get; private set; }

    /// <summary>The unread part of the block that is ours; false while the kernel has it.</summary>
    public bool TryTake(out Memory<byte> window)
    {
        while (_end == 0)
        {
            if ((Volatile.Read(ref Status()) & StatusUser) == 0)
            {
                window = default;
                return false;
            }

            Open();
        }

        window = Block.Slice(_next, _end - _next);
        return true;
    }

    /// <summary>Moves on by so many bytes of the window; behind the last one the block is the kernel's again.</summary>
    public void Consume(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _end - _next);
        _next += bytes;
        if (_next == _end && _end != 0)
            GiveBack();
    }

    private Memory<byte> Block => _room.Slice(_block * _blockBytes, _blockBytes);

    private void Open()
    {
        ReadOnlySpan<byte> block = Block.Span;
        uint count = BitConverter.ToUInt32(block[CountOffset..]);
        uint first = BitConverter.ToUInt32(block[FirstOffset..]);
        uint end = BitConverter.ToUInt32(block[EndOffset..]);
        bool isSound = first >= HeaderBytes && end <= (uint)_blockBytes && first <= end;
        if (!isSound)
            BrokenBlocks++;
        if (!isSound || count == 0 || first == end)
        {
            GiveBack();
            return;
        }

        Frames += count;
        (_next, _end) = ((int)first, (int)end);
    }

    private void GiveBack()
    {
        Volatile.Write(ref Status(), StatusKernel);
        _block = _block + 1 == _blocks ? 0 : _block + 1;
        (_next, _end) = (0, 0);
    }

    private ref uint Status() => ref MemoryMarshal.AsRef<uint>(Block.Span[StatusOffset..]);
}
