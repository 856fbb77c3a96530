using System.Numerics;

namespace IcmpStream.Processor.State;

/// <summary>
/// The exchanges of one key group of one domain: pairs, and their requests by (requester, responder, identifier, sequence, type), newest
/// first where they repeat; the unanswered by conversation and by deadline, the answered in the order of their answers. Everything
/// depends on that group's messages alone, so that the partition count does not show, evictions included.
/// </summary>
/// <remarks>
/// Memory of a full group: 9,216 requests of 64 bytes, 13,312 pairs of 80, and two indexes of 32,768 heads of 2 bytes and 16,384 links of 8,
/// which is 2 MiB: 500 MiB for all 256, if every group is full at once. Arrays double from 16 entries, so what is not used is not taken.
/// </remarks>
public sealed partial class ExchangeTable
{
    /// <summary>Unanswered requests and orphans kept of one key group at most by default: 2^21 in all.</summary>
    public const int DefaultMaxUnanswered = 8_192;

    /// <summary>Answered requests kept of one key group at most, so that a second answer is known as a duplicate: 2^18 in all.</summary>
    public const int MaxAnswered = 1_024;

    /// <summary>The largest limits, so that links fit 16 bits.</summary>
    public const int MaxPairs = short.MaxValue - 1;

    private const int LoudnessClasses = 17;

    /// <summary>Loudness of a conversation with one unanswered request: as quiet as can be, and in no list.</summary>
    private const int Alone = 1;

    private readonly int _maxUnanswered;
    private readonly Slab<EchoRequest> _requests;
    private readonly PlaceIndex _byKey = new();
    private readonly RequestList[] _loud = new RequestList[LoudnessClasses];

    /// <summary>Requests that have not come to their timeout.</summary>
    private RequestList _waiting;

    /// <summary>Requests past their timeout, which a late reply may still meet.</summary>
    private RequestList _overdue;

    /// <summary>Replies that wait for a request.</summary>
    private RequestList _orphans;

    /// <summary>Requests that have been answered, in the order of their answers.</summary>
    private RequestList _answered;
    private int _answeredCount;
    private SlotAllowance _forwardedRequests = SlotAllowance.Untouched;
    private SlotAllowance _forwardedReplies = SlotAllowance.Untouched;

    /// <summary>Makes a table for a key group.</summary>
    public ExchangeTable(int maxUnanswered, int maxFlows)
    {
        _maxUnanswered = maxUnanswered;
        _requests = new Slab<EchoRequest>(maxUnanswered + MaxAnswered);
        Pairs = new PairTable(Math.Min(MaxPairs, maxUnanswered + MaxAnswered + maxFlows));
    }

    /// <summary>The pairs.</summary>
    public PairTable Pairs { get; }

    /// <summary>Packets seen lately, where copies of overlapping sensors are taken out.</summary>
    public CopyTable Copies { get; } = new();

    /// <summary>
    /// Requests that the host stage is told of. All of a slot are added while it is closed, and its orphans are kept until they are
    /// forwarded: an empty table has nothing to remember of either.
    /// </summary>
    public ref SlotAllowance ForwardedRequests => ref _forwardedRequests;

    /// <summary>Replies that the host stage is told of.</summary>
    public ref SlotAllowance ForwardedReplies => ref _forwardedReplies;

    /// <summary>True where there is something to be written down.</summary>
    public bool IsEmpty => Count == 0 && Copies.Count == 0;

    /// <summary>Requests and orphans kept.</summary>
    public int Count => _requests.Count;

    /// <summary>Requests and orphans that have no counterpart yet.</summary>
    public int Unanswered => _requests.Count - _answeredCount;

    /// <summary>No deadline passes up to this time, ns; so nobody need look.</summary>
    public long QuietUntilNs { get; set; } = long.MaxValue;

    /// <summary>The orphan that has waited longest; -1 for none.</summary>
    public int FirstOrphan => _orphans.First - 1;

    /// <summary>The request whose timeout is next; -1 for none.</summary>
    public int FirstWaiting => _waiting.First - 1;

    /// <summary>The timed-out request that is forgotten next; -1 for none.</summary>
    public int FirstOverdue => _overdue.First - 1;

    /// <summary>The request that was answered first; -1 for none.</summary>
    public int FirstAnswered => _answered.First - 1;

    /// <summary>A request by its place.</summary>
    public ref EchoRequest this[int place] => ref _requests[place];

    /// <summary>The place of the newest request of a key in a conversation, or -1; older ones are behind its links.</summary>
    public int FindNewest(int conversation, ushort identifier, ushort sequence, byte requestType) =>
        FindNewest(KeyHash(conversation, identifier, sequence, requestType), conversation, identifier, sequence, requestType);

