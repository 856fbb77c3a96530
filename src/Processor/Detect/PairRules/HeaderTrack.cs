using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>One sender of a pair, as its identifier tells it from others.</summary>
internal partial struct EchoSender
{
    public ushort Identifier;
    public ushort Sequence;

    /// <summary>By how much its sequence number rose last: one that asks many targets counts for all of them together.</summary>
    public ushort Stride;

    /// <summary>IP total length of its last packet.</summary>
    public ushort Bytes;

    /// <summary>What its last payload was filled with, where that is one byte over and over or a row of rising ones; 0 for anything else.</summary>
    public ushort Filling;
    public byte Ttl;
}

/// <summary>
/// The last senders of a pair, the latest first: two programs, or the hosts behind one translated address, may ask the same target.
/// </summary>
[InlineArray(Count)]
internal partial struct EchoSenders
{
    public const int Count = 4;

    private EchoSender _first;

    public readonly int Find(ushort identifier, int known)
    {
        for (int i = 0; i < known; i++)
        {
            if (this[i].Identifier == identifier)
                return i;
        }

        return -1;
    }

    /// <summary>True where one of them sent packets of that length last.</summary>
    public readonly bool HasLength(ushort bytes, int known)
    {
        for (int i = 0; i < known; i++)
        {
            if (this[i].Bytes == bytes)
                return true;
        }

        return false;
    }

    /// <summary>True where one of them filled its last payload with the same.</summary>
    public readonly bool HasFilling(ushort filling, int known)
    {
        for (int i = 0; i < known; i++)
        {
            if (this[i].Filling == filling)
                return true;
        }

        return false;
    }

    /// <summary>Puts a sender in front; the place it came from, or the last one, is given up.</summary>
    public void MoveToFront(in EchoSender sender, int from)
    {
        for (int i = from; i > 0; i--)
            this[i] = this[i - 1];
        this[0] = sender;
    }
}

/// <summary>
/// Requests of one pair compared with those of the slot before: an honest sender keeps its identifier and TTL, counts its sequence
/// up, and waits the same time each time.
/// </summary>
internal partial struct HeaderTrack
{
    /// <summary>Comparisons after which the counts are halved, so that the recent past weighs more.</summary>
    public const int MaxSteps = 128;

    /// <summary>Identifiers in a row of processes started one after the other: process ids, and the kernel's own for ping sockets, rise.</summary>
    private const int MaxIdentifierRise = 2048;

    /// <summary>The most by which a sequence number of one sender rises, or differs from its last rise.</summary>
    private const int ManyTargets = 1024;

    /// <summary>Lost packets in a row by which a gap is divided: what was captured behind a lossy link has gaps of one, two and more periods.</summary>
    private const int MaxLost = 64;

    public long PreviousNs;
    public long MeanGapNs;

    /// <summary>The last 64 gaps, newest in the lowest bit: 1 for longer than the mean.</summary>
    public ulong LongGaps;

    /// <summary>A bit for each identifier seen, by its hash; emptied when half of them are set.</summary>
    public ulong IdentifierBits;

    public EchoSenders Senders;
    public byte KnownSenders;
    public ushort PreviousPackets;
    public ushort Steps;

    /// <summary>Steps with another identifier.</summary>
    public ushort Identifiers;

    /// <summary>
    /// Steps with an identifier that had no bit yet: of random ones seven in ten, of up to forty senders in turn hardly any once all
    /// were heard.
    /// </summary>
    public ushort Fresh;

    /// <summary>Of <see cref="Identifiers"/>, those that are two printable characters.</summary>
    public ushort Printable;

    /// <summary>Steps whose sequence number neither follows nor stays nor begins anew.</summary>
    public ushort Jumps;

    /// <summary>Steps with another TTL.</summary>
    public ushort Ttls;

    /// <summary>Steps with a code other than 0.</summary>
    public ushort Codes;

    /// <summary>Steps with a wrong checksum.</summary>
    public ushort Checksums;

    /// <summary>Steps with another length that no even rise explains.</summary>
    public ushort Lengths;

    /// <summary>Steps whose payload is filled with another byte.</summary>
    public ushort Fillings;

    /// <summary>By how many bytes the length changed last, up or down: who tries lengths one after the other changes it evenly.</summary>
    public ushort LengthStep;

    /// <summary>Gaps of one cluster: within an eighth of the mean of theirs.</summary>
    public ushort NearShort;
    public ushort NearLong;
    public uint ShortGapUs;
    public uint LongGapUs;

