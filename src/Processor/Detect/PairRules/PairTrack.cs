using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What is remembered of one requester and one responder: 192 bytes, for every pair that pings.</summary>
internal partial struct PairTrack
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
