using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The partials of one slot merged by address: each is two ascending runs, one by role, and the walk takes the smallest address of
/// all runs with what every run has of it.
/// </summary>
internal sealed class SlotRows
{
    private readonly List<Run> _runs = [];
    private readonly List<int> _matching = [];

    /// <summary>The address that the walk has come to.</summary>
    public Address Address { get; private set; }

    /// <summary>How many rows of partials it has.</summary>
    public int Rows => _matching.Count;

    /// <summary>Starts a walk over partials.</summary>
    public void Start(List<PartialBuffer> partials)
    {
        _runs.Clear();
        foreach (PartialBuffer partial in partials)
        {
            Span<PartialCount> counts = partial.Counts;
            int start = 0;
            while (start < counts.Length)
            {
                int end = start + 1;
                while (end < counts.Length && counts[end].Role == counts[start].Role && counts[end - 1].Address < counts[end].Address)
                    end++;
                _runs.Add(new Run { Partial = partial, Next = start, End = end });
                start = end;
            }
        }

        _matching.Clear();
    }

    /// <summary>Goes to the next address; false at the end.</summary>
    public bool MoveNext()
    {
        foreach (int index in _matching)
            _runs[index].Next++;
        _matching.Clear();
        for (int i = 0; i < _runs.Count; i++)
        {
            Run run = _runs[i];
            if (run.Next == run.End)
                continue;
            Address address = run.Partial.Counts[run.Next].Address;
            if (_matching.Count == 0 || address < Address)
            {
                Address = address;
                _matching.Clear();
                _matching.Add(i);
            }
            else if (address == Address)
            {
                _matching.Add(i);
            }
        }

        return _matching.Count > 0;
    }

    /// <summary>A row of the address, and the partial that holds its lists.</summary>
    public ref PartialCount Row(int index, out PartialBuffer partial)
    {
        Run run = _runs[_matching[index]];
        partial = run.Partial;
        return ref partial.Counts[run.Next];
    }

    private sealed class Run
    {
        public required PartialBuffer Partial;
        public int Next;
        public int End;
    }
}