    /// <summary>
    /// The request that must go before one more of a conversation fits: the oldest unanswered of the loudest conversation, loudness
    /// counted in powers of two; -1 while there is room.
    /// </summary>
    public int Surplus()
    {
        if (Unanswered < _maxUnanswered)
            return -1;
        for (int loudness = LoudnessClasses - 1; loudness > Alone; loudness--)
        {
            int loudest = _loud[loudness].First;
            if (loudest != 0)
                return Pairs.ConversationOf(loudest - 1).Oldest - 1;
        }

        // Where none has more than one, the oldest of all goes.
        int oldest = -1;
        foreach (ushort first in (ReadOnlySpan<ushort>)[_overdue.First, _waiting.First, _orphans.First])
        {
            if (first != 0 && (oldest < 0 || _requests[first - 1].TimeNs < _requests[oldest].TimeNs))
                oldest = first - 1;
        }

        return oldest;
    }

    /// <summary>
    /// Adds a request or orphan as the newest of its key and conversation, and last to time out; answered ones are not unanswered. The
    /// caller has made room by <see cref="Surplus"/>. Returns its place.
    /// </summary>
    public int Add(int conversation, in PairMessage message, byte requestType, RequestState state)
    {
        if (!_requests.TryAdd(out int place))
            throw new InvalidOperationException("the table of requests is larger than its limits together");
        uint hash = KeyHash(conversation, message.Identifier, message.Sequence, requestType);
        int newest = FindNewest(hash, conversation, message.Identifier, message.Sequence, requestType);

        // Field by field in place: a copy of what has just been written in small pieces would wait for all of them.
        ref EchoRequest added = ref _requests[place];
        added.TimeNs = message.TimeNs;
        added.PayloadHash = message.PayloadHash;
        added.Frame = message.Frame;
        added.Stream = message.Stream;
        added.Hash = hash;
        added.Conversation = (ushort)conversation;
        added.MessageBytes = message.MessageBytes;
        added.Identifier = message.Identifier;
        added.Sequence = message.Sequence;
        added.Checksum = message.Checksum;
        added.FirstWord = message.FirstWord;
        added.RequestType = requestType;
        added.Family = message.Family;
        added.Payload = message.Payload;
        added.State = state;
        if (newest < 0)
        {
            _byKey.Add(hash, place);
        }
        else
        {
            added.Older = (ushort)(newest + 1);
            _requests[newest].Newer = (ushort)(place + 1);
            _byKey.Replace(hash, newest, place);
        }

        ref Conversation owner = ref Pairs.ConversationOf(conversation);
        if ((added.State & RequestState.Answered) != RequestState.Open)
        {
            AppendAnswered(ref owner, place);
            return place;
        }

        AppendUnanswered(ref owner, conversation, place);
        if ((added.State & RequestState.Orphan) != RequestState.Open)
            Append(ref _orphans, place);
        else if ((added.State & RequestState.TimedOut) != RequestState.Open)
            Append(ref _overdue, place);
        else
            Append(ref _waiting, place);
        return place;
    }

    /// <summary>Notes that a request has been answered. <see cref="AnsweredSurplus"/> says what goes for it.</summary>
    public void Answer(int place)
    {
        ref EchoRequest request = ref _requests[place];
        ref Conversation owner = ref Pairs.ConversationOf(request.Conversation);
        Detach(ref TimerOf(request.State), place);
        RemoveUnanswered(ref owner, request.Conversation, place);
        request.State |= RequestState.Answered;
        AppendAnswered(ref owner, place);
    }

    /// <summary>The answered request that has to be forgotten, since there are too many; -1 for none.</summary>
    public int AnsweredSurplus() => _answeredCount > MaxAnswered ? FirstAnswered : -1;

    /// <summary>Moves a request whose timeout has passed to the end of those that a late reply may meet.</summary>
    public void TimeOut(int place)
    {
        Detach(ref _waiting, place);
        _requests[place].State |= RequestState.TimedOut;
        Append(ref _overdue, place);
    }

