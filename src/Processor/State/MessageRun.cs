namespace IcmpStream.Processor.State;

/// <summary>
/// The messages of one slot of the reorder buffer: appended as they come, put in order once, when event time has passed the slot.
/// The order is total and knows nothing of batches and partitions: time, run, stream, frame.
/// </summary>
public sealed class MessageRun
{
    private EchoMessage[] _messages = new EchoMessage[64];
    private long[] _times = [];
    private int[] _order = [];
    private readonly Comparison<int> _compare;
    private DomainClock? _clock;
    private int _count;
    private bool _inOrder = true;

    /// <summary>Makes an empty run.</summary>
    public MessageRun() => _compare = (a, b) => Compare(_messages[a], _messages[b], _clock!);

    /// <summary>Messages in it.</summary>
    public int Count => _count;

    /// <summary>Adds a message, to be filled by the caller.</summary>
    public ref EchoMessage Add()
    {
        if (_count == _messages.Length)
            Array.Resize(ref _messages, 2 * _count);
        return ref _messages[_count++];
    }

    /// <summary>To be called once the message last added is filled: notices whether it is behind the one before.</summary>
    public void Filled(DomainClock clock)
    {
        if (_inOrder && _count > 1 && Compare(_messages[_count - 2], _messages[_count - 1], clock) > 0)
            _inOrder = false;
    }

    /// <summary>Brings the messages in order; then <see cref="At"/> walks them.</summary>
    public void Sort(DomainClock clock)
    {
        if (_inOrder)
            return;
        if (_times.Length < _count)
        {
            _times = new long[_messages.Length];
            _order = new int[_messages.Length];
        }

        for (int i = 0; i < _count; i++)
            (_times[i], _order[i]) = (_messages[i].TimeNs, i);
        Array.Sort(_times, _order, 0, _count);

        _clock = clock;
        for (int start = 0; start < _count;)
        {
            int end = start + 1;
            while (end < _count && _times[end] == _times[start])
                end++;
            if (end - start > 1)
                _order.AsSpan(start, end - start).Sort(_compare);
            start = end;
        }
    }

    /// <summary>The message at a place in the order.</summary>
    public ref readonly EchoMessage At(int index) => ref _messages[_inOrder ? index : _order[index]];

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        _count = 0;
        _inOrder = true;
    }

    private static int Compare(in EchoMessage a, in EchoMessage b, DomainClock clock)
    {
        if (a.TimeNs != b.TimeNs)
            return a.TimeNs.CompareTo(b.TimeNs);
        if (a.Stream != b.Stream)
        {
            int run = clock.RunOf(a.Stream).High.CompareTo(clock.RunOf(b.Stream).High);
            run = run != 0 ? run : clock.RunOf(a.Stream).Low.CompareTo(clock.RunOf(b.Stream).Low);
            return run != 0 ? run : clock.NumberOf(a.Stream).CompareTo(clock.NumberOf(b.Stream));
        }

        return a.Frame.CompareTo(b.Frame);
    }
}
