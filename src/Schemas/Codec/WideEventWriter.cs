using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Schemas;

/// <summary>
/// Writes what <see cref="IcmpEventWriter"/> does of ordinary events, byte for byte, but sixteen fields at a time: what decides its pace is
/// the number of stores, not of fields. Events with unusual values are left to the other.
/// </summary>
/// <remarks>
/// <code>
///   |first_ns|last_ns|count .. ip_version|src dst|ttl .. rest_of_header|ident .. payload_captured, payload_hash, family .. prefix length|
///    9        9       one vector          32      one vector            one vector, the hash among the varints as it is
/// </code>
/// Each store is 64 bytes long, and the next one begins where what was needed of it ends.
/// </remarks>
internal static class WideEventWriter
{
    /// <summary>The bytes a store may touch behind what it is for.</summary>
    public const int Slack = 64;

    private const int LineWords = EventWords.Count / 2;
    private const int LongBytes = 9;
    private const int DetailFields = 14;
    private const EventFlags Needed = EventFlags.HasChecksum | EventFlags.HasRestOfHeader;

    // Branches of a union with null.
    private const byte Absent = 0;
    private const byte Present = 2;

    // Offsets of fields in the event: see the picture there.
    private const int FrameAt = 48, CountAt = 56, BytesAt = 64, FrameBytesAt = 68, IpIdAt = 72, RestAt = 76, VlansAt = 92, MessageBytesAt = 98;
    private const int PayloadCapturedAt = 100, PrefixLengthAt = 102, EntropyAt = 104, ChecksumAt = 106, FragmentOffsetAt = 108, InterfaceIdAt = 110;
    private const int LinkTypeAt = 112, FlagsAt = 114, TypeAt = 116, CodeAt = 117, IpVersionAt = 118, TtlAt = 119, TrafficClassAt = 120, VlanCountAt = 121;
    private const int InnerOffsetAt = 122, ChecksumStatusAt = 123, IpChecksumStatusAt = 124, OutcomeAt = 125, FamilyAt = 126, InnerHeaderAt = 127;
    private const int MoreFragmentsBit = 0, DontFragmentBit = 1, LateBit = 5, CutBit = 6;

    // By how many VLAN tags there are.
    private static readonly VarintLayout[] Frames = [Frame(0), Frame(1), Frame(2), Frame(3)];

    private static readonly VarintLayout Message = new(
        VarintLane.Of8(TtlAt), VarintLane.Of8(TrafficClassAt), VarintLane.Of27(IpIdAt), VarintLane.Of16(FragmentOffsetAt),
        VarintLane.Bit(FlagsAt, MoreFragmentsBit), VarintLane.Bit(FlagsAt, DontFragmentBit), VarintLane.Of8(IpChecksumStatusAt), VarintLane.Of8(TypeAt),
        VarintLane.Of8(CodeAt), VarintLane.Of16(ChecksumAt).Behind(Present), VarintLane.Of8(ChecksumStatusAt).Before(Present), VarintLane.None,
        VarintLane.Low(RestAt), VarintLane.High(RestAt));

    private static readonly VarintLayout WithIdentifier = Payload(
        VarintLane.Of16(RestAt + 2).Behind(Present), VarintLane.Of16(RestAt).Behind(Present));

    private static readonly VarintLayout WithoutIdentifier = Payload(VarintLane.Always(Absent), VarintLane.Always(Absent));

    // Of the last vector, lanes 8 and 9: the hash, in the order of the wire.
    private static readonly Vector512<byte> IsHash = Vector512.Create(0UL, 0, 0, 0, ulong.MaxValue, 0, 0, 0).AsByte();
    private static readonly Vector512<byte> HashBytes = Vector512.Create(0UL, 0, 0, 0, 0x28_29_2A_2B_2C_2D_2E_2F, 0, 0, 0).AsByte();

    // Both addresses in the order of the wire.
    private static readonly Vector512<byte> Addresses = Vector512.Create(
        Vector256.Create(
            (byte)15, 14, 13, 12, 11, 10, 9, 8, 23, 22, 21, 20, 19, 18, 17, 16,
            31, 30, 29, 28, 27, 26, 25, 24, 39, 38, 37, 36, 35, 34, 33, 32),
        Vector256<byte>.Zero);

    /// <summary>True where an event is one that <see cref="Write"/> writes, on this machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Takes(in IcmpEvent e) =>
        VarintLayout.IsSupported
        && (e.Flags & (Needed | EventFlags.IdentifierOnly)) == Needed
        && ((e.Count | e.Bytes | e.FrameBytes | e.IpId) >> 27) == 0
        && (ulong)e.Frame <= uint.MaxValue
        && e.Signatures == 0
        && e.MessageBytes >= IcmpEvent.HeaderBytes
        && e.VlanCount <= VlanStack.Capacity
        && IsNineBytes(e.FirstNs) && IsNineBytes(e.LastNs)
        && !e.HasMtu && !e.IsExtendedEcho;

