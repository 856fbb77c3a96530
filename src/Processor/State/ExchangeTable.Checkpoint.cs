using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>How the table is written down and read back.</summary>
public sealed partial class ExchangeTable : ICheckpointPart
{
    /// <summary>Writes the table down: entries at their places, and where each list begins and ends.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WritePart(Copies);
        writer.WritePart(Pairs);
        _requests.Save(writer);
        foreach (RequestList list in (ReadOnlySpan<RequestList>)[_waiting, _overdue, _orphans, _answered, .. _loud])
        {
            writer.WriteUInt16(list.First);
            writer.WriteUInt16(list.Last);
        }

        writer.WriteInt32(_answeredCount);
        _forwardedRequests.Save(writer);
        _forwardedReplies.Save(writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty table.</summary>
    /// <exception cref="CheckpointException">The bytes are no such table.</exception>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.ReadPart(Copies);
        reader.ReadPart(Pairs);
        bool[] used = _requests.Load(reader);
        _waiting = ReadList(reader, used.Length);
        _overdue = ReadList(reader, used.Length);
        _orphans = ReadList(reader, used.Length);
        _answered = ReadList(reader, used.Length);
        for (int i = 0; i < _loud.Length; i++)
            _loud[i] = ReadList(reader, 2 * Pairs.PlaceEnd);
        _answeredCount = reader.ReadIndex(used.Length + 1);
        _forwardedRequests.Load(reader);
        _forwardedReplies.Load(reader);
        QuietUntilNs = long.MinValue;
        for (int place = 0; place < used.Length; place++)
        {
            if (!used[place])
                continue;
            ref EchoRequest request = ref _requests[place];
            int link = Math.Max(Math.Max(request.Older, request.Newer), Math.Max(request.Before, request.Behind));
            if (Math.Max(link, Math.Max(request.TimerBefore, request.TimerBehind)) > used.Length || request.Conversation >= 2 * Pairs.PlaceEnd)
                throw new CheckpointException("a request is linked to one that is not there");

            // Only the newest of a key is in the index.
            if (request.Newer == 0)
                _byKey.Add(request.Hash, place);
        }
    }

    private static RequestList ReadList(CheckpointReader reader, int places)
    {
        var list = new RequestList { First = reader.ReadUInt16(), Last = reader.ReadUInt16() };
        if (Math.Max(list.First, list.Last) > places || (list.First == 0) != (list.Last == 0))
            throw new CheckpointException("a list begins or ends where nothing is");
        return list;
    }
}
