using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What is remembered of one requester and one responder: 144 bytes, for every pair that pings.</summary>
internal struct PairTrack
{
    public Address Requester;
    public Address Responder;

    /// <summary>How the headers of its requests vary.</summary>
    public HeaderTrack Header;

    public long FirstSlot;
    public long LastSlot;

    /// <summary>Slot of the last time-exceeded about the pair: its TTLs vary for a known reason.</summary>
    public long HopSlot;

    public uint Requests;
    public uint Replies;

    /// <summary>Requests that may still be answered.</summary>
    public uint Credit;

    /// <summary>Place + 1 of its <see cref="TunnelTrack"/>; 0 for none.</summary>
    public int Tunnel;

    /// <summary>True when the pair may be forgotten. One packet is kept for 15 s, a conversation for a minute, evidence for ten.</summary>
    public readonly bool IsOver(long slot)
    {
        long idle = slot - LastSlot;
        return idle > (Tunnel != 0 ? EvidenceSlots : Requests > 1 ? ConversationSlots : SingleSlots);
    }

    public const int SingleSlots = 150;
    public const int ConversationSlots = 600;
    public const int EvidenceSlots = 6000;
}

/// <summary>
/// Requests of one pair compared with those of the slot before: an honest sender keeps its identifier and TTL, counts its sequence
/// up, and waits the same time each time.
/// </summary>
internal struct HeaderTrack
{
    /// <summary>Comparisons after which the counts are halved, so that the recent past weighs more.</summary>
    public const int MaxSteps = 128;

    public long PreviousNs;
    public long MeanGapNs;

    /// <summary>The last 64 gaps, newest in the lowest bit: 1 for longer than the mean.</summary>
    public ulong LongGaps;

    public uint PreviousRest;
    public ushort PreviousPackets;
    public ushort Steps;

    /// <summary>Steps with another identifier.</summary>
    public ushort Identifiers;

    /// <summary>Of these, identifiers that are two printable characters.</summary>
    public ushort Printable;

    /// <summary>Steps whose sequence number neither follows nor stays nor begins anew.</summary>
    public ushort Jumps;

    /// <summary>Steps with another TTL.</summary>
    public ushort Ttls;

    /// <summary>Steps with a code other than 0.</summary>
    public ushort Codes;

    /// <summary>Steps with a wrong checksum.</summary>
    public ushort Checksums;

    /// <summary>Gaps of one cluster: within an eighth of the mean of theirs.</summary>
    public ushort NearShort;
    public ushort NearLong;
    public uint ShortGapUs;
    public uint LongGapUs;
    public byte PreviousTtl;

    /// <summary>Takes the requests of a slot.</summary>
    public void Add(in EchoEvidence echo)
    {
        if (echo.Whole == 0)
            return;
        if (PreviousNs != 0 || Steps != 0)
            Compare(echo);
        PreviousNs = echo.FirstNs;
        PreviousRest = echo.FirstRest;
        PreviousTtl = echo.FirstTtl;
        PreviousPackets = (ushort)Math.Min(echo.Whole, ushort.MaxValue);
    }

    private void Compare(in EchoEvidence echo)
    {
        if (++Steps > MaxSteps)
            Halve();
        uint whole = echo.Whole;
        ushort identifier = (ushort)(echo.FirstRest >> 16);
        bool isOther = identifier != (ushort)(PreviousRest >> 16) || echo.IdentifierMin != echo.IdentifierMax;
        if (isOther)
        {
            Identifiers++;
            if (IsPrintable(identifier))
                Printable++;
        }

        if (!IsInOrder(echo, isOther))
            Jumps++;
        int spread = echo.TtlMax - echo.TtlMin + 1;
        if (echo.FirstTtl != PreviousTtl || (spread > 1 && spread > whole))
            Ttls++;
        if (echo.CodeMax != 0)
            Codes++;
        if (echo.BadChecksums > 0)
            Checksums++;
        if (whole == 1 && PreviousPackets == 1)
            AddGap(EventTime.Between(PreviousNs, echo.FirstNs));
    }

    private readonly bool IsInOrder(in EchoEvidence echo, bool isOther)
    {
        // A new process begins at 0 or 1; a sender that asks several targets counts for all of them together.
        const int FewBegun = 8, ManyTargets = 1024;
        ushort sequence = (ushort)echo.FirstRest, before = (ushort)PreviousRest;
        ushort swapped = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(sequence);
        ushort swappedBefore = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(before);
        if (echo.SequenceMax - echo.SequenceMin > 16 * echo.Whole && SwappedSpread(echo) > 16 * echo.Whole && echo.SequenceMax - echo.SequenceMin < 65_000)
            return false;
        return sequence == before
            || (ushort)(sequence - before) <= ManyTargets
            || (ushort)(swapped - swappedBefore) <= ManyTargets
            || (isOther && (sequence < FewBegun || swapped < FewBegun));
    }

    private static int SwappedSpread(in EchoEvidence echo) => Math.Abs(
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(echo.SequenceMax) - System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(echo.SequenceMin));

