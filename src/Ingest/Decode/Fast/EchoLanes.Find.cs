using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Native;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Where the payloads of a batch are: eight bytes of each frame say it, those around the type of what is behind the link layer.</summary>
/// <remarks>
/// <code>
///   bytes        0     2     4     6     8
///   IPv4        |08 00|45 ..|total|.. ..|
///   IPv6        |86 DD|6. ..|.. ..|bytes|      what is behind the header
///   a tag       |81 00|ident|  the same, four bytes on
/// </code>
/// </remarks>
internal sealed unsafe partial class EchoLanes
{
    private const int MaxTags = 2;
    private const int TagBytes = 4;
    private const int TagBits = 16;
    private const int FirstTagBit = 32;
    private const ulong TagIdentifierMask = 0x0FFF;
    private const int TypeBytes = 2;
    private const int LinkTypeBit = 48;

    // As a little-endian machine reads them.
    private const ulong TypeMask = 0xFFFF;
    private const ulong Vlan = 0x0081;
    private const ulong ProviderBridging = 0xA888;
    private const ulong DoubleTag = 0x0091;
    private const ulong StartMask4 = 0x00FF_FFFF;
    private const ulong Start4 = 0x0045_0008;
    private const ulong StartMask6 = 0x00F0_FFFF;
    private const ulong Start6 = 0x0060_DD86;

    private const int EthernetBytes = EthernetLayer.HeaderBytes;
    private const int EchoHeaderBytes = IcmpEvent.HeaderBytes;
    private const int Ipv4EchoBytes = Ipv4Layer.MinHeaderBytes + EchoHeaderBytes;
    private const int Ipv6EchoBytes = Ipv6Layer.HeaderBytes + EchoHeaderBytes;

    // Fetched in good time, and not so early that the first-level cache has lost it again.
    private const int MaxBytesAhead = 8 * 1024;

