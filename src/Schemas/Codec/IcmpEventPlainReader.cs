using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace IcmpStream.Schemas;

/// <summary>
/// Reads the events that most are: valid, without detail and without tool signatures. The position and the verdict stay in
/// registers: each field adds the bits that it must not have to one number, which is looked at once for each part. Anything else
/// is left to <see cref="IcmpEventReader"/>, which reads every shape, names what is wrong, and is this reader's oracle.
/// </summary>
internal static class IcmpEventPlainReader
{
    private const int NotPlain = -1;

    // What a zigzag number of that many bits, not negative, must not have: the sign's bit and all above.
    private const ulong Not8 = ~0x1FEUL;
    private const ulong Not16 = ~0x1_FFFEUL;
    private const ulong Not32 = ~0x1_FFFF_FFFEUL;

    /// <summary>Reads an event and adds it to a buffer with room for it; returns its length, or 0, with nothing added.</summary>
    public static int Read(ReadOnlySpan<byte> source, EventBuffer buffer)
    {
        ref IcmpEvent e = ref buffer.Add();
        int position = ReadFrame(source, ref e);
        if (position >= 0)
            position = ReadIp(source, position, ref e);
        if (position >= 0)
            position = ReadMessage(source, position, ref e);
        if (position >= 0)
            position = ReadPayload(source, position, ref e);
        if (position >= 0 && IcmpEventReader.HasNoDetail(source[(position + e.PrefixLength)..]) && TryKeepPrefix(source, position, ref e, buffer))
            return position + e.PrefixLength + IcmpEventReader.DetailFields;
        buffer.RemoveLast();
        return 0;
    }

    private static int ReadFrame(ReadOnlySpan<byte> source, ref IcmpEvent e)
    {
        int position = 0;
        ulong first = NextLong(source, ref position), last = NextLong(source, ref position);
        e.FirstNs = Varint.Unzigzag(first);
        ulong span = (ulong)(Varint.Unzigzag(last) - e.FirstNs);
        e.SpanNs = (uint)span;
        ulong wrong = span >> 32;
        ulong count = Next(source, ref position);
        wrong |= (count & Not32) | (count == 0 ? 1UL : 0);
        e.Count = (uint)(count >> 1);
        ulong bytes = Next(source, ref position);
        wrong |= bytes & Not32;
        e.Bytes = (uint)(bytes >> 1);
        wrong |= ReadFlag(source, ref position, ref e, EventFlags.Late);
        e.Frame = Varint.Unzigzag(Next(source, ref position));
        ulong interfaceId = Next(source, ref position), linkType = Next(source, ref position);
        wrong |= (interfaceId | linkType) & Not16;
        (e.InterfaceId, e.LinkType) = ((ushort)(interfaceId >> 1), (ushort)(linkType >> 1));
        ulong frameBytes = Next(source, ref position);
        wrong |= frameBytes & Not32;
        e.FrameBytes = (uint)(frameBytes >> 1);
        for (ulong left = Next(source, ref position); left != 0; left = Next(source, ref position))
        {
            if (e.VlanCount != 0 || (left & 1) != 0 || left > 2 * VlanStack.Capacity)
                return NotPlain;
            for (; left != 0; left -= 2)
            {
                ulong vlan = Next(source, ref position);
                wrong |= vlan & Not16;
                e.Vlans[e.VlanCount++] = (ushort)(vlan >> 1);
            }
        }

        return End(source, position, wrong);
    }

    private static int ReadIp(ReadOnlySpan<byte> source, int position, ref IcmpEvent e)
    {
        ulong version = Next(source, ref position);
        if (version is not (8 or 12) || position > source.Length - (2 * Address.Size))
            return NotPlain;
        e.IpVersion = (byte)(version >> 1);
        e.Source = Address.Read(source[position..]);
        e.Destination = Address.Read(source[(position + Address.Size)..]);
        position += 2 * Address.Size;
        ulong ttl = Next(source, ref position), trafficClass = Next(source, ref position);
        ulong wrong = (ttl | trafficClass) & Not8;
        (e.Ttl, e.TrafficClass) = ((byte)(ttl >> 1), (byte)(trafficClass >> 1));
        ulong ipId = NextLong(source, ref position);
        wrong |= ipId & Not32;
        e.IpId = (uint)(ipId >> 1);
        ulong offset = Next(source, ref position);
        wrong |= offset & Not16;
        e.FragmentOffset = (ushort)(offset >> 1);
        wrong |= ReadFlag(source, ref position, ref e, EventFlags.MoreFragments);
        wrong |= ReadFlag(source, ref position, ref e, EventFlags.DontFragment);
        wrong |= ReadSymbol(source, ref position, EnumSizes.ChecksumStatus, out byte status);
        e.IpChecksumStatus = (ChecksumStatus)status;
        return End(source, position, wrong);
    }

