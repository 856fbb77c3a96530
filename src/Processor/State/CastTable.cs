using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// The requests to broadcast and multicast addresses of one key group of requesters: by (requester, identifier, sequence, type), newest
/// first where they repeat, and by time; and who answered each. The oldest goes first, always.
/// </summary>
/// <remarks>
/// Memory of a full group: 8,192 requests of 120 bytes, 16,384 answers of 28, 16,384 + 32,768 index cells of 8, which is 1.75 MiB: 448 MiB
/// for all 256, if every group is full at once. Arrays double from 16 entries, so what is not used is not taken.
/// </remarks>
public sealed class CastTable : ICheckpointPart
{
    /// <summary>
    /// Requests kept of one key group at most: as many as one pair can have forwarded in 12.8 s, so that such a flood leaves requests alone
    /// until their timeout.
    /// </summary>
    public const int DefaultMaxRequests = 8_192;

    /// <summary>Answers remembered of one key group at most: those of 254 hosts to a ping a second for 64 s, as long as a reply may be late.</summary>
    public const int DefaultMaxAnswers = 16_384;

    private readonly Slab<CastRequest> _requests;
    private readonly Slab<CastAnswer> _answers;
    private readonly HashIndex _byKey = new();
    private readonly HashIndex _byResponder = new();
    private ushort _oldest;
    private ushort _newest;

    /// <summary>Makes a table for a key group.</summary>
    public CastTable(int maxRequests = DefaultMaxRequests, int maxAnswers = DefaultMaxAnswers)
    {
        _requests = new Slab<CastRequest>(maxRequests);
        _answers = new Slab<CastAnswer>(maxAnswers);
    }

    /// <summary>Requests in it.</summary>
    public int Count => _requests.Count;

    /// <summary>True where there is nothing to be written down.</summary>
    public bool IsEmpty => Count == 0 && UntrackedUntilNs == long.MinValue;

    /// <summary>True where no request fits.</summary>
    public bool IsFull => _requests.IsFull;

    /// <summary>True where no answer fits.</summary>
    public bool IsFullOfAnswers => _answers.IsFull;

    /// <summary>Replies without request up to this time are untracked, not unsolicited: their requests may have been dropped, ns.</summary>
    public long UntrackedUntilNs { get; set; } = long.MinValue;

    /// <summary>The place of the oldest request; -1 for none.</summary>
    public int Oldest => _oldest - 1;

    /// <summary>A request by its place.</summary>
    public ref CastRequest this[int place] => ref _requests[place];

    /// <summary>An answer by its place.</summary>
    public ref CastAnswer AnswerAt(int place) => ref _answers[place];

    /// <summary>The place of the newest request of a key, or -1; older ones are behind its links.</summary>
    public int FindNewest(Address requester, ushort identifier, ushort sequence, byte type)
    {
        HashProbe probe = _byKey.Probe(KeyHash(requester, identifier, sequence, type));
        while (probe.Next(out int place))
        {
            ref CastRequest candidate = ref _requests[place];
            if (candidate.Requester == requester && candidate.Identifier == identifier && candidate.Sequence == sequence && candidate.Type == type)
                return place;
        }

        return -1;
    }

    /// <summary>Adds a request as the newest; there is room.</summary>
    public void Add(in PartialCandidate request)
    {
        int newest = FindNewest(request.Requester, request.Identifier, request.Sequence, request.Type);
        if (!_requests.TryAdd(out int place))
            throw new InvalidOperationException("the table of requests is full");
        ref CastRequest added = ref _requests[place];
        added.Requester = request.Requester;
        added.Responder = request.Responder;
        added.Run = request.Run;
        added.TimeNs = request.TimeNs;
        added.Frame = request.Frame;
        added.PayloadHash = request.PayloadHash;
        added.Seen = request.Seen;
        added.Lost = request.Lost;
        added.Stream = request.Stream;
        added.Hash = KeyHash(request.Requester, request.Identifier, request.Sequence, request.Type);
        added.MessageBytes = request.MessageBytes;
        added.Identifier = request.Identifier;
        added.Sequence = request.Sequence;
        added.Checksum = request.Checksum;
        added.Type = request.Type;
        added.Code = request.Code;
        added.Family = request.Family;
        added.Payload = (PayloadKnowledge)request.Payload;
        if (newest < 0)
        {
            _byKey.Add(added.Hash, place);
        }
        else
        {
            added.Older = (ushort)(newest + 1);
            _requests[newest].Newer = (ushort)(place + 1);
            _byKey.Replace(added.Hash, newest, place);
        }

        if (_newest == 0)
            _oldest = (ushort)(place + 1);
        else
            _requests[_newest - 1].Behind = (ushort)(place + 1);
        _newest = (ushort)(place + 1);
    }