    private static readonly Vector512<ulong> Places = Vector512.CreateSequence(0UL, 1UL);
    private static readonly Vector512<byte> Identifier = LaneShuffles.Make(3, 2, No, No, No, No, No, No);
    private static readonly Vector512<byte> Total4 = LaneShuffles.Make(5, 4, No, No, No, No, No, No);
    private static readonly Vector512<byte> Bytes6 = LaneShuffles.Make(7, 6, No, No, No, No, No, No);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Find(byte* memory, int memoryBytes, int count, FrameInfo* infos, int* offsets)
    {
        Scratch* scratch = _scratch;
        FetchNext(memory, count, infos, offsets);

        // All places are counted from the memory's start. A lane without a frame reads zeros instead, which lie elsewhere.
        Vector512<ulong> nothing = Vector512.Create((ulong)(scratch->Nothing + VectorBytes - memory));
        uint known = 0, six = 0, @long = 0;
        for (int first = 0; first < FrameBatch.Capacity; first += Lanes)
        {
            RecordLanes.Split((byte*)(infos + first) + (FrameInfo.Size / 2), FrameInfo.Size, out Vector512<ulong> captured, out Vector512<ulong> place);
            captured >>= 32;
            Vector512<ulong> offset = Avx512F.ConvertToVector512UInt64(Vector256.Load((uint*)(offsets + first)));
            Vector512<ulong> isThere = Vector512.LessThan(Places + Vector512.Create((ulong)first), Vector512.Create((ulong)count))
                & Vector512.GreaterThanOrEqual(captured, Vector512.Create((ulong)(EthernetBytes + Ipv4EchoBytes)))
                & Vector512.LessThanOrEqual(offset + captured, Vector512.Create((ulong)(uint)memoryBytes))
                & Vector512.Equals(place >> LinkTypeBit, Vector512.Create((ulong)LinkTypes.Ethernet));
            Vector512<ulong> ip = Vector512.ConditionalSelect(isThere, offset + Vector512.Create((ulong)EthernetBytes), nothing);
            Vector512<ulong> left = captured - Vector512.Create((ulong)EthernetBytes);
            Vector512<ulong> start = Gather(memory, ip);

            Vector512<ulong> tags = Vector512<ulong>.Zero, tagCount = Vector512<ulong>.Zero, isTagged = isThere;
            for (int tag = 0; tag < MaxTags; tag++)
            {
                isTagged &= IsTag(start) & Vector512.GreaterThanOrEqual(left, Vector512.Create((ulong)(TagBytes + Ipv4EchoBytes)));
                if (isTagged == Vector512<ulong>.Zero)
                    break;
                Vector512<ulong> step = isTagged & Vector512.Create((ulong)TagBytes);
                tags |= (isTagged & LaneShuffles.Move(start, Identifier) & Vector512.Create(TagIdentifierMask)) << (FirstTagBit + (tag * TagBits));
                tagCount -= isTagged;
                ip += step;
                left -= step;
                start = Gather(memory, ip);
            }

            Vector512<ulong> is4 = Vector512.Equals(start & Vector512.Create(StartMask4), Vector512.Create(Start4));
            Vector512<ulong> is6 = Vector512.Equals(start & Vector512.Create(StartMask6), Vector512.Create(Start6))
                & Vector512.GreaterThanOrEqual(left, Vector512.Create((ulong)Ipv6EchoBytes));
            Vector512<ulong> header = Vector512.ConditionalSelect(is6, Vector512.Create((ulong)Ipv6EchoBytes), Vector512.Create((ulong)Ipv4EchoBytes));
            Vector512<ulong> total = Vector512.ConditionalSelect(
                is6, LaneShuffles.Move(start, Bytes6) + Vector512.Create((ulong)Ipv6Layer.HeaderBytes), LaneShuffles.Move(start, Total4));
            Vector512<ulong> isKnown = isThere & (is4 | is6) & Vector512.GreaterThanOrEqual(total, header) & Vector512.LessThanOrEqual(total, left);

            Vector512<ulong> length = (total - header) & isKnown;
            (Vector512.ConditionalSelect(isKnown, ip + header, nothing) + Vector512.Create((ulong)memory)).Store(scratch->Payload + first);
            length.Store(scratch->Length + first);
            tags.Store(scratch->Tags + first);
            tagCount.Store(scratch->TagCount + first);
            known |= (uint)isKnown.ExtractMostSignificantBits() << first;
            six |= (uint)(is6 & isKnown).ExtractMostSignificantBits() << first;
            @long |= (uint)Vector512.GreaterThan(length, Vector512.Create((ulong)LaneHash.MaxBytes)).ExtractMostSignificantBits() << first;
        }

        scratch->Known = known;
        scratch->Six = six;
        scratch->Long = @long;
    }

    // The frames that come next are as far away as these are long, and on their way while these are decoded.
    private static void FetchNext(byte* memory, int count, FrameInfo* infos, int* offsets)
    {
        byte* next = memory + Math.Min(offsets[count - 1] + (long)infos[count - 1].CapturedBytes - offsets[0], MaxBytesAhead);
        for (int index = 0; index < count; index++)
        {
            Sse.Prefetch0(next + offsets[index]);
            Sse.Prefetch0(next + offsets[index] + VectorBytes);
        }
    }

    // Eight bytes, from the type in front of an IP header on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Gather(byte* memory, Vector512<ulong> ip)
    {
        ulong* types = (ulong*)(memory - TypeBytes);
        return Vector512.Create(
            Avx2.GatherVector256(types, ip.AsInt64().GetLower(), 1), Avx2.GatherVector256(types, ip.AsInt64().GetUpper(), 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> IsTag(Vector512<ulong> start)
    {
        Vector512<ulong> type = start & Vector512.Create(TypeMask);
        return Vector512.Equals(type, Vector512.Create(Vlan)) | Vector512.Equals(type, Vector512.Create(ProviderBridging))
            | Vector512.Equals(type, Vector512.Create(DoubleTag));
    }
}
