using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What a message does to an exchange.</summary>
public enum EchoPart : byte
{
    /// <summary>Nothing: it is only counted.</summary>
    None,

    /// <summary>It opens one.</summary>
    Request,

    /// <summary>It answers one.</summary>
    Reply,

    /// <summary>It says that a request failed.</summary>
    Failure,

    /// <summary>Several requests folded into one event: they have no identity.</summary>
    FoldedRequests,

    /// <summary>Several replies folded into one event.</summary>
    FoldedReplies,
}

/// <summary>What is known of a message's payload, and of its key.</summary>
[Flags]
public enum PayloadKnowledge : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The hash is over the whole payload, and the checksum says that the payload is as sent.</summary>
    Hash = 1,

    /// <summary>The checksum field was captured.</summary>
    Checksum = 2,

    /// <summary>The checksum is known to be wrong, so that it proves a difference of nothing.</summary>
    BadChecksum = 4,
}

/// <summary>What is to be known of a message beside its numbers.</summary>
[Flags]
public enum MessageFlags : byte
{
    /// <summary>Nothing special: IPv4.</summary>
    None = 0,

    /// <summary>As <see cref="PayloadKnowledge.Hash"/>.</summary>
    Hash = 1,

    /// <summary>As <see cref="PayloadKnowledge.Checksum"/>.</summary>
    Checksum = 2,

    /// <summary>As <see cref="PayloadKnowledge.BadChecksum"/>.</summary>
    BadChecksum = 4,

    /// <summary>Its key is another pair than its own addresses: an error that shows whom it quotes.</summary>
    Foreign = 8,

    /// <summary>It is ICMPv6.</summary>
    Version6 = 16,

    /// <summary>Its addresses do not fit four bytes each: they are in its slot's list.</summary>
    Wide = 32,

    /// <summary>It stands for many that found no room: only counts are known of them.</summary>
    Together = 64,

    /// <summary>Another stream saw the packet before: it counts for nothing.</summary>
    Copy = 128,
}

/// <summary>
/// What counting, matching and the rules need of an event: 64 blittable bytes that wait in the reorder buffer until event time has
/// passed them, in eight words that are written whole, since a core waits for the memory of only so many stores at once.
/// </summary>
public struct PairMessage : IEntry<PairMessage>
{
    /// <summary>Capture time, ns; of a fold, of its first packet.</summary>
    public long TimeNs;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>Hash of the payload; of a fold, the time from its first packet to its last, ns; of a failure, the link to its <see cref="Quote"/>.</summary>
    public ulong PayloadHash;

    /// <summary>IPv4 source and destination; where <see cref="MessageFlags.Wide"/>, the place of both in the slot's list.</summary>
    public ulong Ends;

    private ulong _key;
    private ulong _amount;
    private ulong _header;
    private ulong _kind;

    /// <summary>Murmur2 of the event's key: the low eight bits are its key group, the others find its pair in the group.</summary>
    public readonly uint KeyHash => (uint)_key;

    /// <summary>The stream, as <see cref="DomainClock"/> numbers them.</summary>
    public readonly int Stream => (int)(_key >> 32);

    /// <summary>Packets: 1 unless folded.</summary>
    public readonly uint Count => (uint)(_amount >> 32);

    /// <summary>IP total length, bytes; the sum where folded.</summary>
    public readonly uint Bytes => (uint)_amount;

    /// <summary>Identifier and sequence number.</summary>
    public readonly uint Rest => (uint)(_header >> 32);

    /// <summary>Identifier; of a failure, that of the request it quotes.</summary>
    public readonly ushort Identifier => (ushort)(_header >> 48);

    /// <summary>Sequence number; of a failure, that of the request it quotes.</summary>
    public readonly ushort Sequence => (ushort)(_header >> 32);

    /// <summary>The checksum field.</summary>
    public readonly ushort Checksum => (ushort)(_header >> 16);

    /// <summary>Low 16 bits of the IP identification, so that a copy of a packet is told from its like.</summary>
    public readonly ushort IpId => (ushort)_header;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public readonly ushort MessageBytes => (ushort)(_kind >> 48);

    /// <summary>ICMP type of the message itself.</summary>
    public readonly byte Type => (byte)(_kind >> 40);

    /// <summary>ICMP code of the message itself.</summary>
    public readonly byte Code => (byte)(_kind >> 32);

