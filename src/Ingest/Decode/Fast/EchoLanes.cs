using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Decodes the frames that make up most of any capture, echo requests and replies and errors, eight at a time: number i of a vector belongs to
/// frame i of a group. What it writes is what the scalar decoder writes, bit for bit; a frame that it does not know goes there, in its turn.
/// </summary>
/// <remarks>
/// <code>
///   frames   |Ethernet [tag [tag]]|IPv4 without options or IPv6 without extension headers|ICMP header|payload|
///   1 Find      where the headers are, how long the payload is, whether the frame is one of these at all
///   2 Payloads  rows of 64 bytes, transposed to columns: sums, and whether each is what iputils sends
///   3 LaneHash  four groups side by side; LongPayloads, where there are bytes behind those 64
///   4 Headers   columns of fields, transposed to rows: an event is two stores
///   5 Finish    by scalar code: what errors quote, and the payloads that iputils did not make
/// </code>
/// </remarks>
internal sealed unsafe partial class EchoLanes
{
    private const int Lanes = 8;
    private const int Groups = LaneHash.Groups;
    private const int VectorBytes = 64;

    private readonly FrameDecoder _decoder;
    private readonly PayloadPrivacy _privacy;

    // Pinned, so that addresses into it hold; the vectors at the front are aligned to their size.
    private readonly byte[] _memory;
    private readonly Scratch* _scratch;

