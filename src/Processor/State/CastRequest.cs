using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>A request to many addresses at once that replies may still meet: 120 blittable bytes. Links are places + 1.</summary>
public struct CastRequest : IEntry<CastRequest>
{
    /// <summary>Who asked.</summary>
    public Address Requester;

    /// <summary>The broadcast or multicast address that was asked.</summary>
    public Address Responder;

    /// <summary>The run that saw it.</summary>
    public RunId Run;

    /// <summary>Capture time, ns.</summary>
    public long TimeNs;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>Hash of the payload.</summary>
    public ulong PayloadHash;

    /// <summary>Packets seen at its time.</summary>
    public long Seen;

    /// <summary>Packets lost at its time.</summary>
    public long Lost;

    /// <summary>The stream within the run.</summary>
    public uint Stream;

    /// <summary>Hash of its key.</summary>
    public uint Hash;

    /// <summary>Link to the next older one of the same key.</summary>
    public ushort Older;

    /// <summary>Link to the next newer one of the same key.</summary>
    public ushort Newer;

    /// <summary>Link to the next one by time.</summary>
    public ushort Behind;

    /// <summary>Link to the first of its answers.</summary>
    public ushort Answers;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public ushort MessageBytes;

    /// <summary>Identifier.</summary>
    public ushort Identifier;

    /// <summary>Sequence number.</summary>
    public ushort Sequence;

    /// <summary>The checksum field.</summary>
    public ushort Checksum;

    /// <summary>Type of the request.</summary>
    public byte Type;

    /// <summary>Code of the request.</summary>
    public byte Code;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>What is known of its payload.</summary>
    public PayloadKnowledge Payload;

    /// <summary>True where a reply has been told of.</summary>
    public bool IsAnswered;

    /// <inheritdoc/>
    public static int EntryBytes => 117;

    /// <inheritdoc/>
    public static void Write(in CastRequest entry, ref EntryWriter writer)
    {
        writer.Add(entry.Requester);
        writer.Add(entry.Responder);
        writer.Add(new Address(entry.Run.High, entry.Run.Low));
        writer.Add(entry.TimeNs);
        writer.Add(entry.Frame);
        writer.Add(entry.PayloadHash);
        writer.Add(entry.Seen);
        writer.Add(entry.Lost);
        writer.Add(entry.Stream);
        writer.Add(entry.Hash);
        writer.Add(entry.Older);
        writer.Add(entry.Newer);
        writer.Add(entry.Behind);
        writer.Add(entry.Answers);
        writer.Add(entry.MessageBytes);
        writer.Add(entry.Identifier);
        writer.Add(entry.Sequence);
        writer.Add(entry.Checksum);
        writer.Add(entry.Type);
        writer.Add(entry.Code);
        writer.Add(entry.Family);
        writer.Add((byte)entry.Payload);
        writer.Add(entry.IsAnswered);
    }

    /// <inheritdoc/>
    public static CastRequest Read(ref EntryReader reader) => new()
    {
        Requester = reader.Address(),
        Responder = reader.Address(),
        Run = RunId.Read(reader.Bytes(RunId.Size)),
        TimeNs = reader.Int64(),
        Frame = reader.Int64(),
        PayloadHash = reader.UInt64(),
        Seen = reader.Int64(),
        Lost = reader.Int64(),
        Stream = reader.UInt32(),
        Hash = reader.UInt32(),
        Older = reader.UInt16(),
        Newer = reader.UInt16(),
        Behind = reader.UInt16(),
        Answers = reader.UInt16(),
        MessageBytes = reader.UInt16(),
        Identifier = reader.UInt16(),
        Sequence = reader.UInt16(),
        Checksum = reader.UInt16(),
        Type = reader.Byte(),
        Code = reader.Byte(),
        Family = reader.Byte(),
        Payload = (PayloadKnowledge)reader.Byte(),
        IsAnswered = reader.Boolean(),
    };
}

/// <summary>One of those who answered a request to many: 28 blittable bytes.</summary>
public struct CastAnswer : IEntry<CastAnswer>
{
    /// <summary>Who answered.</summary>
    public Address Responder;

    /// <summary>Hash of request and responder.</summary>
    public uint Hash;

    /// <summary>Place of the request.</summary>
    public ushort Request;

    /// <summary>Link to the next answer to the same request.</summary>
    public ushort Next;

    /// <summary>What has become of the request as far as this responder goes.</summary>
    public RequestState State;

    /// <inheritdoc/>
    public static int EntryBytes => Address.Size + 9;

    /// <inheritdoc/>
    public static void Write(in CastAnswer entry, ref EntryWriter writer)
    {
        writer.Add(entry.Responder);
        writer.Add(entry.Hash);
        writer.Add(entry.Request);
        writer.Add(entry.Next);
        writer.Add((byte)entry.State);
    }

    /// <inheritdoc/>
    public static CastAnswer Read(ref EntryReader reader) => new()
    {
        Responder = reader.Address(),
        Hash = reader.UInt32(),
        Request = reader.UInt16(),
        Next = reader.UInt16(),
        State = (RequestState)reader.Byte(),
    };
}