    /// <summary>Removes a request from everything, and its pair with the last one.</summary>
    public void Remove(int place)
    {
        ref EchoRequest removed = ref _requests[place];
        Detach(ref TimerOf(removed.State), place);
        if (removed.Newer != 0)
            _requests[removed.Newer - 1].Older = removed.Older;
        else if (removed.Older != 0)
            _byKey.Replace(removed.Hash, place, removed.Older - 1);
        else
            _byKey.Remove(removed.Hash, place);
        if (removed.Older != 0)
            _requests[removed.Older - 1].Newer = removed.Newer;

        int conversation = removed.Conversation;
        ref Conversation owner = ref Pairs.ConversationOf(conversation);
        if ((removed.State & RequestState.Answered) != RequestState.Open)
        {
            owner.Answered--;
            _answeredCount--;
        }
        else
        {
            RemoveUnanswered(ref owner, conversation, place);
        }

        _requests.Remove(place);
        if (!owner.IsKept)
            Pairs.Release(conversation >> 1);
    }

    /// <summary>Brings the table into the cache, before many messages meet it in no order; the sum means nothing.</summary>
    public ulong Touch()
    {
        ulong sum = Pairs.Touch() + _byKey.Touch();
        foreach (ref readonly EchoRequest request in _requests.Items)
            sum += request.PayloadHash;
        return sum;
    }

    private int FindNewest(uint hash, int conversation, ushort identifier, ushort sequence, byte requestType)
    {
        for (int place = _byKey.First(hash); place >= 0; place = _byKey.Next(place, hash))
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

    private ref RequestList TimerOf(RequestState state)
    {
        if ((state & RequestState.Answered) != RequestState.Open)
            return ref _answered;
        if ((state & RequestState.Orphan) != RequestState.Open)
            return ref _orphans;
        return ref ((state & RequestState.TimedOut) != RequestState.Open ? ref _overdue : ref _waiting);
    }

    private void AppendAnswered(ref Conversation owner, int place)
    {
        owner.Answered++;
        _answeredCount++;
        Append(ref _answered, place);
    }

    private void AppendUnanswered(ref Conversation owner, int conversation, int place)
    {
        ref EchoRequest added = ref _requests[place];
        added.Before = owner.Newest;
        if (owner.Newest != 0)
            _requests[owner.Newest - 1].Behind = (ushort)(place + 1);
        else
            owner.Oldest = (ushort)(place + 1);
        owner.Newest = (ushort)(place + 1);
        SetUnanswered(ref owner, conversation, owner.Unanswered + 1);
    }

    private void RemoveUnanswered(ref Conversation owner, int conversation, int place)
    {
        ref EchoRequest removed = ref _requests[place];
        if (removed.Before != 0)
            _requests[removed.Before - 1].Behind = removed.Behind;
        else
            owner.Oldest = removed.Behind;
        if (removed.Behind != 0)
            _requests[removed.Behind - 1].Before = removed.Before;
        else
            owner.Newest = removed.Before;
        SetUnanswered(ref owner, conversation, owner.Unanswered - 1);
    }

    private void SetUnanswered(ref Conversation changed, int conversation, int count)
    {
        changed.Unanswered = (ushort)count;
        byte loudness = (byte)(32 - BitOperations.LeadingZeroCount((uint)count));
        if (loudness == changed.Loudness)
            return;
        if (changed.Loudness > Alone)
            LeaveLoud(ref changed);
        changed.Loudness = loudness;
        if (loudness > Alone)
            JoinLoud(ref changed, conversation);
    }

    private void JoinLoud(ref Conversation joining, int conversation)
    {
        ref RequestList list = ref _loud[joining.Loudness];
        joining.LoudBefore = list.Last;
        joining.LoudBehind = 0;
        if (list.Last != 0)
            Pairs.ConversationOf(list.Last - 1).LoudBehind = (ushort)(conversation + 1);
        else
            list.First = (ushort)(conversation + 1);
        list.Last = (ushort)(conversation + 1);
    }

    private void LeaveLoud(ref Conversation leaving)
    {
        ref RequestList list = ref _loud[leaving.Loudness];
        if (leaving.LoudBefore != 0)
            Pairs.ConversationOf(leaving.LoudBefore - 1).LoudBehind = leaving.LoudBehind;
        else
            list.First = leaving.LoudBehind;
        if (leaving.LoudBehind != 0)
            Pairs.ConversationOf(leaving.LoudBehind - 1).LoudBefore = leaving.LoudBefore;
        else
            list.Last = leaving.LoudBefore;
    }

    private void Append(ref RequestList list, int place)
    {
        ref EchoRequest added = ref _requests[place];
        added.TimerBefore = list.Last;
        added.TimerBehind = 0;
        if (list.Last != 0)
            _requests[list.Last - 1].TimerBehind = (ushort)(place + 1);
        else
            list.First = (ushort)(place + 1);
        list.Last = (ushort)(place + 1);
    }

    private void Detach(ref RequestList list, int place)
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