    /// <summary>Takes the requests of a slot.</summary>
    public void Add(in EchoEvidence echo)
    {
        if (echo.Whole == 0)
            return;
        var sender = new EchoSender
        {
            Identifier = (ushort)(echo.FirstRest >> 16),
            Sequence = (ushort)echo.FirstRest,
            Bytes = echo.FirstBytes,
            Filling = FillingOf(echo),
            Ttl = echo.FirstTtl,
        };
        int known = Senders.Find(sender.Identifier, KnownSenders);
        if (KnownSenders > 0)
        {
            Compare(echo, sender, known);
            sender.Stride = (ushort)(sender.Sequence - Senders[Math.Max(known, 0)].Sequence);
        }

        PreviousNs = echo.FirstNs;
        PreviousPackets = (ushort)Math.Min(echo.Whole, ushort.MaxValue);
        Remember(sender, known);
        if (echo.IdentifierMin == echo.IdentifierMax)
            return;

        // The first packet's sender stays in front.
        RememberOther(echo.IdentifierMin, sender);
        RememberOther(echo.IdentifierMax, sender);
        Remember(sender, Senders.Find(sender.Identifier, KnownSenders));
    }

    private void Compare(in EchoEvidence echo, in EchoSender sender, int known)
    {
        if (++Steps > MaxSteps)
            Halve();
        EchoSender before = Senders[Math.Max(known, 0)];
        CompareIdentifier(sender.Identifier);
        bool isOne = echo.IdentifierMin == echo.IdentifierMax;
        bool isOther = known < 0 || (!isOne && (Senders.Find(echo.IdentifierMin, KnownSenders) < 0 || Senders.Find(echo.IdentifierMax, KnownSenders) < 0));
        if (isOther && !IsNextProcess(echo, sender, before))
        {
            Identifiers++;
            if (IsPrintable(sender.Identifier))
                Printable++;
        }

        if (!IsInOrder(echo, sender, before, known, isOne))
            Jumps++;
        if (!IsSameTtl(echo, before, isOne))
            Ttls++;
        if (echo.CodeMax != 0)
            Codes++;
        if (echo.BadChecksums > 0)
            Checksums++;
        CompareLength(sender, before);
        if (sender.Filling != 0 && before.Filling != 0 && !Senders.HasFilling(sender.Filling, KnownSenders))
            Fillings++;
        if (echo.Whole != 1 || PreviousPackets != 1)
            return;
        long gapNs = EventTime.Between(PreviousNs, echo.FirstNs);
        MeanGapNs = MeanGapNs == 0 ? gapNs : MeanGapNs + ((gapNs - MeanGapNs) / 16);
        if (known == 0)
            AddGap(gapNs / Lost(sender.Sequence, before.Sequence));
    }

    private void CompareIdentifier(ushort identifier)
    {
        const uint Spread = 0x9E37_79B1;
        const int HalfOfAll = 32;
        ulong bit = 1UL << (int)((identifier * Spread) >> 26);
        if ((IdentifierBits & bit) != 0)
            return;
        Fresh++;
        IdentifierBits |= bit;
        if (BitOperations.PopCount(IdentifierBits) >= HalfOfAll)
            IdentifierBits = bit;
    }

    private void CompareLength(in EchoSender sender, in EchoSender before)
    {
        if (Senders.HasLength(sender.Bytes, KnownSenders))
            return;
        ushort step = (ushort)Math.Abs(sender.Bytes - before.Bytes);
        if (step != LengthStep)
            Lengths++;
        LengthStep = step;
    }

    // The payload's sum, which the checksum gives away (RFC 1071): without the header's words, and in IPv6 but for what the pair and the
    // length have in common. For payloads of one value it says which.
    private static ushort FillingOf(in EchoEvidence echo)
    {
        const int Modulus = ushort.MaxValue;
        if (echo.FirstFamily is not (PayloadFamily.Constant or PayloadFamily.Incrementing))
            return 0;
        int header = echo.FirstChecksum + (echo.Type << 8) + echo.FirstCode + (int)(echo.FirstRest >> 16) + (int)(echo.FirstRest & ushort.MaxValue);
        return (ushort)(1 + (((4 * Modulus) - header) % Modulus));
    }

