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
public struct EchoRequest
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
public struct Conversation
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
}

/// <summary>Why a conversation's exchanges are uncertain.</summary>
public struct Doubt
{
    /// <summary>Replies without request up to this time are untracked, not unsolicited: their requests were folded or dropped, ns.</summary>
    public long UntrackedUntilNs;

    /// <summary>Time of the last reply folded, ns: an earlier request without a reply may have been answered there.</summary>
    public long FoldedRepliesNs;
}
