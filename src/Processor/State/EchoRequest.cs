using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>What has become of a request so far.</summary>
[Flags]
public enum RequestState : byte
{
    /// <summary>Nothing: it is open.</summary>
    Open = 0,

    /// <summary>A reply came that carries its payload, as far as is known.</summary>
    Answered = 1,

    /// <summary>Its timeout has passed.</summary>
    TimedOut = 2,

    /// <summary>An error quoted it.</summary>
    Failed = 4,

    /// <summary>A reply came with another payload.</summary>
    Mismatched = 8,

    /// <summary>It is no request but a reply that waits for one: the two may be slightly out of order.</summary>
    Orphan = 16,
}

/// <summary>
/// A request, or a reply without one, that may still meet its counterpart: 64 blittable bytes. Links are places + 1; a key group's
/// places fit 16 bits.
/// </summary>
public struct EchoRequest : IEntry<EchoRequest>
{
    /// <summary>Capture time, ns.</summary>
    public long TimeNs;

    /// <summary>Hash of the payload.</summary>
    public ulong PayloadHash;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>The stream.</summary>
    public int Stream;

    /// <summary>Hash of its key.</summary>
    public uint Hash;

    /// <summary>The conversation: place of the pair x 2, and 1 more where the upper address asks.</summary>
    public ushort Conversation;

    /// <summary>Link to the next older one of the same key.</summary>
    public ushort Older;

    /// <summary>Link to the next newer one of the same key.</summary>
    public ushort Newer;

    /// <summary>Link to the one before it among the unanswered of its conversation.</summary>
    public ushort Before;

    /// <summary>Link to the one behind it among the unanswered of its conversation.</summary>
    public ushort Behind;

    /// <summary>Link to the one before it in its timer list.</summary>
    public ushort TimerBefore;

    /// <summary>Link to the one behind it in its timer list.</summary>
    public ushort TimerBehind;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public ushort MessageBytes;

    /// <summary>Identifier.</summary>
    public ushort Identifier;

    /// <summary>Sequence number.</summary>
    public ushort Sequence;

    /// <summary>The checksum field.</summary>
    public ushort Checksum;

    /// <summary>Type and code as on the wire.</summary>
    public ushort FirstWord;

    /// <summary>Type of the request.</summary>
    public byte RequestType;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>What is known of its payload.</summary>
    public PayloadKnowledge Payload;

    /// <summary>What has become of it.</summary>
    public RequestState State;

    /// <summary>True where the host stage has been told of it: it went to a broadcast or multicast address.</summary>
    public bool IsForwarded;

    /// <inheritdoc/>
    public static int EntryBytes => 61;

    /// <inheritdoc/>
    public static void Write(in EchoRequest entry, ref EntryWriter writer)
    {
        writer.Add(entry.TimeNs);
        writer.Add(entry.PayloadHash);
        writer.Add(entry.Frame);
        writer.Add(entry.Stream);
        writer.Add(entry.Hash);
        writer.Add(entry.Conversation);
        writer.Add(entry.Older);
        writer.Add(entry.Newer);
        writer.Add(entry.Before);
        writer.Add(entry.Behind);
        writer.Add(entry.TimerBefore);
        writer.Add(entry.TimerBehind);
        writer.Add(entry.MessageBytes);
        writer.Add(entry.Identifier);
        writer.Add(entry.Sequence);
        writer.Add(entry.Checksum);
        writer.Add(entry.FirstWord);
        writer.Add(entry.RequestType);
        writer.Add(entry.Family);
        writer.Add((byte)entry.Payload);
        writer.Add((byte)entry.State);
        writer.Add(entry.IsForwarded);
    }