    // A program that is started for each ping begins anew with a number that is a little higher, or, if its payload says that it is
    // ping, with any number.
    private static bool IsNextProcess(in EchoEvidence echo, in EchoSender sender, in EchoSender before)
    {
        bool rises = (ushort)(sender.Identifier - before.Identifier) <= MaxIdentifierRise
            || (ushort)(Swap(sender.Identifier) - Swap(before.Identifier)) <= MaxIdentifierRise;
        bool begins = sender.Sequence <= 1 || Swap(sender.Sequence) <= 1;
        bool isPing = echo.FirstFamily is PayloadFamily.Iputils or PayloadFamily.Bsd or PayloadFamily.Busybox;
        return rises || (begins && isPing && !IsPrintable(sender.Identifier));
    }

    private static bool IsInOrder(in EchoEvidence echo, in EchoSender sender, in EchoSender before, int known, bool isOne)
    {
        const int FewBegun = 8;
        if (isOne && echo.SequenceMax - echo.SequenceMin > 16 * echo.Whole && SwappedSpread(echo) > 16 * echo.Whole && echo.SequenceMax - echo.SequenceMin < 65_000)
            return false;
        ushort rise = (ushort)(sender.Sequence - before.Sequence);
        return rise <= ManyTargets
            || (ushort)(Swap(sender.Sequence) - Swap(before.Sequence)) <= ManyTargets
            || (known >= 0 && Math.Abs(rise - before.Stride) <= ManyTargets)
            || (known < 0 && (sender.Sequence < FewBegun || Swap(sender.Sequence) < FewBegun));
    }

    // Who traces a path raises the TTL by one each time and begins anew at the nearest hop, whether or not the hops are heard.
    private readonly bool IsSameTtl(in EchoEvidence echo, in EchoSender before, bool isOne)
    {
        const int NearHops = 3;
        int spread = echo.TtlMax - echo.TtlMin + 1;
        if (isOne && spread > 1 && spread > echo.Whole)
            return false;
        int rise = echo.FirstTtl - before.Ttl;
        return rise == 0 || (rise > 0 && rise <= PreviousPackets) || echo.FirstTtl <= NearHops;
    }

    private void Remember(in EchoSender sender, int known)
    {
        int from = known;
        if (known < 0)
        {
            KnownSenders = (byte)Math.Min(EchoSenders.Count, KnownSenders + 1);
            from = KnownSenders - 1;
        }

        Senders.MoveToFront(sender, from);
    }

    private void RememberOther(ushort identifier, in EchoSender first)
    {
        int known = Senders.Find(identifier, KnownSenders);
        EchoSender other = known < 0 ? first with { Identifier = identifier } : Senders[known];
        Remember(other, known);
    }

    private static int SwappedSpread(in EchoEvidence echo) => Math.Abs(Swap(echo.SequenceMax) - Swap(echo.SequenceMin));

    private static long Lost(ushort sequence, ushort before)
    {
        int rise = Math.Min((ushort)(sequence - before), (ushort)(Swap(sequence) - Swap(before)));
        return rise is > 1 and <= MaxLost ? rise : 1;
    }

    // Two clusters of gaps, each kept as a mean: what a sender of bits by delay makes, and no timer does.
    private void AddGap(long gapNs)
    {
        uint gapUs = (uint)Math.Clamp(gapNs / 1000, 1, uint.MaxValue / 2);
        if (ShortGapUs == 0)
            (ShortGapUs, LongGapUs) = (gapUs, gapUs);
        bool isLong = gapUs > (ShortGapUs / 2) + (LongGapUs / 2);
        LongGaps = (LongGaps << 1) | (isLong ? 1UL : 0);
        ref uint mean = ref (isLong ? ref LongGapUs : ref ShortGapUs);
        bool isNear = gapUs <= mean + (mean / 8) && gapUs >= mean - (mean / 8);
        if (isNear)
            _ = isLong ? NearLong++ : NearShort++;
        mean = isNear ? mean : (uint)(mean + (((long)gapUs - mean) / 2));
        if (ShortGapUs > LongGapUs)
            (ShortGapUs, LongGapUs, NearShort, NearLong) = (LongGapUs, ShortGapUs, NearLong, NearShort);
    }

    private void Halve()
    {
        Steps /= 2;
        Identifiers /= 2;
        Fresh /= 2;
        Printable /= 2;
        Jumps /= 2;
        Ttls /= 2;
        Codes /= 2;
        Checksums /= 2;
        Lengths /= 2;
        Fillings /= 2;
        NearShort /= 2;
        NearLong /= 2;
    }

    private static bool IsPrintable(ushort value) => (value >> 8) is >= 0x20 and <= 0x7E && (value & 0xFF) is >= 0x20 and <= 0x7E;

    private static ushort Swap(ushort value) => BinaryPrimitives.ReverseEndianness(value);
}
