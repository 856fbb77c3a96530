using IcmpStream.Schemas;

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

/// <summary>A request, or a reply without one, that may still meet its counterpart: 80 blittable bytes.</summary>
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

    /// <summary>Place of the conversation.</summary>
    public int Conversation;

    /// <summary>Hash of its key.</summary>
    public uint Hash;

    /// <summary>Link to the next older one of the same key; links are places + 1.</summary>
    public int Older;

    /// <summary>Link to the next newer one of the same key.</summary>
    public int Newer;

    /// <summary>Link to the one before it in the conversation.</summary>
    public int Before;

    /// <summary>Link to the one behind it in the conversation.</summary>
    public int Behind;

    /// <summary>Link to the one before it in its timer list.</summary>
    public int TimerBefore;

    /// <summary>Link to the one behind it in its timer list.</summary>
    public int TimerBehind;

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

/// <summary>One address asking another, as long as anything of it is kept.</summary>
public struct EchoConversation
{
    /// <summary>Who asks.</summary>
    public Address Requester;

    /// <summary>Who is asked.</summary>
    public Address Responder;

    /// <summary>Replies without request up to this time are untracked, not unsolicited: their requests were folded or dropped, ns.</summary>
    public long UntrackedUntilNs;

    /// <summary>Time of the last reply folded, ns: an earlier request without a reply may have been answered there.</summary>
    public long FoldedRepliesNs;

    /// <summary>Observation domain.</summary>
    public uint Domain;

    /// <summary>Hash of its key.</summary>
    public uint Hash;

    /// <summary>Requests and orphans kept.</summary>
    public int Kept;

    /// <summary>Link to the oldest.</summary>
    public int Oldest;

    /// <summary>Link to the newest.</summary>
    public int Newest;

    /// <summary>Link to the conversation before it among those as loud.</summary>
    public int LoudBefore;

    /// <summary>Link to the conversation behind it among those as loud.</summary>
    public int LoudBehind;

    /// <summary>Key group of the pair.</summary>
    public byte Group;

    /// <summary>Loudness: number of bits of <see cref="Kept"/>.</summary>
    public byte Loudness;
}

/// <summary>A list of requests in the order of their deadlines, which is the order of their times: first in, first out.</summary>
public struct TimerList
{
    /// <summary>Link to the first.</summary>
    public int First;

    /// <summary>Link to the last.</summary>
    public int Last;
}

/// <summary>The timers of one domain.</summary>
public sealed class EchoTimers
{
    /// <summary>Requests that have not come to their timeout.</summary>
    internal TimerList Waiting;

    /// <summary>Requests past their timeout, which a late reply may still meet.</summary>
    internal TimerList Overdue;

    /// <summary>Replies that wait for a request.</summary>
    internal TimerList Orphans;
}

/// <summary>
/// Requests by (domain, requester, responder, identifier, sequence, type), newest first where they repeat; by conversation, oldest
/// first; and by deadline. Everything about a key group depends on that group's messages alone, so that the partition count does
/// not show, evictions included.
/// </summary>
public sealed class EchoTable
{
    /// <summary>Requests kept of one conversation at most: its sequence space.</summary>
    public const int MaxPerConversation = 65_536;

    /// <summary>
    /// Requests kept of one key group at most by default. 256 x 8,192 x (80 + 16 index) bytes are 192 MiB at worst in one process.
    /// </summary>
    public const int DefaultMaxPerGroup = 8_192;

    private const int LoudnessClasses = 18;

    private readonly int _maxPerGroup;
    private readonly Slab<EchoRequest> _requests = new(int.MaxValue / 2);
    private readonly Slab<EchoConversation> _conversations = new(int.MaxValue / 2);
    private readonly HashIndex _byKey = new();
    private readonly HashIndex _byPair = new();
    private readonly int[] _keptOfGroup = new int[KeyGroup.Count];
    private readonly TimerList[] _loud = new TimerList[KeyGroup.Count * LoudnessClasses];

