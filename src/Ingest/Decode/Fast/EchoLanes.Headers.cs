using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Header fields of eight frames in columns, and the rows of their events.</summary>
internal sealed unsafe partial class EchoLanes
{
    private const byte No = LaneShuffles.No;
    private const uint MicrosecondsPerSecond = 1_000_000;

    // A payload of iputils that is not also a constant one: sixteen bytes of time, and at least two that differ.
    private const int MinIputilsBytes = 18;

    // RFC 791: of the bytes of flags and fragment offset, all but "don't fragment" and the reserved bit are zero in a whole datagram;
    // the protocol stands two bytes behind.
    private const ulong FragmentAndProtocol = 0xFF00_FF3F_0000;
    private const ulong WholeIcmp = (ulong)IpProtocols.Icmpv4 << 40;
    private const int DontFragmentShift = 5;
    private const ulong DontFragment = (ulong)EventFlags.DontFragment << 16;

    // Type and code as they stand: replies and requests differ in one bit.
    private const ulong TypeAndCode4 = 0xFFF7;
    private const ulong TypeAndCode6 = 0xFFFE;
    private const ulong FirstEcho6 = 128;
    private const int NextHeaderBit = 48;

    private const ulong Flags = (ulong)(EventFlags.HasChecksum | EventFlags.HasRestOfHeader | EventFlags.HasIdentifier) << 16;
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    // Where in an event the runs of four numbers start that are written together, but for the one at its start (see the picture there).
    private const int DestinationLowAt = 32;
    private const int BytesAt = 64;
    private const int InfoWords = 4;
    private const int LengthsAt = 96;

    private static readonly Vector512<byte> BytePlaces = Vector512.CreateSequence((byte)0, (byte)1);
    private static readonly Vector512<byte> SourceOf4 = LaneShuffles.Make(3, 2, 1, 0, No, No, No, No);
    private static readonly Vector512<byte> DestinationOf4 = LaneShuffles.Make(7, 6, 5, 4, No, No, No, No);
    private static readonly Vector512<byte> Id = LaneShuffles.Make(1, 0, No, No, No, No, No, No);
    private static readonly Vector512<byte> Rest = LaneShuffles.Make(No, No, No, No, 7, 6, 5, 4);
    private static readonly Vector512<byte> Checksum = LaneShuffles.Make(No, No, 3, 2, No, No, No, No);
    private static readonly Vector512<byte> Type = LaneShuffles.Make(No, No, No, No, 0, No, No, No);
    private static readonly Vector512<byte> Ttl4 = LaneShuffles.Make(No, No, No, No, No, No, No, 4);
    private static readonly Vector512<byte> Ttl6 = LaneShuffles.Make(No, No, No, No, No, No, No, 7);
    private static readonly Vector512<byte> TypeOfService = LaneShuffles.Make(5, No, No, No, No, No, No, No);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private GroupVerdict WriteRows(int group, FrameInfo* infos, byte* to)
    {
        Scratch* scratch = _scratch;
        int first = group * Lanes;
        uint six = (scratch->Six >> first) & 0xFF;
        ulong* payloads = scratch->Payload + first;

        // The one call stands in front: vectors do not stay in registers across one.
        if (six != 0)
            Read6(payloads, six, scratch->SixColumns());
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue), zero = Vector512<ulong>.Zero;
        Vector512<ulong> length = scratch->Lengths()[group], payloadSum = scratch->Sums()[group];

        // Four bytes in front of the IPv4 header, the header, the echo's header: 32 bytes that end where the payload begins.
        const int before = Ipv4EchoBytes + 4;
        LaneTranspose.Split(
            TwoRows(payloads[0] - before, payloads[4] - before), TwoRows(payloads[1] - before, payloads[5] - before),
            TwoRows(payloads[2] - before, payloads[6] - before), TwoRows(payloads[3] - before, payloads[7] - before),
            out Vector512<ulong> start, out Vector512<ulong> middle, out Vector512<ulong> addresses, out Vector512<ulong> echo);

