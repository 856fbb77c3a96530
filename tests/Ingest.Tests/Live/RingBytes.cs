using System.Buffers;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Tests.Live;

/// <summary>Plays the kernel: writes blocks of TPACKET_V3 as net/packet/af_packet.c does.</summary>
internal sealed class RingBytes
{
    /// <summary>Where the kernel puts a frame behind its header: TPACKET_ALIGN(TPACKET3_HDRLEN + 16) + PACKET_RESERVE, less an Ethernet header.</summary>
    public const int FrameOffset = 86;

    public RingBytes(int blocks, int blockBytes)
    {
        (Room, BlockBytes) = (new byte[blocks * blockBytes], blockBytes);
        Ring = new PacketBlockRing(Room, blockBytes);
    }

    public byte[] Room { get; }

    public int BlockBytes { get; }

    public PacketBlockRing Ring { get; }

    public static byte[] Frame(int seed, int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)(seed + i))];

    /// <summary>Fills a block and closes it; <paramref name="privateBytes"/> is tp_sizeof_priv.</summary>
    public void Close(int block, IReadOnlyList<byte[]> frames, int privateBytes = 0, (ushort Tci, ushort Tpid)? vlan = null, long timeNs = 1_000_000_123)
    {
        Span<byte> room = Room.AsSpan(block * BlockBytes, BlockBytes);
        int first = PacketBlockRing.HeaderBytes + ((privateBytes + 7) & ~7), at = first;
        for (int index = 0; index < frames.Count; index++)
        {
            int length = (FrameOffset + frames[index].Length + 7) & ~7;
            Span<byte> record = room.Slice(at, length);
            record.Clear();
            Write(record, PacketHeader.NextOffset, index == frames.Count - 1 ? 0u : (uint)length);
            Write(record, PacketHeader.SecondsOffset, (uint)(timeNs / 1_000_000_000));
            Write(record, PacketHeader.NanosecondsOffset, (uint)(timeNs % 1_000_000_000));
            Write(record, PacketHeader.CapturedOffset, (uint)frames[index].Length);
            Write(record, PacketHeader.OriginalOffset, (uint)frames[index].Length);
            Write(record, PacketHeader.StatusOffset, 1u | (vlan is null ? 0 : PacketHeader.VlanValid | PacketHeader.VlanTpidValid));
            BitConverter.TryWriteBytes(record[PacketHeader.FrameOffset..], (ushort)FrameOffset);
            if (vlan is { } tag)
            {
                Write(record, PacketHeader.VlanTciOffset, tag.Tci);
                BitConverter.TryWriteBytes(record[PacketHeader.VlanTpidOffset..], tag.Tpid);
            }

            frames[index].CopyTo(record[FrameOffset..]);
            at += length;
        }

        Write(room, PacketBlockRing.CountOffset, (uint)frames.Count);
        Write(room, PacketBlockRing.FirstOffset, (uint)first);
        Write(room, PacketBlockRing.EndOffset, (uint)at);
        Write(room, PacketBlockRing.StatusOffset, 1);
    }

    public bool IsKernels(int block) => BitConverter.ToUInt32(Room, (block * BlockBytes) + PacketBlockRing.StatusOffset) == 0;

    public static void Write(Span<byte> bytes, int at, uint value) => BitConverter.TryWriteBytes(bytes[at..], value);

    /// <summary>A cursor over a window, as a live source opens it.</summary>
    public static FrameCursor Cursor(Memory<byte> window, RingLayout layout = RingLayout.PacketBlock, Memory<byte>? room = null, long clockOffsetNs = 0, long nowNs = 0, BpfFilter? filter = null)
    {
        RingView view = new()
        {
            Layout = layout,
            Room = (room ?? window).Span,
            LinkType = LinkTypeNumbers.Ethernet,
            ClockOffsetNs = clockOffsetNs,
            NowNs = nowNs,
            Filter = filter,
        };
        return new FrameCursor(new ReadResult(new ReadOnlySequence<byte>(window), isCanceled: false, isCompleted: false), view, CaptureProgress.Start(isPcapng: false), 0);
    }

    /// <summary>How many bytes of the window the cursor has passed.</summary>
    public static int Passed(Memory<byte> window, in FrameCursor cursor)
    {
        var sequence = new ReadOnlySequence<byte>(window);
        return (int)(sequence.Length - sequence.Slice(cursor.Consumed).Length);
    }
}