    /// <summary>Makes a table that keeps at most <paramref name="maxPerGroup"/> requests of a key group.</summary>
    public EchoTable(int maxPerGroup = DefaultMaxPerGroup)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerGroup, 1);
        _maxPerGroup = maxPerGroup;
    }

    /// <summary>Requests and orphans kept.</summary>
    public int Count => _requests.Count;

    /// <summary>Conversations kept.</summary>
    public int Conversations => _conversations.Count;

    /// <summary>A request by its place.</summary>
    public ref EchoRequest Request(int place) => ref _requests[place];

    /// <summary>A conversation by its place.</summary>
    public ref EchoConversation Conversation(int place) => ref _conversations[place];

    /// <summary>The place of a conversation, or -1.</summary>
    public int Find(uint domain, Address requester, Address responder)
    {
        HashProbe probe = _byPair.Probe(Mix.Hash(domain, requester, responder));
        while (probe.Next(out int place))
        {
            ref EchoConversation candidate = ref _conversations[place];
            if (candidate.Requester == requester && candidate.Responder == responder && candidate.Domain == domain)
                return place;
        }

        return -1;
    }

    /// <summary>The place of the newest request of a key in a conversation, or -1; older ones are behind its links.</summary>
    public int FindNewest(int conversation, ushort identifier, ushort sequence, byte requestType)
    {
        HashProbe probe = _byKey.Probe(KeyHash(conversation, identifier, sequence, requestType));
        while (probe.Next(out int place))
        {
            ref EchoRequest candidate = ref _requests[place];
            if (candidate.Conversation == conversation && candidate.Identifier == identifier && candidate.Sequence == sequence
                && candidate.RequestType == requestType)
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>
    /// The request that must go before one more of a pair fits: the oldest of the loudest conversation of the group, loudness
    /// counted in powers of two; -1 while there is room. <paramref name="conversation"/> may be -1.
    /// </summary>
    public int Surplus(int conversation, byte group)
    {
        if (conversation >= 0 && _conversations[conversation].Kept >= MaxPerConversation)
            return _conversations[conversation].Oldest - 1;
        if (_keptOfGroup[group] < _maxPerGroup)
            return -1;
        for (int loudness = LoudnessClasses - 1; loudness > 0; loudness--)
        {
            int loudest = Loud(group, loudness).First;
            if (loudest != 0)
                return _conversations[loudest - 1].Oldest - 1;
        }

        throw new InvalidOperationException("a key group is full of nothing");
    }

    /// <summary>
    /// Adds a request or orphan as the newest of its key, its conversation (made where there is none, -1) and its timer list. The
    /// caller has made room by <see cref="Surplus"/>.
    /// </summary>
    public int Add(int conversation, uint domain, byte group, in EchoMessage message, RequestState state, ref TimerList timers)
    {
        if (conversation < 0)
            conversation = AddConversation(domain, group, message);
        if (!_requests.TryAdd(out int place))
            throw new InvalidOperationException("the table of requests is larger than its groups together");

        int newest = FindNewest(conversation, message.Identifier, message.Sequence, message.RequestType);
        ref EchoRequest added = ref _requests[place];
        added.TimeNs = message.TimeNs;
        added.PayloadHash = message.PayloadHash;
        added.Frame = message.Frame;
        added.Stream = message.Stream;
        added.Conversation = conversation;
        added.Hash = KeyHash(conversation, message.Identifier, message.Sequence, message.RequestType);
        added.MessageBytes = message.MessageBytes;
        added.Identifier = message.Identifier;
        added.Sequence = message.Sequence;
        added.Checksum = message.Checksum;
        added.FirstWord = message.FirstWord;
        added.RequestType = message.RequestType;
        added.Family = message.Family;
        added.Payload = message.Payload;
        added.State = state;
        if (newest < 0)
        {
            _byKey.Add(added.Hash, place);
        }
        else
        {
            added.Older = newest + 1;
            _requests[newest].Newer = place + 1;
            _byKey.Replace(added.Hash, newest, place);
        }

        ref EchoConversation owner = ref _conversations[conversation];
        added.Before = owner.Newest;
        if (owner.Newest != 0)
            _requests[owner.Newest - 1].Behind = place + 1;
        else
            owner.Oldest = place + 1;
        owner.Newest = place + 1;
        Append(ref timers, place);
        _keptOfGroup[owner.Group]++;
        SetKept(conversation, owner.Kept + 1);
        return place;
    }

    /// <summary>Removes a request from everything, and its conversation with the last one.</summary>
    public void Remove(int place, ref TimerList timers)
    {
        Detach(ref timers, place);
        ref EchoRequest removed = ref _requests[place];
        if (removed.Newer != 0)
            _requests[removed.Newer - 1].Older = removed.Older;
        else if (removed.Older != 0)
            _byKey.Replace(removed.Hash, place, removed.Older - 1);
        else
            _byKey.Remove(removed.Hash, place);
        if (removed.Older != 0)
            _requests[removed.Older - 1].Newer = removed.Newer;

        int conversation = removed.Conversation;
        ref EchoConversation owner = ref _conversations[conversation];
        if (removed.Before != 0)
            _requests[removed.Before - 1].Behind = removed.Behind;
        else
            owner.Oldest = removed.Behind;
        if (removed.Behind != 0)
            _requests[removed.Behind - 1].Before = removed.Before;
        else
            owner.Newest = removed.Before;
        _requests.Remove(place);
        _keptOfGroup[owner.Group]--;
        SetKept(conversation, owner.Kept - 1);
        if (owner.Kept == 0)
        {
            _byPair.Remove(owner.Hash, conversation);
            _conversations.Remove(conversation);
        }
    }

    /// <summary>Moves a request from one timer list to the end of another.</summary>
    public void Move(int place, ref TimerList from, ref TimerList to)
    {
        Detach(ref from, place);
        Append(ref to, place);
    }

    private int AddConversation(uint domain, byte group, in EchoMessage message)
    {
        if (!_conversations.TryAdd(out int place))
            throw new InvalidOperationException("the table of conversations is larger than its groups together");
        ref EchoConversation added = ref _conversations[place];
        added.Requester = message.Requester;
        added.Responder = message.Responder;
        added.Domain = domain;
        added.Group = group;
        added.Hash = Mix.Hash(domain, message.Requester, message.Responder);
        added.UntrackedUntilNs = long.MinValue;
        added.FoldedRepliesNs = long.MinValue;
        _byPair.Add(added.Hash, place);
        return place;
    }

    private void SetKept(int conversation, int kept)
    {
        ref EchoConversation changed = ref _conversations[conversation];
        changed.Kept = kept;
        byte loudness = (byte)(32 - System.Numerics.BitOperations.LeadingZeroCount((uint)kept));
        if (loudness == changed.Loudness)
            return;
        if (changed.Loudness != 0)
            LeaveLoud(ref changed);
        changed.Loudness = loudness;
        if (loudness != 0)
            JoinLoud(ref changed, conversation);
    }

    private ref TimerList Loud(byte group, int loudness) => ref _loud[(group * LoudnessClasses) + loudness];

    private void JoinLoud(ref EchoConversation joining, int conversation)
    {
        ref TimerList list = ref Loud(joining.Group, joining.Loudness);
        joining.LoudBefore = list.Last;
        joining.LoudBehind = 0;
        if (list.Last != 0)
            _conversations[list.Last - 1].LoudBehind = conversation + 1;
        else
            list.First = conversation + 1;
        list.Last = conversation + 1;
    }

    private void LeaveLoud(ref EchoConversation leaving)
    {
        ref TimerList list = ref Loud(leaving.Group, leaving.Loudness);
        if (leaving.LoudBefore != 0)
            _conversations[leaving.LoudBefore - 1].LoudBehind = leaving.LoudBehind;
        else
            list.First = leaving.LoudBehind;
        if (leaving.LoudBehind != 0)
            _conversations[leaving.LoudBehind - 1].LoudBefore = leaving.LoudBefore;
        else
            list.Last = leaving.LoudBefore;
    }

    private void Append(ref TimerList list, int place)
    {
        ref EchoRequest added = ref _requests[place];
        added.TimerBefore = list.Last;
        added.TimerBehind = 0;
        if (list.Last != 0)
            _requests[list.Last - 1].TimerBehind = place + 1;
        else
            list.First = place + 1;
        list.Last = place + 1;
    }

    private void Detach(ref TimerList list, int place)
    {
        ref EchoRequest removed = ref _requests[place];
        if (removed.TimerBefore != 0)
            _requests[removed.TimerBefore - 1].TimerBehind = removed.TimerBehind;
        else
            list.First = removed.TimerBehind;
        if (removed.TimerBehind != 0)
            _requests[removed.TimerBehind - 1].TimerBefore = removed.TimerBefore;
        else
            list.Last = removed.TimerBefore;
    }

    private static uint KeyHash(int conversation, ushort identifier, ushort sequence, byte requestType) =>
        Mix.Hash((uint)conversation, ((ulong)requestType << 32) | ((uint)identifier << 16) | sequence);
}