    private static int ReadMessage(ReadOnlySpan<byte> source, int position, ref IcmpEvent e)
    {
        ulong type = Next(source, ref position), code = Next(source, ref position);
        ulong wrong = (type | code) & Not8;
        (e.Type, e.Code) = ((byte)(type >> 1), (byte)(code >> 1));
        if (ReadBranch(source, ref position, ref wrong))
        {
            ulong checksum = NextLong(source, ref position);
            wrong |= checksum & Not16;
            e.Checksum = (ushort)(checksum >> 1);
            e.Flags |= EventFlags.HasChecksum;
        }

        wrong |= ReadSymbol(source, ref position, EnumSizes.ChecksumStatus, out byte status);
        e.ChecksumStatus = (ChecksumStatus)status;
        if (ReadBranch(source, ref position, ref wrong))
        {
            ulong rest = NextLong(source, ref position);
            wrong |= rest & Not32;
            e.RestOfHeader = (uint)(rest >> 1);
            e.Flags |= EventFlags.HasRestOfHeader;
        }

        bool hasIdentifier = ReadBranch(source, ref position, ref wrong);
        if (hasIdentifier)
            wrong |= NextLong(source, ref position) & Not16;
        bool hasSequence = ReadBranch(source, ref position, ref wrong);
        if (hasSequence)
            wrong |= NextLong(source, ref position) & Not16;
        if (hasIdentifier != hasSequence || (hasIdentifier && !e.HasRestOfHeader))
            return NotPlain;
        if (hasIdentifier)
            e.Flags |= EventFlags.HasIdentifier;
        if (ReadBranch(source, ref position, ref wrong))
            wrong |= Next(source, ref position) & Not32;
        ulong messageBytes = Next(source, ref position);
        wrong |= messageBytes & Not16;
        e.MessageBytes = (ushort)(messageBytes >> 1);
        wrong |= ReadFlag(source, ref position, ref e, EventFlags.Cut);
        wrong |= ReadSymbol(source, ref position, EnumSizes.DecodeOutcome, out byte outcome);
        e.Outcome = (DecodeOutcome)outcome;
        return End(source, position, wrong);
    }

    private static int ReadPayload(ReadOnlySpan<byte> source, int position, ref IcmpEvent e)
    {
        ulong payloadBytes = Next(source, ref position), captured = Next(source, ref position);
        ulong wrong = (payloadBytes | captured) & Not16;
        e.PayloadCaptured = (ushort)(captured >> 1);
        if (position > source.Length - sizeof(ulong))
            return NotPlain;
        e.PayloadHash = BinaryPrimitives.ReadUInt64BigEndian(source[position..]);
        position += sizeof(ulong);
        wrong |= ReadSymbol(source, ref position, EnumSizes.PayloadFamily, out byte family);
        e.PayloadFamily = (PayloadFamily)family;
        wrong |= Next(source, ref position);
        wrong |= ReadSymbol(source, ref position, EnumSizes.InnerHeader, out byte inner);
        e.InnerHeader = (InnerHeader)inner;
        ulong offset = Next(source, ref position);
        wrong |= offset & Not8;
        e.InnerOffset = (byte)(offset >> 1);
        ulong entropy = Next(source, ref position), prefix = Next(source, ref position);
        wrong |= (entropy | prefix) & Not16;
        (e.EntropyMillibits, e.PrefixLength) = ((ushort)(entropy >> 1), (ushort)(prefix >> 1));
        return e.PrefixLength <= source.Length - position ? End(source, position, wrong) : NotPlain;
    }

    private static bool TryKeepPrefix(ReadOnlySpan<byte> source, int position, ref IcmpEvent e, EventBuffer buffer)
    {
        if (e.PrefixLength == 0)
            return true;
        if (!source.Slice(position, e.PrefixLength).TryCopyTo(buffer.FreeArena))
            return false;
        e.PrefixOffset = buffer.Commit(e.PrefixLength);
        return true;
    }

    private static int End(ReadOnlySpan<byte> source, int position, ulong wrong) =>
        wrong == 0 && position <= source.Length ? position : NotPlain;

    /// <summary>The next zigzag value; a position beyond the end, here and from then on, where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Next(ReadOnlySpan<byte> source, ref int position)
    {
        int at = position;
        if ((uint)(at + 1) < (uint)source.Length)
        {
            uint one = source[at], two = source[at + 1];
            if (one < 0x80)
            {
                position = at + 1;
                return one;
            }

            if (two < 0x80)
            {
                position = at + 2;
                return (one & 0x7F) | (two << 7);
            }
        }

        return NextLong(source, ref position);
    }

    /// <summary>The same for a value that is hardly ever short: a time, a checksum, an identifier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NextLong(ReadOnlySpan<byte> source, ref int position)
    {
        VarintRead read = Varint.Read(source, position);
        position = read.Next;
        return read.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadFlag(ReadOnlySpan<byte> source, ref int position, ref IcmpEvent e, EventFlags flag)
    {
        ulong value = ReadByte(source, ref position);
        if (value != 0)
            e.Flags |= flag;
        return value & ~1UL;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ReadBranch(ReadOnlySpan<byte> source, ref int position, ref ulong wrong)
    {
        ulong branch = ReadByte(source, ref position);
        wrong |= branch & ~2UL;
        return branch != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadSymbol(ReadOnlySpan<byte> source, ref int position, int symbols, out byte symbol)
    {
        // All our enums have fewer than 64 symbols: one byte, in the one spelling that a writer has for it.
        ulong value = ReadByte(source, ref position);
        symbol = (byte)(value >> 1);
        return (value & 1) | (value >= 2 * (ulong)symbols ? 1UL : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte ReadByte(ReadOnlySpan<byte> source, ref int position)
    {
        int at = position;
        if ((uint)at < (uint)source.Length)
        {
            position = at + 1;
            return source[at];
        }

        position = source.Length + 1;
        return 0;
    }
}
