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

/// <summary>
/// What counting and matching need of an event: 88 blittable bytes that wait in the reorder buffer until event time has passed them.
/// </summary>
public struct PairMessage : IEntry<PairMessage>
{
    /// <summary>Source of the message itself.</summary>
    public Address Source;

    /// <summary>Destination of the message itself.</summary>
    public Address Destination;

    /// <summary>Capture time, ns; of a fold, of its first packet.</summary>
    public long TimeNs;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>Hash of the payload; of a fold, the time from its first packet to its last, ns; of a failure, the link to its <see cref="Quote"/>.</summary>
    public ulong PayloadHash;

    /// <summary>Murmur2 of the event's key: the low eight bits are its key group, the others find its pair in the group.</summary>
    public uint KeyHash;

    /// <summary>The stream, as <see cref="DomainClock"/> numbers them.</summary>
    public int Stream;

    /// <summary>Packets: 1 unless folded.</summary>
    public uint Count;

    /// <summary>IP total length, bytes; the sum where folded.</summary>
    public uint Bytes;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public ushort MessageBytes;

    /// <summary>Identifier; of a failure, that of the request it quotes.</summary>
    public ushort Identifier;

    /// <summary>Sequence number; of a failure, that of the request it quotes.</summary>
    public ushort Sequence;

    /// <summary>The checksum field.</summary>
    public ushort Checksum;

    /// <summary>Low 16 bits of the IP identification, so that a copy of a packet is told from its like.</summary>
    public ushort IpId;

    /// <summary>ICMP type of the message itself.</summary>
    public byte Type;

    /// <summary>ICMP code of the message itself.</summary>
    public byte Code;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>What it does.</summary>
    public EchoPart Part;

    /// <summary>What is known of its payload.</summary>
    public PayloadKnowledge Payload;

    /// <summary>True where its key is another pair than its own addresses: an error that shows whom it quotes.</summary>
    public bool IsForeign;

    /// <summary>Type and code as on the wire: the first word under the checksum.</summary>
    public readonly ushort FirstWord => (ushort)((Type << 8) | Code);

    /// <summary>Last packet of a fold, ns.</summary>
    public readonly long LastNs => EventTime.Add(TimeNs, (long)PayloadHash);

    /// <inheritdoc/>
    public static int EntryBytes => 88;

    /// <inheritdoc/>
    public static void Write(in PairMessage entry, ref EntryWriter writer)
    {
        writer.Add(entry.Source);
        writer.Add(entry.Destination);
        writer.Add(entry.TimeNs);
        writer.Add(entry.Frame);
        writer.Add(entry.PayloadHash);
        writer.Add(entry.KeyHash);
        writer.Add(entry.Stream);
        writer.Add(entry.Count);
        writer.Add(entry.Bytes);
        writer.Add(entry.MessageBytes);
        writer.Add(entry.Identifier);
        writer.Add(entry.Sequence);
        writer.Add(entry.Checksum);
        writer.Add(entry.IpId);
        writer.Add(entry.Type);
        writer.Add(entry.Code);
        writer.Add(entry.Family);
        writer.Add((byte)entry.Part);
        writer.Add((byte)entry.Payload);
        writer.Add((byte)(entry.IsForeign ? 1 : 0));
    }

    /// <inheritdoc/>
    public static PairMessage Read(ref EntryReader reader)
    {
        return new PairMessage
        {
            Source = reader.Address(),
            Destination = reader.Address(),
            TimeNs = reader.Int64(),
            Frame = reader.Int64(),
            PayloadHash = reader.UInt64(),
            KeyHash = reader.UInt32(),
            Stream = reader.Int32(),
            Count = reader.UInt32(),
            Bytes = reader.UInt32(),
            MessageBytes = reader.UInt16(),
            Identifier = reader.UInt16(),
            Sequence = reader.UInt16(),
            Checksum = reader.UInt16(),
            IpId = reader.UInt16(),
            Type = reader.Byte(),
            Code = reader.Byte(),
            Family = reader.Byte(),
            Part = (EchoPart)reader.Byte(),
            Payload = (PayloadKnowledge)reader.Byte(),
            IsForeign = reader.Byte() != 0,
        };
    }
}

/// <summary>Whose request a failure is about.</summary>
/// <param name="Requester">Source of the quoted datagram.</param>
/// <param name="Responder">Its destination.</param>
/// <param name="Family">4 or 6.</param>
/// <param name="RequestType">Type of the quoted request.</param>
public readonly record struct Quote(Address Requester, Address Responder, byte Family, byte RequestType);