        Vector512<ulong> headerSum = (start >> 32) + (middle & low) + (middle >> 32) + (addresses & low) + (addresses >> 32);
        Vector512<ulong> isIcmp = Vector512.Equals(middle & Vector512.Create(FragmentAndProtocol), Vector512.Create(WholeIcmp));
        Vector512<ulong> isEcho = isIcmp & Vector512.Equals(echo & Vector512.Create(TypeAndCode4), zero);
        Vector512<ulong> sum = payloadSum + (echo & low) + (echo >> 32);
        Vector512<ulong> mapped = Vector512.Create(MappedPrefix);
        Vector512<ulong> sourceHigh = zero, destinationHigh = zero;
        Vector512<ulong> sourceLow = LaneShuffles.Move(addresses, SourceOf4) | mapped;
        Vector512<ulong> destinationLow = LaneShuffles.Move(addresses, DestinationOf4) | mapped;
        Vector512<ulong> id = LaneShuffles.Move(middle, Id);
        Vector512<ulong> bytes = length + Vector512.Create((ulong)Ipv4EchoBytes);
        Vector512<ulong> flags = ((middle >> DontFragmentShift) & Vector512.Create(DontFragment)) | LaneShuffles.Move(middle, Ttl4)
            | Vector512.Create(Flags | (4UL << 48) | LinkTypes.Ethernet);
        Vector512<ulong> traffic = LaneShuffles.Move(start, TypeOfService)
            | Vector512.ConditionalSelect(IsAllOnes(headerSum), Status(ChecksumStatus.Good, 32), Status(ChecksumStatus.Bad, 32));

        if (six != 0)
        {
            Vector512<ulong>* columns = scratch->SixColumns();
            Vector512<ulong> is6 = LanesOf(six);
            Vector512<ulong> start6 = columns[0], echo6 = columns[5];
            Vector512<ulong> sum6 = Halves(columns[1], low) + Halves(columns[2], low) + Halves(columns[3], low) + Halves(columns[4], low) + Halves(echo6, low);

            // The pseudo-header (RFC 8200 section 8.1): upper-layer length and next header, in the byte order of the sum.
            sum6 += ((start6 >> 32) & Vector512.Create(0xFFFFUL)) + Vector512.Create((ulong)IpProtocols.Icmpv6 << 8) + payloadSum;
            sum = Vector512.ConditionalSelect(is6, sum6, sum);
            Vector512<ulong> isIcmp6 = Vector512.Equals(
                start6 & Vector512.Create(0xFFUL << NextHeaderBit), Vector512.Create((ulong)IpProtocols.Icmpv6 << NextHeaderBit));
            Vector512<ulong> isEcho6 = isIcmp6 & Vector512.Equals(echo6 & Vector512.Create(TypeAndCode6), Vector512.Create(FirstEcho6));
            isIcmp = Vector512.ConditionalSelect(is6, isIcmp6, isIcmp);
            isEcho = Vector512.ConditionalSelect(is6, isEcho6, isEcho);
            echo = Vector512.ConditionalSelect(is6, echo6, echo);
            sourceHigh = Vector512.ConditionalSelect(is6, LaneShuffles.Reverse(columns[1]), sourceHigh);
            sourceLow = Vector512.ConditionalSelect(is6, LaneShuffles.Reverse(columns[2]), sourceLow);
            destinationHigh = Vector512.ConditionalSelect(is6, LaneShuffles.Reverse(columns[3]), destinationHigh);
            destinationLow = Vector512.ConditionalSelect(is6, LaneShuffles.Reverse(columns[4]), destinationLow);
            id = Vector512.ConditionalSelect(is6, zero, id);
            bytes = Vector512.ConditionalSelect(is6, length + Vector512.Create((ulong)Ipv6EchoBytes), bytes);
            Vector512<ulong> flags6 = LaneShuffles.Move(start6, Ttl6) | Vector512.Create(Flags | (6UL << 48) | LinkTypes.Ethernet);
            flags = Vector512.ConditionalSelect(is6, flags6, flags);
            Vector512<ulong> traffic6 = ((start6 & Vector512.Create(0xFUL)) << 4) | ((start6 >> 12) & Vector512.Create(0xFUL));
            traffic = Vector512.ConditionalSelect(is6, traffic6, traffic);
        }

        Vector512<ulong> seconds = scratch->Columns(group)[0], microseconds = scratch->Columns(group)[1];
        Vector512<ulong> isIputils = LanesOf(scratch->Counting[group])
            & Vector512.GreaterThanOrEqual(length, Vector512.Create((ulong)MinIputilsBytes))
            & Vector512.LessThanOrEqual(seconds, low) & Vector512.LessThan(microseconds, Vector512.Create((ulong)MicrosecondsPerSecond));
        Vector512<ulong> isEmpty = Vector512.Equals(length, zero);
        Vector512<ulong> entropy = LaneEntropy.Millibits(
            seconds, microseconds, length, scratch->Totals()[group], scratch->Reciprocals()[group]) & isIputils;
        Vector512<ulong> family = (isIputils & Vector512.Create((ulong)PayloadFamily.Iputils << 48)) | (isEmpty & Vector512.Create((ulong)PayloadFamily.Empty << 48));

