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
        FirstFamily = e.PayloadFamily;
    }

    /// <summary>The first packet as a sample.</summary>
    public readonly MarkSample Sample(Address source, Address destination) =>
        new(FirstNs, source, destination, Type, FirstCode, FirstTtl, FirstBytes, FirstRest);
}