    /// <inheritdoc/>
    public static EchoRequest Read(ref EntryReader reader)
    {
        return new EchoRequest
        {
            TimeNs = reader.Int64(),
            PayloadHash = reader.UInt64(),
            Frame = reader.Int64(),
            Stream = reader.Int32(),
            Hash = reader.UInt32(),
            Conversation = reader.UInt16(),
            Older = reader.UInt16(),
            Newer = reader.UInt16(),
            Before = reader.UInt16(),
            Behind = reader.UInt16(),
            TimerBefore = reader.UInt16(),
            TimerBehind = reader.UInt16(),
            MessageBytes = reader.UInt16(),
            Identifier = reader.UInt16(),
            Sequence = reader.UInt16(),
            Checksum = reader.UInt16(),
            FirstWord = reader.UInt16(),
            RequestType = reader.Byte(),
            Family = reader.Byte(),
            Payload = (PayloadKnowledge)reader.Byte(),
            State = (RequestState)reader.Byte(),
            IsForwarded = reader.Boolean(),
        };
    }
}

/// <summary>A list of requests, first in, first out: in the order of their deadlines, which is the order of their times.</summary>
public struct RequestList
{
    /// <summary>Link to the first.</summary>
    public ushort First;

    /// <summary>Link to the last.</summary>
    public ushort Last;
}

/// <summary>One address asking another, as long as anything of it is kept: 16 bytes.</summary>
public struct Conversation : IEntry<Conversation>
{
    /// <summary>Requests and orphans kept that have no counterpart yet.</summary>
    public ushort Unanswered;

    /// <summary>Requests kept that have been answered.</summary>
    public ushort Answered;

    /// <summary>Link to the oldest of the unanswered.</summary>
    public ushort Oldest;

    /// <summary>Link to the newest of the unanswered.</summary>
    public ushort Newest;

    /// <summary>Link to the conversation before it among those as loud.</summary>
    public ushort LoudBefore;

    /// <summary>Link to the conversation behind it among those as loud.</summary>
    public ushort LoudBehind;

    /// <summary>Link to its <see cref="Doubt"/>; 0 for none.</summary>
    public ushort Doubt;

    /// <summary>Loudness: number of bits of <see cref="Unanswered"/>.</summary>
    public byte Loudness;

    /// <summary>True while requests or orphans of it are kept.</summary>
    public readonly bool IsKept => (Unanswered | Answered) != 0;

    /// <inheritdoc/>
    public static int EntryBytes => 15;

    /// <inheritdoc/>
    public static void Write(in Conversation entry, ref EntryWriter writer)
    {
        writer.Add(entry.Unanswered);
        writer.Add(entry.Answered);
        writer.Add(entry.Oldest);
        writer.Add(entry.Newest);
        writer.Add(entry.LoudBefore);
        writer.Add(entry.LoudBehind);
        writer.Add(entry.Doubt);
        writer.Add(entry.Loudness);
    }

    /// <inheritdoc/>
    public static Conversation Read(ref EntryReader reader)
    {
        return new Conversation
        {
            Unanswered = reader.UInt16(),
            Answered = reader.UInt16(),
            Oldest = reader.UInt16(),
            Newest = reader.UInt16(),
            LoudBefore = reader.UInt16(),
            LoudBehind = reader.UInt16(),
            Doubt = reader.UInt16(),
            Loudness = reader.Byte(),
        };
    }
}

/// <summary>Why a conversation's exchanges are uncertain.</summary>
public struct Doubt : IEntry<Doubt>
{
    /// <summary>Replies without request up to this time are untracked, not unsolicited: their requests were folded or dropped, ns.</summary>
    public long UntrackedUntilNs;

    /// <summary>Time of the last reply folded, ns: an earlier request without a reply may have been answered there.</summary>
    public long FoldedRepliesNs;

    /// <inheritdoc/>
    public static int EntryBytes => 16;

    /// <inheritdoc/>
    public static void Write(in Doubt entry, ref EntryWriter writer)
    {
        writer.Add(entry.UntrackedUntilNs);
        writer.Add(entry.FoldedRepliesNs);
    }

    /// <inheritdoc/>
    public static Doubt Read(ref EntryReader reader)
    {
        return new Doubt
        {
            UntrackedUntilNs = reader.Int64(),
            FoldedRepliesNs = reader.Int64(),
        };
    }
}
