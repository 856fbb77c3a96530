using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// What the echo requests, or the replies, of one flow looked like in one slot: extremes and counts only, so that the order in which
/// the events came does not show.
/// </summary>
public partial struct EchoEvidence
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

    /// <summary>Family of the first packet's payload.</summary>
    public PayloadFamily FirstFamily;

    /// <summary>Takes a message.</summary>
    public void Add(in PairMessage message)
    {
        Packets += message.Count;
        if (message.Count > 1 || (message.Flags & MessageFlags.Together) != MessageFlags.None)
        {
            if (Packets == message.Count)
                (FirstNs, LastNs, Type) = (message.TimeNs, message.LastNs, message.Type);
            return;
        }

        ushort identifier = message.Identifier, sequence = message.Sequence;
        byte ttl = message.Ttl;
        if (Whole++ == 0)
        {
            (FirstNs, LastNs) = (message.TimeNs, message.TimeNs);
            SetFirst(message);
            (IdentifierMin, IdentifierMax, SequenceMin, SequenceMax) = (identifier, identifier, sequence, sequence);
            (TtlMin, TtlMax, CodeMax) = (ttl, ttl, message.Code);
        }
        else
        {
            if (message.TimeNs < FirstNs || (message.TimeNs == FirstNs && message.Rest < FirstRest))
            {
                FirstNs = message.TimeNs;
                SetFirst(message);
            }

            LastNs = Math.Max(LastNs, message.TimeNs);
            IdentifierMin = Math.Min(IdentifierMin, identifier);
            IdentifierMax = Math.Max(IdentifierMax, identifier);
            SequenceMin = Math.Min(SequenceMin, sequence);
            SequenceMax = Math.Max(SequenceMax, sequence);
            TtlMin = Math.Min(TtlMin, ttl);
            TtlMax = Math.Max(TtlMax, ttl);
            CodeMax = Math.Max(CodeMax, message.Code);
        }

        if ((message.Flags & MessageFlags.BadChecksum) != MessageFlags.None)
            BadChecksums++;
    }

    private void SetFirst(in PairMessage message)
    {
        FirstRest = message.Rest;
        FirstBytes = (ushort)Math.Min(message.Bytes, ushort.MaxValue);
        FirstChecksum = message.Checksum;
        Type = message.Type;
        FirstCode = message.Code;
        FirstTtl = message.Ttl;
        FirstFamily = message.PayloadFamily;
    }

    /// <summary>The first packet as a sample.</summary>
    public readonly MarkSample Sample(Address source, Address destination) =>
        new(FirstNs, source, destination, Type, FirstCode, FirstTtl, FirstBytes, FirstRest);
}
