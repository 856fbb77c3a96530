using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>The first bytes of a payload, as far as the event keeps them.</summary>
[InlineArray(Length)]
public partial struct PayloadStart
{
    /// <summary>Bytes at most: what an event keeps.</summary>
    public const int Length = 64;

    private byte _first;
}

/// <summary>What the payloads of one flow that belong to no benign family looked like in one slot. Commutative as <see cref="EchoEvidence"/>.</summary>
public partial struct PayloadEvidence
{
    /// <summary>Payload bytes.</summary>
    public ulong Bytes;

    /// <summary>Sum of the squares of the lengths.</summary>
    public ulong Squares;

    /// <summary>Smallest payload hash.</summary>
    public ulong HashMin;

    /// <summary>Largest payload hash.</summary>
    public ulong HashMax;

    /// <summary>A bit for each payload hash, by its lowest six bits: how many there are shows about how many payloads there were.</summary>
    public ulong HashBits;

    /// <summary>Bits that all kept starts have, and bits that one of them has; beyond its end a start is zero.</summary>
    public Vector512<byte> Common;

    /// <summary>See <see cref="Common"/>.</summary>
    public Vector512<byte> Any;

    /// <summary>Which byte values the kept starts have: 256 bits.</summary>
    public ByteValues Values;

    /// <summary>Time of the packet whose start is kept, ns.</summary>
    public long StartNs;

    /// <summary>Packets.</summary>
    public uint Packets;

    /// <summary>All signature bits.</summary>
    public uint Signatures;

    /// <summary>Packets with a long signature.</summary>
    public uint LongSignatures;

    /// <summary>Packets with a signature, long or short.</summary>
    public uint AnySignatures;

    /// <summary>Packets with an inner header.</summary>
    public uint InnerHeaders;

    /// <summary>Packets of 256 bytes or more, whose entropy means something.</summary>
    public uint Measured;

    /// <summary>Of these, packets of high entropy.</summary>
    public uint Dense;

    /// <summary>Bytes that <see cref="Values"/> is about.</summary>
    public uint ValueBytes;

    /// <summary>Packets whose kept start reads as text.</summary>
    public uint TextPackets;

    /// <summary>Smallest payload length.</summary>
    public ushort LengthMin;

    /// <summary>Largest payload length.</summary>
    public ushort LengthMax;

    /// <summary>The kept start of the first packet's payload.</summary>
    public PayloadStart Start;

    /// <summary>Length of <see cref="Start"/>.</summary>
    public byte StartLength;

    /// <summary>Length of the shortest kept start.</summary>
    public byte ShortestStart;

    /// <summary>The last of the inner headers by number.</summary>
    public InnerHeader InnerHeader;

    /// <summary>Bytes from which entropy means something: 56 bytes of iputils have 5.3 bits, random ones 5.6.</summary>
    public const int MinEntropyBytes = 256;

    /// <summary>
    /// Thousandths of a bit per byte from which a payload is dense: 256 random bytes have 7.18 on average with a deviation of 0.03, text
    /// and machine code have 4 to 6.5.
    /// </summary>
    public const int DenseMillibits = 7000;

    /// <summary>Packets of one slot whose payloads are compared at most: beyond that the bits of their hashes fill up.</summary>
    public const int MaxChances = 16;

    /// <summary>Bytes of a start from which it can be called text, and different values that text has at least.</summary>
    private const int MinTextBytes = 16, MinTextValues = 8;

    /// <summary>Bytes of a start from which it can be called new.</summary>
    private const int MinNewBytes = 4;

    /// <summary>Bytes that no clock and counter together change between two packets.</summary>
    private const int ManyNewBytes = 8;

    /// <summary>How many payloads there were, or a few less.</summary>
    public readonly int Distinct => BitOperations.PopCount(HashBits);