    // Two clusters of gaps, each kept as a mean: what a sender of bits by delay makes, and no timer does.
    private void AddGap(long gapNs)
    {
        uint gapUs = (uint)Math.Clamp(gapNs / 1000, 1, uint.MaxValue / 2);
        MeanGapNs = MeanGapNs == 0 ? gapNs : MeanGapNs + ((gapNs - MeanGapNs) / 16);
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
        Printable /= 2;
        Jumps /= 2;
        Ttls /= 2;
        Codes /= 2;
        Checksums /= 2;
        NearShort /= 2;
        NearLong /= 2;
    }

    private static bool IsPrintable(ushort value) => (value >> 8) is >= 0x20 and <= 0x7E && (value & 0xFF) is >= 0x20 and <= 0x7E;
}

/// <summary>What is remembered of the payloads of a pair, once there was one of no benign family: 200 bytes.</summary>
internal struct TunnelTrack
{
    public ulong Bytes;
    public ulong Squares;
    public ulong PreviousHash;
    public long FirstNs;
    public long LastNs;
    public long SpokenSlot;
    public long SignatureSlot;

    /// <summary>Byte values of the current block.</summary>
    public ByteValues Values;

    /// <summary>Unfamiliar requests and replies.</summary>
    public uint Asked;
    public uint Answered;

    /// <summary>Replies whose payload is not their request's.</summary>
    public uint Mismatches;

    /// <summary>Replies with data to no request.</summary>
    public uint Unsolicited;

    /// <summary>Replies with data whose requests had none, by slots.</summary>
    public uint DataForNone;

    /// <summary>Slots in which the payload was another than before.</summary>
    public uint Changes;

    /// <summary>Slots judged.</summary>
    public uint Slots;

    /// <summary>Slots with one identifier and sequence number, as in the slot before, and other payloads.</summary>
    public uint SameKeys;

    public uint InnerHeaders;
    public uint Measured;
    public uint Dense;
    public uint ValueBytes;
    public uint Blocks;
    public uint DenseBlocks;
    public uint TextBlocks;
    public uint Signatures;
    public uint LongSignatures;
    public uint AnySignatures;
    public uint StowedPackets;
    public uint PreviousRest;
    public ulong StowedBytes;
    public ushort LengthMin;
    public ushort LengthMax;
    public InnerHeader InnerHeader;
    public Severity SpokenSeverity;
    public bool HasSignature;
    public bool IsBehaving;

    public readonly uint Packets => Asked + Answered;

    /// <summary>Bytes after which a block of byte values is judged: random ones then have 251 of 256 on average.</summary>
    private const int BlockBytes = 1024;

    /// <summary>Values from which a block is dense. A constant pattern with a few varying bytes in it has half of that.</summary>
    private const int DenseValues = 225;

    /// <summary>Values up to which a block is text: the printable characters are 95, and no text uses all.</summary>
    private const int TextValues = 100;

    /// <summary>Takes what a slot had of unfamiliar payloads in one direction.</summary>
    public void Add(in EchoEvidence echo, in PayloadEvidence payload, bool isRequest)
    {
        if (Packets == 0)
            (FirstNs, LengthMin, LengthMax) = (echo.FirstNs, payload.LengthMin, payload.LengthMax);
        LastNs = Math.Max(LastNs, echo.LastNs);
        LengthMin = Math.Min(LengthMin, payload.LengthMin);
        LengthMax = Math.Max(LengthMax, payload.LengthMax);
        Bytes += payload.Bytes;
        Squares += payload.Squares;
        Signatures |= payload.Signatures;
        LongSignatures += payload.LongSignatures;
        AnySignatures += payload.AnySignatures;
        InnerHeaders += payload.InnerHeaders;
        InnerHeader = (InnerHeader)Math.Max((byte)InnerHeader, (byte)payload.InnerHeader);
        Measured += payload.Measured;
        Dense += payload.Dense;
        // An honest echo repeats its request: counted twice, the same bytes would hide how many values they have.
        if (isRequest || Asked == 0)
            AddValues(payload);
        if (isRequest)
        {
            Asked += payload.Packets;
            Judge(echo, payload);
        }
        else
        {
            Answered += payload.Packets;
        }
    }

    private void Judge(in EchoEvidence echo, in PayloadEvidence payload)
    {
        bool isOther = payload.HashMin != payload.HashMax || (Slots > 0 && payload.HashMin != PreviousHash);
        bool isSame = echo.IdentifierMin == echo.IdentifierMax && echo.SequenceMin == echo.SequenceMax && (Slots == 0 ? echo.Whole > 1 : echo.FirstRest == PreviousRest);
        if (isOther)
            Changes++;
        if (isOther && isSame)
            SameKeys++;
        Slots++;
        PreviousHash = payload.HashMax;
        PreviousRest = echo.FirstRest;
    }

    private void AddValues(in PayloadEvidence payload)
    {
        Values.Add(payload.Values);
        ValueBytes += payload.ValueBytes;
        if (ValueBytes < BlockBytes)
            return;
        int values = Values.Count;
        Blocks++;
        if (values >= DenseValues && ValueBytes < 4 * BlockBytes)
            DenseBlocks++;
        else if (values >= DenseValues && payload.ValueBytes >= BlockBytes)
            DenseBlocks++;
        if (values <= TextValues && values >= 16)
            TextBlocks++;
        (Values, ValueBytes) = (default, 0);
    }
}