    /// <summary>Writes an event that it takes, up to its details; returns the next position. What is behind is zero, a store's length.</summary>
    public static int Write(Span<byte> destination, int position, ReadOnlySpan<byte> prefix, in IcmpEvent e)
    {
        ReadOnlySpan<ulong> words = e.Words;
        Vector512<byte> first = Vector512.Create(words[..LineWords]).AsByte(), second = Vector512.Create(words[LineWords..]).AsByte();
        position = WriteTimes(destination, position, e);

        Vector512<byte> bytes = Frames[e.VlanCount].Spread(first, second, out Vector512<byte> kept);
        position = Store(destination, position, bytes, kept);

        Avx512Vbmi.PermuteVar64x8(first, Addresses).CopyTo(destination[position..]);
        position += 2 * Address.Size;

        bytes = Message.Spread(first, second, out kept);
        position = Store(destination, position, bytes, kept);

        bytes = (e.HasSequence ? WithIdentifier : WithoutIdentifier).Spread(first, second, out kept);
        bytes = Vector512.ConditionalSelect(IsHash, Avx512Vbmi.PermuteVar64x8(first, HashBytes), bytes);
        position = Store(destination, position, bytes, kept | IsHash);
        if (prefix.IsEmpty)
            return position;
        prefix.CopyTo(destination[position..]);
        position += prefix.Length;
        destination.Slice(position, DetailFields).Clear();
        return position;
    }

    private static VarintLayout Frame(int vlans) => new(
        VarintLane.Of27(CountAt), VarintLane.Of27(BytesAt), VarintLane.Bit(FlagsAt, LateBit), VarintLane.None,
        VarintLane.Low(FrameAt), VarintLane.High(FrameAt), VarintLane.Of16(InterfaceIdAt), VarintLane.Of16(LinkTypeAt),
        VarintLane.Of27(FrameBytesAt), VarintLane.Of8(VlanCountAt),
        vlans > 0 ? VarintLane.Of16(VlansAt) : VarintLane.None,
        vlans > 1 ? VarintLane.Of16(VlansAt + 2) : VarintLane.None,
        vlans > 2 ? VarintLane.Of16(VlansAt + 4) : VarintLane.None,
        vlans > 0 ? VarintLane.Always(0) : VarintLane.None,
        VarintLane.Of8(IpVersionAt));

    private static VarintLayout Payload(VarintLane identifier, VarintLane sequence) => new(
        identifier, sequence, VarintLane.Of16(MessageBytesAt).Behind(Absent), VarintLane.Bit(FlagsAt, CutBit),
        VarintLane.Of8(OutcomeAt), VarintLane.Of16(MessageBytesAt, -IcmpEvent.HeaderBytes), VarintLane.Of16(PayloadCapturedAt), VarintLane.None,
        VarintLane.None, VarintLane.None, VarintLane.Of8(FamilyAt), VarintLane.Of8(InnerHeaderAt).Behind(0),
        VarintLane.Of8(InnerOffsetAt), VarintLane.Of16(EntropyAt), VarintLane.Of16(PrefixLengthAt));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Store(Span<byte> destination, int position, Vector512<byte> bytes, Vector512<byte> kept)
    {
        Vector512<byte> mask = Vector512.GreaterThan(kept, Vector512<byte>.Zero);
        Avx512Vbmi2.Compress(Vector512<byte>.Zero, mask, bytes).CopyTo(destination[position..]);
        return position + BitOperations.PopCount(mask.ExtractMostSignificantBits());
    }

    // From 1971 to 2116 a time has nine bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNineBytes(long ns) => (ulong)ns >> 55 is > 0 and < 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteTimes(Span<byte> destination, int position, in IcmpEvent e)
    {
        Span<byte> to = destination.Slice(position, 2 * LongBytes);
        WriteLong(to, e.FirstNs);
        WriteLong(to[LongBytes..], e.LastNs);
        return position + (2 * LongBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteLong(Span<byte> to, long ns)
    {
        ulong zigzag = (ulong)ns << 1;
        BinaryPrimitives.WriteUInt64LittleEndian(to, Bmi2.X64.ParallelBitDeposit(zigzag, ~Varint.Continuations) | Varint.Continuations);
        to[LongBytes - 1] = (byte)(zigzag >> 56);
    }
}
