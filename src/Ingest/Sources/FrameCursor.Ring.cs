using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources;

/// <summary>
/// Frames of live rings. What the kernel writes is trusted no more than a file: a length that leads out of the window is damage.
/// </summary>
public ref partial struct FrameCursor
{
    private const int VlanTagBytes = 4;
    private const int MacAddressesBytes = 12;
    private const ushort DefaultVlanTpid = 0x8100;

    private bool TryReadRing(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            bool isRead = _ring.Layout switch
            {
                RingLayout.PacketBlock => TryReadPacketBlock(out info, out frame),
                RingLayout.XdpDescriptors => TryReadDescriptor(out info, out frame),
                _ => TryReadBpfRecord(out info, out frame),
            };
            if (!isRead || _ring.Filter is null || _ring.Filter.Accepts(frame, info.OriginalBytes))
                return isRead;
            _progress.Frames--;
            _progress.CapturedBytes -= info.CapturedBytes;
            _progress.Filtered++;
        }
    }

    private bool TryReadPacketBlock(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> unread = _unread;
        if (unread.IsEmpty)
            return Starve(out info, out frame);
        if (unread.Length < PacketHeader.Bytes)
            return Break(ContainerOutcome.FrameOverrunsBlock, PacketHeader.Bytes, unread.Length, out info, out frame);
        uint next = BitConverter.ToUInt32(unread[PacketHeader.NextOffset..]);
        uint room = next == 0 ? (uint)unread.Length : next;
        if (room > (uint)unread.Length || room < PacketHeader.Bytes)
            return Break(ContainerOutcome.FrameOverrunsBlock, next, unread.Length, out info, out frame);
        if ((BitConverter.ToUInt32(unread[PacketHeader.StatusOffset..]) & PacketHeader.VlanValid) != 0)
            RestoreVlanTag(_ring.Room[(_segmentBytes - unread.Length)..]);
        uint captured = BitConverter.ToUInt32(unread[PacketHeader.CapturedOffset..]);
        ushort offset = BitConverter.ToUInt16(unread[PacketHeader.FrameOffset..]);
        if ((ulong)offset + captured > room)
            return Break(ContainerOutcome.FrameOverrunsBlock, (long)offset + captured, room, out info, out frame);
        info = new FrameInfo(
            (BitConverter.ToUInt32(unread[PacketHeader.SecondsOffset..]) * NsPerSecond) + BitConverter.ToUInt32(unread[PacketHeader.NanosecondsOffset..]),
            ++_progress.Frames,
            BitConverter.ToUInt32(unread[PacketHeader.OriginalOffset..]),
            captured,
            section: 1,
            interfaceId: 0,
            _linkType);
        frame = unread.Slice(offset, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = unread[(int)room..];
        return true;
    }

    // The loop of a packet ring, with everything that it moves in registers. It ends where the general reader has to look: at a tag to be
    // restored, at the last frame of a block, at damage.
    private int ReadBlock(Span<FrameInfo> infos, Span<int> offsets)
    {
        ReadOnlySpan<byte> unread = _unread;
        long frames = _progress.Frames, bytes = 0;
        ushort linkType = _linkType;
        int count = 0;
        offsets = offsets[..infos.Length];
        for (; count < infos.Length && unread.Length > PacketHeader.Bytes && _progress.Damage is null; count++)
        {
            ReadOnlySpan<byte> header = unread[..PacketHeader.Bytes];
            uint next = BitConverter.ToUInt32(header[PacketHeader.NextOffset..]);
            uint captured = BitConverter.ToUInt32(header[PacketHeader.CapturedOffset..]);
            uint offset = BitConverter.ToUInt16(header[PacketHeader.FrameOffset..]);
            bool isPlain = next >= PacketHeader.Bytes && next <= (uint)unread.Length && (ulong)offset + captured <= next
                && (BitConverter.ToUInt32(header[PacketHeader.StatusOffset..]) & PacketHeader.VlanValid) == 0;
            if (!isPlain)
                break;
            infos[count] = new FrameInfo(
                (BitConverter.ToUInt32(header[PacketHeader.SecondsOffset..]) * NsPerSecond) + BitConverter.ToUInt32(header[PacketHeader.NanosecondsOffset..]),
                ++frames,
                BitConverter.ToUInt32(header[PacketHeader.OriginalOffset..]),
                captured,
                section: 1,
                interfaceId: 0,
                linkType);
            offsets[count] = _segmentBytes - unread.Length + (int)offset;
            bytes += captured;
            unread = unread[(int)next..];
        }

        _unread = unread;
        _progress.Frames = frames;
        _progress.CapturedBytes += bytes;
        return count;
    }

    /// <summary>
    /// The kernel takes the outermost VLAN tag out of a frame and says it in the header. It goes back where it was: the two addresses
    /// move into the room that the ring leaves in front (PACKET_RESERVE), and the header says so, so that reading again finds it done.
    /// </summary>
    private static void RestoreVlanTag(Span<byte> record)
    {
        uint status = BitConverter.ToUInt32(record[PacketHeader.StatusOffset..]);
        ushort offset = BitConverter.ToUInt16(record[PacketHeader.FrameOffset..]);
        uint captured = BitConverter.ToUInt32(record[PacketHeader.CapturedOffset..]);
        if (offset < PacketHeader.Bytes + VlanTagBytes || captured < MacAddressesBytes || offset + MacAddressesBytes > record.Length)
            return;
        ushort tci = (ushort)BitConverter.ToUInt32(record[PacketHeader.VlanTciOffset..]);
        ushort tpid = (status & PacketHeader.VlanTpidValid) != 0 ? BitConverter.ToUInt16(record[PacketHeader.VlanTpidOffset..]) : DefaultVlanTpid;
        int start = offset - VlanTagBytes;
        record.Slice(offset, MacAddressesBytes).CopyTo(record[start..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(record[(start + MacAddressesBytes)..], tpid);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(record[(start + MacAddressesBytes + 2)..], tci);
        BitConverter.TryWriteBytes(record[PacketHeader.FrameOffset..], (ushort)start);
        BitConverter.TryWriteBytes(record[PacketHeader.CapturedOffset..], captured + VlanTagBytes);
        BitConverter.TryWriteBytes(record[PacketHeader.OriginalOffset..], BitConverter.ToUInt32(record[PacketHeader.OriginalOffset..]) + VlanTagBytes);
        BitConverter.TryWriteBytes(record[PacketHeader.StatusOffset..], status & ~(PacketHeader.VlanValid | PacketHeader.VlanTpidValid));
    }

    private bool TryReadDescriptor(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> unread = _unread;
        if (unread.IsEmpty)
            return Starve(out info, out frame);
        ReadOnlySpan<byte> room = _ring.Room;
        ulong address = BitConverter.ToUInt64(unread[XdpReceiveRing.AddressOffset..]);
        uint captured = BitConverter.ToUInt32(unread[XdpReceiveRing.LengthOffset..]);
        if (address > (ulong)room.Length || captured > (ulong)room.Length - address)
            return Break(ContainerOutcome.FrameOverrunsBlock, (long)Math.Min(address, long.MaxValue), room.Length, out info, out frame);
        long timeNs = _ring.NowNs;
        if (address >= XdpStamp.Bytes && XdpStamp.TryRead(room.Slice((int)address - XdpStamp.Bytes, XdpStamp.Bytes), out long monotonicNs))
            timeNs = monotonicNs + _ring.ClockOffsetNs;
        info = new FrameInfo(timeNs, ++_progress.Frames, captured, captured, section: 1, interfaceId: 0, _linkType);
        frame = room.Slice((int)address, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = unread[XdpReceiveRing.EntryBytes..];
        return true;
    }

    private bool TryReadBpfRecord(out FrameInfo info, out ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> unread = _unread;
        uint length = 0;
        while (unread.Length >= BpfRecordRing.HeaderBytes && ((length = BitConverter.ToUInt32(unread)) & BpfRecordRing.DiscardFlag) != 0)
            _unread = unread = unread[Math.Min(BpfRecordRing.RecordBytes(length), unread.Length)..];
        if (unread.IsEmpty)
            return Starve(out info, out frame);
        int bytes = BpfRecordRing.RecordBytes(length);
        if (unread.Length < BpfRecordRing.HeaderBytes + BpfRecord.Bytes || bytes > unread.Length || length < BpfRecord.Bytes)
            return Break(ContainerOutcome.FrameOverrunsBlock, bytes, unread.Length, out info, out frame);
        ReadOnlySpan<byte> record = unread.Slice(BpfRecordRing.HeaderBytes, (int)length);
        uint captured = BitConverter.ToUInt32(record[BpfRecord.CapturedOffset..]);
        if (captured > length - BpfRecord.Bytes)
            return Break(ContainerOutcome.FrameOverrunsBlock, captured, length - BpfRecord.Bytes, out info, out frame);
        info = new FrameInfo(
            BitConverter.ToInt64(record[BpfRecord.TimeOffset..]) + _ring.ClockOffsetNs,
            ++_progress.Frames,
            BitConverter.ToUInt32(record[BpfRecord.OriginalOffset..]),
            captured,
            section: 1,
            interfaceId: 0,
            _linkType);
        frame = record.Slice(BpfRecord.Bytes, (int)captured);
        _progress.CapturedBytes += captured;
        _unread = unread[bytes..];
        return true;
    }
}