    /// <summary>Type and code as on the wire: the first word under the checksum.</summary>
    public readonly ushort FirstWord => (ushort)(_kind >> 32);

    /// <summary>Time to live, or hop limit.</summary>
    public readonly byte Ttl => (byte)(_kind >> 24);

    /// <summary>Benign family of the payload.</summary>
    public readonly PayloadFamily PayloadFamily => (PayloadFamily)(byte)(_kind >> 16);

    /// <summary>What it does.</summary>
    public readonly EchoPart Part => (EchoPart)(byte)(_kind >> 8);

    /// <summary>What else is known.</summary>
    public readonly MessageFlags Flags => (MessageFlags)(byte)_kind;

    /// <summary>What is known of its payload.</summary>
    public readonly PayloadKnowledge Payload => (PayloadKnowledge)(byte)(Flags & (MessageFlags.Hash | MessageFlags.Checksum | MessageFlags.BadChecksum));

    /// <summary>4 or 6.</summary>
    public readonly byte Family => (Flags & MessageFlags.Version6) == MessageFlags.None ? (byte)4 : (byte)6;

    /// <summary>True where its key is another pair than its own addresses: an error that shows whom it quotes.</summary>
    public readonly bool IsForeign => (Flags & MessageFlags.Foreign) != MessageFlags.None;

    /// <summary>True where another stream saw the packet before.</summary>
    public readonly bool IsCopy => (Flags & MessageFlags.Copy) != MessageFlags.None;

    /// <summary>True where its addresses are in the slot's list.</summary>
    public readonly bool IsWide => (Flags & MessageFlags.Wide) != MessageFlags.None;

    /// <summary>Last packet of a fold, ns.</summary>
    public readonly long LastNs => EventTime.Add(TimeNs, (long)PayloadHash);

    /// <inheritdoc/>
    public static int EntryBytes => 64;

    /// <summary>Takes an event's own numbers; the rest is said beside them.</summary>
    public void Set(in IcmpEvent e, uint rest, ulong payloadHash, ulong ends, uint keyHash, int stream, EchoPart part, PayloadFamily family, MessageFlags flags)
    {
        TimeNs = e.FirstNs;
        Frame = e.Frame;
        PayloadHash = payloadHash;
        Ends = ends;
        _key = ((ulong)(uint)stream << 32) | keyHash;
        _amount = ((ulong)e.Count << 32) | e.Bytes;
        _header = ((ulong)rest << 32) | ((ulong)e.Checksum << 16) | (ushort)e.IpId;
        _kind = ((ulong)e.MessageBytes << 48) | ((ulong)e.Type << 40) | ((ulong)e.Code << 32) | ((ulong)e.Ttl << 24)
            | ((ulong)(byte)family << 16) | ((ulong)(byte)part << 8) | (byte)flags;
    }

    /// <summary>Notes that another stream saw the packet before.</summary>
    public void MarkCopy() => _kind |= (byte)MessageFlags.Copy;

    /// <summary>Counts the packets of another that is alike.</summary>
    public void Add(uint packets, uint bytes)
    {
        uint sum = (uint)Math.Min(uint.MaxValue, (ulong)Bytes + bytes);
        _amount = ((ulong)(Count + packets) << 32) | sum;
    }

    /// <inheritdoc/>
    public static void Write(in PairMessage entry, ref EntryWriter writer)
    {
        writer.Add(entry.TimeNs);
        writer.Add(entry.Frame);
        writer.Add(entry.PayloadHash);
        writer.Add(entry.Ends);
        writer.Add(entry._key);
        writer.Add(entry._amount);
        writer.Add(entry._header);
        writer.Add(entry._kind);
    }

    /// <inheritdoc/>
    public static PairMessage Read(ref EntryReader reader)
    {
        return new PairMessage
        {
            TimeNs = reader.Int64(),
            Frame = reader.Int64(),
            PayloadHash = reader.UInt64(),
            Ends = reader.UInt64(),
            _key = reader.UInt64(),
            _amount = reader.UInt64(),
            _header = reader.UInt64(),
            _kind = reader.UInt64(),
        };
    }
}

/// <summary>Whose request a failure is about.</summary>
/// <param name="Requester">Source of the quoted datagram.</param>
/// <param name="Responder">Its destination.</param>
/// <param name="Family">4 or 6.</param>
/// <param name="RequestType">Type of the quoted request.</param>
public readonly record struct Quote(Address Requester, Address Responder, byte Family, byte RequestType);