    /// <summary>
    /// True where at least half of the bytes at the start, or eight, differ among the slot's payloads, or from an earlier one: more than a
    /// clock, a counter or a name of the sender's takes. Of a timeval five change from one second to the next, of nanoseconds and of a
    /// floating-point number as many, and a counter changes one.
    /// </summary>
    public readonly bool IsNew(in PayloadStart before, int beforeLength)
    {
        int length = Math.Min(ShortestStart, beforeLength == 0 ? PayloadStart.Length : beforeLength);
        if (length < MinNewBytes)
            return false;
        Vector512<byte> varied = Common ^ Any;
        if (beforeLength > 0)
            varied |= Common ^ Vector512.Create((ReadOnlySpan<byte>)before);
        ulong places = Vector512.ExtractMostSignificantBits(~Vector512.Equals(varied, Vector512<byte>.Zero));
        places &= length == PayloadStart.Length ? ulong.MaxValue : (1UL << length) - 1;
        int differing = BitOperations.PopCount(places);
        return 2 * differing >= length || differing >= ManyNewBytes;
    }

    /// <summary>Takes an event with its kept payload prefix.</summary>
    public void Add(in IcmpEvent e, ReadOnlySpan<byte> prefix)
    {
        ushort length = (ushort)Math.Min(e.PayloadBytes, ushort.MaxValue);
        if (Packets++ == 0)
            (LengthMin, LengthMax, HashMin, HashMax) = (length, length, e.PayloadHash, e.PayloadHash);
        LengthMin = Math.Min(LengthMin, length);
        LengthMax = Math.Max(LengthMax, length);
        HashMin = Math.Min(HashMin, e.PayloadHash);
        HashMax = Math.Max(HashMax, e.PayloadHash);
        HashBits |= 1UL << (int)(e.PayloadHash & 63);
        Bytes += length;
        Squares += (ulong)length * length;
        if (e.Signatures != 0)
        {
            Signatures |= e.Signatures;
            AnySignatures++;
            if ((e.Signatures & Schemas.Tables.ToolSignatures.LongMask) != 0)
                LongSignatures++;
        }

        if (e.InnerHeader != InnerHeader.None)
        {
            InnerHeaders++;
            InnerHeader = (InnerHeader)Math.Max((byte)InnerHeader, (byte)e.InnerHeader);
        }

        if (e.PayloadCaptured >= MinEntropyBytes)
        {
            Measured++;
            if (e.EntropyMillibits >= DenseMillibits)
                Dense++;
        }

        Keep(e, prefix);
    }

    private void Keep(in IcmpEvent e, ReadOnlySpan<byte> prefix)
    {
        if (prefix.IsEmpty)
            return;
        prefix = prefix[..Math.Min(prefix.Length, PayloadStart.Length)];
        PayloadStart start = default;
        prefix.CopyTo(start);
        var bytes = Vector512.Create((ReadOnlySpan<byte>)start);
        bool isFirst = StartLength == 0;
        Common = isFirst ? bytes : Common & bytes;
        Any |= bytes;
        ShortestStart = (byte)(isFirst ? prefix.Length : Math.Min(ShortestStart, prefix.Length));
        AddValues(prefix);
        if (!isFirst && (e.FirstNs > StartNs || (e.FirstNs == StartNs && prefix.SequenceCompareTo(((ReadOnlySpan<byte>)Start)[..StartLength]) >= 0)))
            return;
        StartNs = e.FirstNs;
        StartLength = (byte)prefix.Length;
        Start = start;
    }

    private void AddValues(ReadOnlySpan<byte> prefix)
    {
        ByteValues values = default;
        int printable = 0;
        foreach (byte value in prefix)
        {
            values.Add(value);
            printable += value is (>= 0x20 and <= 0x7E) or (byte)'\t' or (byte)'\n' or (byte)'\r' ? 1 : 0;
        }

        Values.Add(values);
        ValueBytes += (uint)prefix.Length;
        if (prefix.Length >= MinTextBytes && 4 * printable >= 3 * prefix.Length && values.Count >= MinTextValues)
            TextPackets++;
    }
}