    /// <summary>Makes one for a decoder, which takes the frames that this one does not know.</summary>
    public EchoLanes(FrameDecoder decoder, PayloadPrivacy privacy)
    {
        _decoder = decoder;
        _privacy = privacy;
        _memory = GC.AllocateArray<byte>(sizeof(Scratch) + VectorBytes, pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _scratch = (Scratch*)((address + VectorBytes - 1) & -VectorBytes);
    }

    /// <summary>True on machines with the AVX-512 of servers (F, BW, DQ).</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Bmi2.X64.IsSupported;

    /// <summary>Decodes a batch; returns how many frames before <paramref name="into"/> was full, or the batch wanted to stop.</summary>
    public int Decode(ReadOnlySpan<byte> memory, FrameBatch frames, EventBuffer into)
    {
        if (frames.Count == 0)
            return 0;
        fixed (byte* start = memory)
        fixed (FrameInfo* infos = frames.Infos)
        fixed (int* offsets = frames.Offsets)
        {
            int count = frames.Count;
            Find(start, memory.Length, count, infos, offsets);
            int groups = (count + Lanes - 1) / Lanes;
            for (int group = 0; group < groups; group++)
                ReadPayloads(group);
            for (int group = 0; group < groups; group++)
                SumPayloads(group);
            LaneHash.Hash(_scratch->Columns(0), _scratch->Lengths(), _scratch->Hashes(), _scratch->Aside());
            for (int group = 0; group < groups && _scratch->Long != 0; group++)
                ReadLongPayloads(group);

            for (int group = 0; group < groups; group++)
            {
                int first = group * Lanes;
                int of = Math.Min(Lanes, count - first);
                if (!WriteGroup(group, of, memory, infos + first, frames, into, out int written))
                    return first + written;
            }

            return count;
        }
    }

    // Payload rows to columns, and which of them count from their 16th byte on.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadPayloads(int group)
    {
        Scratch* scratch = _scratch;
        ulong* payloads = scratch->Payload + (group * Lanes);
        ulong* lengths = scratch->Length + (group * Lanes);
        Vector512<ulong> length = scratch->Lengths()[group];
        if (length != scratch->LengthsLookedUp()[group])
            LookUp(group, length);
        Vector512<byte>* there = scratch->There(group);
        Vector512<ulong> r0 = Row(payloads[0], there[0]), r1 = Row(payloads[1], there[1]), r2 = Row(payloads[2], there[2]), r3 = Row(payloads[3], there[3]);
        Vector512<ulong> r4 = Row(payloads[4], there[4]), r5 = Row(payloads[5], there[5]), r6 = Row(payloads[6], there[6]), r7 = Row(payloads[7], there[7]);
        uint counting = IsCounting(r0, lengths[0]) | (IsCounting(r1, lengths[1]) << 1) | (IsCounting(r2, lengths[2]) << 2)
            | (IsCounting(r3, lengths[3]) << 3) | (IsCounting(r4, lengths[4]) << 4) | (IsCounting(r5, lengths[5]) << 5)
            | (IsCounting(r6, lengths[6]) << 6) | (IsCounting(r7, lengths[7]) << 7);
        scratch->Counting[group] = counting;
        LaneTranspose.Store(r0, r1, r2, r3, r4, r5, r6, r7, scratch->Columns(group));
    }

    // Payloads tend to be as long as those eight before them, so what follows from lengths is kept.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookUp(int group, Vector512<ulong> length)
    {
        Scratch* scratch = _scratch;
        scratch->LengthsLookedUp()[group] = length;
        ulong* lengths = scratch->Length + (group * Lanes);
        LaneEntropy.LookUp(lengths, (ulong*)(scratch->Totals() + group), (ulong*)(scratch->Reciprocals() + group));
        for (int lane = 0; lane < Lanes; lane++)
            scratch->There(group)[lane] = Vector512.LessThan(BytePlaces, Vector512.Create((byte)Math.Min(lengths[lane], VectorBytes)));
    }

    // In halves of 32 bits, so that no carry is lost.
    private void SumPayloads(int group)
    {
        Vector512<ulong>* columns = _scratch->Columns(group);
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> halves = Vector512<ulong>.Zero, others = Vector512<ulong>.Zero;
        for (int index = 0; index < Lanes; index++)
        {
            Vector512<ulong> column = columns[index];
            halves += column & low;
            others += column >> 32;
        }

        _scratch->Sums()[group] = halves + others;
    }

    // What the columns do not hold: the sum of the bytes behind them, whether those count on, and the hash of all.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadLongPayloads(int group)
    {
        Scratch* scratch = _scratch;
        int first = group * Lanes;
        uint left = (scratch->Long >> first) & 0xFF;
        if (left == 0)
            return;
        ulong* payloads = scratch->Payload + first;
        ulong* lengths = scratch->Length + first;
        ulong* sums = (ulong*)(scratch->Sums() + group);
        LongPayloads.Hash(left, payloads, lengths, (ulong*)(scratch->Hashes() + group), ahead: (nint)(Lanes * (lengths[0] + VectorBytes)));
        for (; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            sums[lane] += LongPayloads.Sum((byte*)payloads[lane], lengths[lane], out bool counts);
            if (!counts)
                scratch->Counting[group] &= ~(1U << lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Row(ulong payload, Vector512<byte> there) =>
        Avx512BW.MaskLoad((byte*)payload, there, Vector512<byte>.Zero).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint IsCounting(Vector512<ulong> row, ulong length)
    {
        ulong needed = Bmi2.X64.ZeroHighBits(~0xFFFFUL, Math.Min(length, VectorBytes));
        ulong equal = Vector512.Equals(row.AsByte(), BytePlaces).ExtractMostSignificantBits();
        return (needed & ~equal) == 0 ? 1u : 0u;
    }

    // Writes the events of a group; false where it stopped before its end.
    private bool WriteGroup(
        int group, int count, ReadOnlySpan<byte> memory, FrameInfo* infos, FrameBatch frames, EventBuffer into, out int written)
    {
        Scratch* scratch = _scratch;
        int first = group * Lanes;
        uint known = (scratch->Known >> first) & 0xFF;

        // The rows are written where the events belong if each lane gives one, which is nearly always so.
        Span<IcmpEvent> room = into.Unwritten;
        fixed (IcmpEvent* free = room)
        {
            byte* rows = room.Length >= Lanes ? (byte*)free : scratch->Rows;
            GroupVerdict verdict = known == 0 ? default : WriteRows(group, infos, rows);
            uint @long = (scratch->Long >> first) & 0xFF;
            if ((verdict.Plain & verdict.Echo & ~@long) == 0xFF && rows == (byte*)free && _privacy != PayloadPrivacy.All && !into.IsFull)
            {
                into.AddUnwritten(Lanes);
                Count(verdict.Bad, frames.Verdicts.Slice(first, Lanes));
                written = Lanes;
                return true;
            }

            return WriteInTurn(first, count, verdict, (IcmpEvent*)rows, memory, infos, frames, into, out written);
        }
    }

    // Frame by frame, as the scalar decoder would have met them. A row is never in the way of an event before it.
    private bool WriteInTurn(
        int first, int count, GroupVerdict verdict, IcmpEvent* rows, ReadOnlySpan<byte> memory, FrameInfo* infos, FrameBatch frames, EventBuffer into, out int written)
    {
        Scratch* scratch = _scratch;
        uint @long = (scratch->Long >> first) & 0xFF;
        uint complete = _privacy == PayloadPrivacy.All ? 0 : verdict.Plain & verdict.Echo & ~@long;
        for (written = 0; written < count;)
        {
            if (into.IsFull)
                return false;
            int lane = written;
            int run = Math.Min(BitOperations.TrailingZeroCount(~(complete >> lane)), Math.Min(count - lane, into.Capacity - into.Count));
            Span<DecodeOutcome> outcomes = frames.Verdicts.Slice(first + lane, Math.Max(run, 1));
            if (run > 0)
            {
                Place(rows + lane, run, into);
                Count(verdict.Bad >> lane, outcomes);
                written += run;
                continue;
            }

            written++;
            byte* payload = (byte*)scratch->Payload[first + lane];
            if ((verdict.Icmp >> lane & 1) == 0 || !IsFinishable(payload, rows[lane].IpVersion, verdict.Echo >> lane))
            {
                outcomes[0] = _decoder.Decode(infos[lane], memory.Slice(frames.Offsets[first + lane], (int)infos[lane].CapturedBytes), into);
                if (frames.StopsAtFragments && FragmentStage.Concerns(outcomes[0], into))
                    return false;
                continue;
            }

            ref IcmpEvent e = ref Place(rows + lane, 1, into)[0];
            if ((verdict.Echo >> lane & 1) == 0)
                FinishMessage(payload, ref e, into);
            else
                FinishEcho(payload, verdict.Plain >> lane, @long >> lane, ref e, into);
            outcomes[0] = e.Outcome;
            _decoder.Counters.Count(e.Outcome);
        }

        return true;
    }

    // The rows may stand where they belong.
    private static Span<IcmpEvent> Place(IcmpEvent* rows, int count, EventBuffer into)
    {
        Span<IcmpEvent> events = into.AddUnwritten(count);
        if (Unsafe.AsPointer(ref events[0]) != rows)
            new ReadOnlySpan<IcmpEvent>(rows, count).CopyTo(events);
        return events;
    }

    // Errors and times: what is behind their first eight bytes does not depend on the link they came over.
    private static bool IsFinishable(byte* payload, byte version, uint echo)
    {
        byte type = payload[-EchoHeaderBytes];
        return (echo & 1) != 0 || (version == 4 ? type is 3 or 4 or 11 or 12 or 13 or 14 : type is >= 1 and <= 4);
    }

    private void FinishEcho(byte* payload, uint plain, uint @long, ref IcmpEvent e, EventBuffer into)
    {
        var bytes = new ReadOnlySpan<byte>(payload, e.PayloadCaptured);
        if ((plain & 1) == 0 || (_privacy == PayloadPrivacy.All && e.PayloadCaptured != 0))
            PayloadFeatures.FillFree(bytes, ref e, into, _privacy);
        else if ((@long & 1) != 0)
            e.EntropyMillibits = FastPayload.Entropy(bytes, e.PayloadFamily);
    }

    private void FinishMessage(byte* payload, ref IcmpEvent e, EventBuffer into)
    {
        var message = new ReadOnlySpan<byte>(payload - EchoHeaderBytes, e.MessageBytes);
        e.Code = message[1];
        e.Flags &= ~EventFlags.HasIdentifier;
        DecodeOutcome ofBody = e.IpVersion == 4
            ? Icmpv4Message.Read(message, message.Length, ref e, into)
            : Icmpv6Message.Read(message, message.Length, ref e, into);
        PayloadFeatures.FillBound(message[EchoHeaderBytes..], ref e, into, _privacy);
        e.Outcome = IcmpMessage.VerdictOfWhole(e, ofBody);
    }

    private void Count(uint bad, Span<DecodeOutcome> outcomes)
    {
        bad &= (1U << outcomes.Length) - 1;
        int wrong = BitOperations.PopCount(bad);
        _decoder.Counters.Count(DecodeOutcome.Ok, outcomes.Length - wrong);
        if (wrong == 0)
        {
            // Zero is Ok.
            outcomes.Clear();
            return;
        }

        _decoder.Counters.Count(DecodeOutcome.BadChecksum, wrong);
        for (int lane = 0; lane < outcomes.Length; lane++)
            outcomes[lane] = (bad >> lane & 1) != 0 ? DecodeOutcome.BadChecksum : DecodeOutcome.Ok;
    }

    /// <summary>What was found of a group, a bit for each lane.</summary>
    /// <param name="Icmp">It is a whole ICMP message, and its row is written.</param>
    /// <param name="Echo">It is an echo.</param>
    /// <param name="Plain">Its payload is empty or iputils', and its row is complete.</param>
    /// <param name="Bad">Its checksum is wrong.</param>
    private readonly record struct GroupVerdict(uint Icmp, uint Echo, uint Plain, uint Bad);

    /// <summary>What one stage leaves to the next, for all frames of a batch.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Scratch
    {
        public fixed byte ColumnBytes[Groups * Lanes * VectorBytes];
        public fixed byte SixBytes[Lanes * VectorBytes];
        public fixed byte AsideBytes[LaneHash.AsideVectors * VectorBytes];
        public fixed byte HashBytes[Groups * VectorBytes];
        public fixed byte SumBytes[Groups * VectorBytes];
        public fixed byte LookedUpBytes[Groups * VectorBytes];
        public fixed byte ThereBytes[Groups * Lanes * VectorBytes];
        public fixed byte TotalBytes[Groups * VectorBytes];
        public fixed byte ReciprocalBytes[Groups * VectorBytes];
        public fixed ulong Length[FrameBatch.Capacity];
        public fixed ulong Tags[FrameBatch.Capacity];
        public fixed ulong TagCount[FrameBatch.Capacity];
        public fixed ulong Payload[FrameBatch.Capacity];
        public fixed byte Rows[Lanes * IcmpEvent.Size];
        public fixed byte Nothing[2 * VectorBytes];
        public fixed uint Counting[Groups];
        public uint Known;
        public uint Six;
        public uint Long;

        public Vector512<ulong>* Columns(int group) => (Vector512<ulong>*)Unsafe.AsPointer(ref ColumnBytes[group * Lanes * VectorBytes]);

        public Vector512<ulong>* Aside() => (Vector512<ulong>*)Unsafe.AsPointer(ref AsideBytes[0]);

        public Vector512<ulong>* SixColumns() => (Vector512<ulong>*)Unsafe.AsPointer(ref SixBytes[0]);

        public Vector512<ulong>* Hashes() => (Vector512<ulong>*)Unsafe.AsPointer(ref HashBytes[0]);

        public Vector512<ulong>* Sums() => (Vector512<ulong>*)Unsafe.AsPointer(ref SumBytes[0]);

        public Vector512<ulong>* LengthsLookedUp() => (Vector512<ulong>*)Unsafe.AsPointer(ref LookedUpBytes[0]);

        public Vector512<byte>* There(int group) => (Vector512<byte>*)Unsafe.AsPointer(ref ThereBytes[group * Lanes * VectorBytes]);

        public Vector512<ulong>* Totals() => (Vector512<ulong>*)Unsafe.AsPointer(ref TotalBytes[0]);

        public Vector512<ulong>* Reciprocals() => (Vector512<ulong>*)Unsafe.AsPointer(ref ReciprocalBytes[0]);

        public Vector512<ulong>* Lengths() => (Vector512<ulong>*)Unsafe.AsPointer(ref Length[0]);
    }
}