    /// <summary>Removes the oldest request and its answers; there is one.</summary>
    public void RemoveOldest()
    {
        int place = Oldest;
        ref CastRequest removed = ref _requests[place];
        for (int answer = removed.Answers; answer != 0;)
        {
            int next = _answers[answer - 1].Next;
            _byResponder.Remove(_answers[answer - 1].Hash, answer - 1);
            _answers.Remove(answer - 1);
            answer = next;
        }

        // The oldest of all is the oldest of its key.
        if (removed.Newer != 0)
            _requests[removed.Newer - 1].Older = 0;
        else
            _byKey.Remove(removed.Hash, place);
        _oldest = removed.Behind;
        if (_oldest == 0)
            _newest = 0;
        _requests.Remove(place);
    }

    /// <summary>The place of a responder's answer to a request, or -1.</summary>
    public int FindAnswer(int request, Address responder)
    {
        HashProbe probe = _byResponder.Probe(AnswerHash(request, responder));
        while (probe.Next(out int place))
        {
            if (_answers[place].Request == request && _answers[place].Responder == responder)
                return place;
        }

        return -1;
    }

    /// <summary>Adds an answer to a request by somebody who had none; there is room. Returns its place.</summary>
    public int AddAnswer(int request, Address responder)
    {
        if (!_answers.TryAdd(out int place))
            throw new InvalidOperationException("the table of answers is full");
        ref CastRequest answered = ref _requests[request];
        ref CastAnswer added = ref _answers[place];
        added.Responder = responder;
        added.Hash = AnswerHash(request, responder);
        added.Request = (ushort)request;
        added.Next = answered.Answers;
        answered.Answers = (ushort)(place + 1);
        _byResponder.Add(added.Hash, place);
        return place;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt64(UntrackedUntilNs);
        writer.WriteUInt16(_oldest);
        writer.WriteUInt16(_newest);
        _requests.Save(writer);
        _answers.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        UntrackedUntilNs = reader.ReadInt64();
        (_oldest, _newest) = (reader.ReadUInt16(), reader.ReadUInt16());
        bool[] requests = _requests.Load(reader);
        bool[] answers = _answers.Load(reader);
        if (Math.Max(_oldest, _newest) > requests.Length || (_oldest == 0) != (_newest == 0))
            throw new CheckpointException("a list of requests begins or ends where nothing is");
        for (int place = 0; place < requests.Length; place++)
        {
            if (requests[place])
                Index(place, requests.Length, answers.Length);
        }

        for (int place = 0; place < answers.Length; place++)
        {
            if (!answers[place])
                continue;
            if (_answers[place].Request >= requests.Length || _answers[place].Next > answers.Length)
                throw new CheckpointException("an answer is linked to one that is not there");
            _byResponder.Add(_answers[place].Hash, place);
        }
    }

    private void Index(int place, int requests, int answers)
    {
        ref CastRequest request = ref _requests[place];
        if (Math.Max(Math.Max(request.Older, request.Newer), request.Behind) > requests || request.Answers > answers)
            throw new CheckpointException("a request is linked to one that is not there");

        // Only the newest of a key is in the index.
        if (request.Newer == 0)
            _byKey.Add(request.Hash, place);
    }

    private static uint KeyHash(Address requester, ushort identifier, ushort sequence, byte type) =>
        Mix.Hash(Mix.Hash(type, ((uint)identifier << 16) | sequence), requester);

    private static uint AnswerHash(int request, Address responder) => Mix.Hash((uint)request, responder);
}
