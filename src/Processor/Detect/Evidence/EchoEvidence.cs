using System.Runtime.CompilerServices;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// What the echo requests, or the replies, of one flow looked like in one slot: extremes and counts only, so that the order in which
/// the events came does not show.
/// </summary>
public struct EchoEvidence
{
    /// <summary>Time of the first packet, ns.</summary>
    public long FirstNs;

    /// <summary>Time of the last packet, ns.</summary>
    public long LastNs;

    /// <summary>Packets, folded ones included.</summary>
    public uint Packets;

    /// <summary>Packets whose header was seen: all but folded ones. The fields below are of these.</summary>
    public uint Whole;

    /// <summary>Packets with a wrong checksum.</summary>
    public uint BadChecksums;

    /// <summary>Identifier and sequence number of the first packet.</summary>
    public uint FirstRest;

    /// <summary>Place + 1 of the <see cref="PayloadEvidence"/>; 0 for none.</summary>
    public int Payload;

    /// <summary>IP total length of the first packet, bytes.</summary>
    public ushort FirstBytes;

    /// <summary>Smallest identifier.</summary>
    public ushort IdentifierMin;

    /// <summary>Largest identifier.</summary>
    public ushort IdentifierMax;

    /// <summary>Smallest sequence number.</summary>
    public ushort SequenceMin;

    /// <summary>Largest sequence number.</summary>
    public ushort SequenceMax;

    /// <summary>Checksum field of the first packet.</summary>
    public ushort FirstChecksum;

    /// <summary>Smallest TTL.</summary>
    public byte TtlMin;

    /// <summary>Largest TTL.</summary>
    public byte TtlMax;

    /// <summary>Largest code.</summary>
    public byte CodeMax;

    /// <summary>ICMP type of the first packet.</summary>
    public byte Type;

    /// <summary>ICMP code of the first packet.</summary>
    public byte FirstCode;

    /// <summary>TTL of the first packet.</summary>
    public byte FirstTtl;

    /// <summary>Takes an event.</summary>
    public void Add(in IcmpEvent e)
    {
        Packets += e.Count;
        if (e.Count > 1)
        {
            if (Packets == e.Count)
                (FirstNs, LastNs, Type) = (e.FirstNs, e.LastNs, e.Type);
            return;
        }

        ushort identifier = e.Identifier, sequence = e.Sequence;
        if (Whole++ == 0)
        {
            (FirstNs, LastNs) = (e.FirstNs, e.FirstNs);
            SetFirst(e);
            (IdentifierMin, IdentifierMax, SequenceMin, SequenceMax) = (identifier, identifier, sequence, sequence);
            (TtlMin, TtlMax, CodeMax) = (e.Ttl, e.Ttl, e.Code);
        }
        else
        {
            if (e.FirstNs < FirstNs || (e.FirstNs == FirstNs && e.RestOfHeader < FirstRest))
            {
                FirstNs = e.FirstNs;
                SetFirst(e);
            }

            LastNs = Math.Max(LastNs, e.FirstNs);
            IdentifierMin = Math.Min(IdentifierMin, identifier);
            IdentifierMax = Math.Max(IdentifierMax, identifier);
            SequenceMin = Math.Min(SequenceMin, sequence);
            SequenceMax = Math.Max(SequenceMax, sequence);
            TtlMin = Math.Min(TtlMin, e.Ttl);
            TtlMax = Math.Max(TtlMax, e.Ttl);
            CodeMax = Math.Max(CodeMax, e.Code);
        }

        if (e.ChecksumStatus == ChecksumStatus.Bad)
            BadChecksums++;
    }

    private void SetFirst(in IcmpEvent e)
    {
        FirstRest = e.RestOfHeader;
        FirstBytes = (ushort)Math.Min(e.Bytes, ushort.MaxValue);
        FirstChecksum = e.Checksum;
        Type = e.Type;
        FirstCode = e.Code;
        FirstTtl = e.Ttl;
    }

    /// <summary>The first packet as a sample.</summary>
    public readonly MarkSample Sample(Address source, Address destination) =>
        new(FirstNs, source, destination, Type, FirstCode, FirstTtl, FirstBytes, FirstRest);
}

/// <summary>The first bytes of a payload, as far as the event keeps them.</summary>
[InlineArray(Length)]
public struct PayloadStart
{
    /// <summary>Bytes at most: what an event keeps.</summary>
    public const int Length = 64;

    private byte _first;
}

/// <summary>What the payloads of one flow that belong to no benign family looked like in one slot. Commutative as <see cref="EchoEvidence"/>.</summary>
public struct PayloadEvidence
{
    /// <summary>Payload bytes.</summary>
    public ulong Bytes;

    /// <summary>Sum of the squares of the lengths.</summary>
    public ulong Squares;

    /// <summary>Smallest payload hash.</summary>
    public ulong HashMin;

    /// <summary>Largest payload hash.</summary>
    public ulong HashMax;

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

    /// <summary>Smallest payload length.</summary>
    public ushort LengthMin;

    /// <summary>Largest payload length.</summary>
    public ushort LengthMax;

    /// <summary>The kept start of the first packet's payload.</summary>
    public PayloadStart Start;

    /// <summary>Length of <see cref="Start"/>.</summary>
    public byte StartLength;

    /// <summary>The last of the inner headers by number.</summary>
    public InnerHeader InnerHeader;

    /// <summary>Bytes from which entropy means something: 56 bytes of iputils have 5.3 bits, random ones 5.6.</summary>
    public const int MinEntropyBytes = 256;

    /// <summary>
    /// Thousandths of a bit per byte from which a payload is dense: 256 random bytes have 7.18 on average with a deviation of 0.03, text
    /// and machine code have 4 to 6.5.
    /// </summary>
    public const int DenseMillibits = 7000;

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
        foreach (byte value in prefix)
            Values.Add(value);
        ValueBytes += (uint)prefix.Length;
        if (StartLength != 0 && (e.FirstNs > StartNs || (e.FirstNs == StartNs && prefix.SequenceCompareTo(Start[..StartLength]) >= 0)))
            return;
        StartNs = e.FirstNs;
        StartLength = (byte)prefix.Length;
        prefix.CopyTo(Start);
    }
}

/// <summary>A set of byte values.</summary>
public struct ByteValues
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>How many values are in it.</summary>
    public readonly int Count => System.Numerics.BitOperations.PopCount(_a) + System.Numerics.BitOperations.PopCount(_b)
        + System.Numerics.BitOperations.PopCount(_c) + System.Numerics.BitOperations.PopCount(_d);

    /// <summary>Adds a value.</summary>
    public void Add(byte value)
    {
        ulong bit = 1UL << (value & 63);
        switch (value >> 6)
        {
            case 0:
                _a |= bit;
                break;
            case 1:
                _b |= bit;
                break;
            case 2:
                _c |= bit;
                break;
            default:
                _d |= bit;
                break;
        }
    }

    /// <summary>Adds all of another.</summary>
    public void Add(in ByteValues other) => (_a, _b, _c, _d) = (_a | other._a, _b | other._b, _c | other._c, _d | other._d);
}
