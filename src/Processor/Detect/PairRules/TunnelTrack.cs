using System.Runtime.CompilerServices;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What is remembered of the payloads of a pair, once there was one of no benign family: 350 bytes.</summary>
internal partial struct TunnelTrack
{
    /// <summary>The first packet, as a sample for alerts about a pair that has fallen silent.</summary>
    public MarkSample First;

    /// <summary>The start of the last slot's first request.</summary>
    public PayloadStart PreviousStart;

    /// <summary>Hashes of the last payloads, the latest first: several senders with a payload each change nothing.</summary>
    public PayloadHashes Hashes;

    public ulong Bytes;
    public ulong Squares;
    public long FirstNs;
    public long LastNs;
    public long SpokenSlot;
    public long SignatureSlot;

    /// <summary>Slot at whose end the pair is judged even if it says nothing more; 0 once it was.</summary>
    public long DueSlot;

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

    /// <summary>
    /// Requests with a payload that is none of the last ones, at most <see cref="PayloadEvidence.MaxChances"/> a slot; replies, as long as
    /// no request had any.
    /// </summary>
    public uint Changes;

    /// <summary>Packets that were compared, at most as many.</summary>
    public uint Chances;

    /// <summary>Changes in which at least half of the kept start was new.</summary>
    public uint Churned;

    /// <summary>Packets whose kept start reads as text.</summary>
    public uint TextPackets;

    /// <summary>Slots with one identifier and sequence number, as in the slot before, and other payloads.</summary>
    public uint SameKeys;

    public uint InnerHeaders;
    public uint Measured;
    public uint Dense;
    public uint ValueBytes;
    public uint Blocks;
    public uint DenseBlocks;
    public uint Signatures;
    public uint LongSignatures;
    public uint AnySignatures;
    public uint StowedPackets;
    public uint PreviousRest;
    public ulong StowedBytes;
    public ushort LengthMin;
    public ushort LengthMax;
    public byte PreviousStartLength;
    public InnerHeader InnerHeader;
    public Severity SpokenSeverity;
    public bool HasSignature;
    public bool IsBehaving;

    public readonly uint Packets => Asked + Answered;

    /// <summary>Bytes after which a block of byte values is judged: random ones then have 251 of 256 on average.</summary>
    private const int BlockBytes = 1024;

    /// <summary>Values from which a block is dense. A constant pattern with a few varying bytes in it has half of that.</summary>
    private const int DenseValues = 225;

    /// <summary>Takes what a slot had of unfamiliar payloads in one direction.</summary>
    public void Add(in FlowEvidence flow, in PayloadEvidence payload)
    {
        ref readonly EchoEvidence echo = ref flow.Echo;
        bool isRequest = flow.Part == FlowPart.Request;
        if (Packets == 0)
            (FirstNs, LengthMin, LengthMax, First) = (echo.FirstNs, payload.LengthMin, payload.LengthMax, echo.Sample(flow.Source, flow.Destination));
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
        TextPackets += payload.TextPackets;

        // An honest echo repeats its request: counted twice, the same bytes would hide how many values they have.
        if (isRequest || Asked == 0)
            AddValues(payload);
        if (isRequest || Asked == 0)
            Judge(echo, payload);
        if (isRequest)
            Asked += payload.Packets;
        else
            Answered += payload.Packets;
    }

    private void Judge(in EchoEvidence echo, in PayloadEvidence payload)
    {
        bool isFirst = Chances == 0;
        int known = (Hashes.Contains(payload.HashMin) ? 1 : 0) + (payload.HashMax != payload.HashMin && Hashes.Contains(payload.HashMax) ? 1 : 0);
        int changes = Math.Clamp(payload.Distinct - known - (isFirst ? 1 : 0), 0, PayloadEvidence.MaxChances);
        bool isSame = echo.IdentifierMin == echo.IdentifierMax && echo.SequenceMin == echo.SequenceMax && (isFirst ? echo.Whole > 1 : echo.FirstRest == PreviousRest);
        if (changes > 0 && isSame)
            SameKeys++;
        Changes += (uint)changes;
        if (changes > 0 && payload.IsNew(PreviousStart, PreviousStartLength))
            Churned += (uint)changes;
        Chances += Math.Min(payload.Packets, PayloadEvidence.MaxChances);
        Hashes.Add(payload.HashMin);
        Hashes.Add(payload.HashMax);
        (PreviousStart, PreviousStartLength) = (payload.Start, payload.StartLength);
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
        (Values, ValueBytes) = (default, 0);
    }
}

/// <summary>The last payload hashes, the latest first.</summary>
[InlineArray(Count)]
internal partial struct PayloadHashes
{
    public const int Count = 4;

    private ulong _first;

    public readonly bool Contains(ulong hash) => ((ReadOnlySpan<ulong>)this).Contains(hash);

    /// <summary>Puts a hash in front.</summary>
    public void Add(ulong hash)
    {
        int from = ((ReadOnlySpan<ulong>)this).IndexOf(hash);
        for (int i = from < 0 ? Count - 1 : from; i > 0; i--)
            this[i] = this[i - 1];
        this[0] = hash;
    }
}