        Vector512<ulong> isGood = IsAllOnes(sum);
        Vector512<ulong> verdict = Vector512.ConditionalSelect(
            isGood, Status(ChecksumStatus.Good, 24), Status(ChecksumStatus.Bad, 24) | Vector512.Create((ulong)DecodeOutcome.BadChecksum << 40));

        // What the source knows: time, frame number, both lengths, and section, interface and link type in one number.
        ulong* info = (ulong*)infos;
        LaneTranspose.Split(
            TwoInfos(info, 0), TwoInfos(info, 1), TwoInfos(info, 2), TwoInfos(info, 3),
            out Vector512<ulong> time, out Vector512<ulong> number, out Vector512<ulong> frameBytes, out Vector512<ulong> place);
        Vector512<ulong> interfaceId = place >> 32 << 48;

        LaneTranspose.StoreFour(time, sourceHigh, sourceLow, destinationHigh, to, IcmpEvent.Size);
        LaneTranspose.StoreFour(destinationLow, scratch->Hashes()[group], number, Vector512<ulong>.One, to + DestinationLowAt, IcmpEvent.Size);
        LaneTranspose.StoreFour(
            bytes | (frameBytes << 32), id | LaneShuffles.Move(echo, Rest), zero, Vector512.Load(scratch->Tags + first), to + BytesAt, IcmpEvent.Size);
        LaneTranspose.StoreFour(
            ((length + Vector512.Create((ulong)EchoHeaderBytes)) << 16) | (length << 32),
            entropy | LaneShuffles.Move(echo, Checksum) | interfaceId,
            flags | LaneShuffles.Move(echo, Type),
            traffic | (Vector512.Load(scratch->TagCount + first) << 8) | verdict | family,
            to + LengthsAt,
            IcmpEvent.Size);

        uint known = (scratch->Known >> first) & 0xFF;
        return new GroupVerdict(
            known & (uint)isIcmp.ExtractMostSignificantBits(),
            known & (uint)isEcho.ExtractMostSignificantBits(),
            (uint)(isIputils | isEmpty).ExtractMostSignificantBits(),
            ~(uint)isGood.ExtractMostSignificantBits());
    }

    // The 48 bytes of an IPv6 header and an echo's as six columns; a lane of IPv4 has no 48 bytes to read.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Read6(ulong* payloads, uint six, Vector512<ulong>* columns)
    {
        ulong* at = stackalloc ulong[Lanes];
        for (int lane = 0; lane < Lanes; lane++)
            at[lane] = ((six >> lane & 1) != 0 ? payloads[lane] : (ulong)(_scratch->Nothing + VectorBytes)) - Ipv6EchoBytes;
        Vector512<byte> there = Vector512.LessThan(BytePlaces, Vector512.Create((byte)Ipv6EchoBytes));
        LaneTranspose.Store(
            Row6(at[0], there), Row6(at[1], there), Row6(at[2], there), Row6(at[3], there),
            Row6(at[4], there), Row6(at[5], there), Row6(at[6], there), Row6(at[7], there), columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Row6(ulong at, Vector512<byte> there) => Avx512BW.MaskLoad((byte*)at, there, Vector512<byte>.Zero).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> TwoRows(ulong first, ulong second) =>
        Avx512F.InsertVector256(Vector256.Load((ulong*)first).ToVector512Unsafe(), Vector256.Load((ulong*)second), 1);

    // What the source knows of a frame, and of the one four behind it: 32 bytes each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> TwoInfos(ulong* infos, int lane) =>
        TwoRows((ulong)(infos + (lane * InfoWords)), (ulong)(infos + ((lane + (Lanes / 2)) * InfoWords)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Halves(Vector512<ulong> words, Vector512<ulong> low) => (words & low) + (words >> 32);

    // Folds a sum of less than 2^38 twice; what is left is 0xFFFF exactly where the ones' complement sum is (RFC 1071).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> IsAllOnes(Vector512<ulong> sum)
    {
        Vector512<ulong> word = Vector512.Create(0xFFFFUL);
        sum = (sum & word) + (sum >> 16);
        sum = (sum & word) + (sum >> 16);
        return Vector512.Equals(sum, word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Status(ChecksumStatus status, int shift) => Vector512.Create((ulong)status << shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> LanesOf(uint bits)
    {
        Vector512<ulong> bit = Vector512.Create(1UL, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create((ulong)bits) & bit, bit);
    }
}
