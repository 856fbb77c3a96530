using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The partials of one slot merged by key group and address: those of one pair partition are one ascending run, and the walk takes the
/// smallest of all runs with what every run has of it.
/// </summary>
internal sealed class SlotRows
{
    private readonly List<Run> _runs = [];
    private readonly List<Run> _pool = [];
    private readonly List<Run> _matching = [];
    private int _row;

    /// <summary>The address that the walk has come to.</summary>
    public Address Address { get; private set; }

    /// <summary>Its key group.</summary>
    public byte Group { get; private set; }

    /// <summary>Starts a walk over partials.</summary>
    public void Start(List<PartialBuffer> partials)
    {
        foreach (Run run in _runs)
        {
            run.Partials.Clear();
            _pool.Add(run);
        }

        _runs.Clear();
        _matching.Clear();
        foreach (PartialBuffer partial in partials)
        {
            if (partial.Count > 0)
                RunOf(partial.PairPartition).Partials.Add(partial);
        }

        foreach (Run run in _runs)
            run.Start();
    }

    /// <summary>Goes to the next address; false at the end.</summary>
    public bool MoveNext()
    {
        foreach (Run run in _matching)
            run.Pass();
        _matching.Clear();
        Run? first = null;
        foreach (Run run in _runs)
        {
            if (run.IsEnd)
                continue;
            int order = first is null ? -1 : run.Group != first.Group ? run.Group.CompareTo(first.Group) : run.Address.CompareTo(first.Address);
            if (order > 0)
                continue;
            if (order < 0)
                _matching.Clear();
            _matching.Add(run);
            first = run;
        }

        if (first is null)
            return false;
        Address = first.Address;
        Group = first.Group;
        _row = 0;
        return true;
    }

    /// <summary>The next row of the address, of whatever role, and the partial that holds its lists; false at the end.</summary>
    public bool TryNextRow(out PartialBuffer partial, out int index)
    {
        while (_row < _matching.Count)
        {
            if (_matching[_row].TryNextRow(out partial, out index))
                return true;
            _row++;
        }

        (partial, index) = (null!, -1);
        return false;
    }

    private Run RunOf(int pairPartition)
    {
        foreach (Run known in _runs)
        {
            if (known.PairPartition == pairPartition)
                return known;
        }

        Run added = _pool.Count > 0 ? _pool[^1] : new Run();
        if (_pool.Count > 0)
            _pool.RemoveAt(_pool.Count - 1);
        added.PairPartition = pairPartition;
        _runs.Add(added);
        return added;
    }

    /// <summary>The rows of one pair partition: several partials, one behind the other.</summary>
    private sealed class Run
    {
        private int _partial;
        private int _index;

        public List<PartialBuffer> Partials { get; } = [];

        public int PairPartition { get; set; }

        public Address Address { get; private set; }

        public byte Group { get; private set; }

        public bool IsEnd { get; private set; }

        public void Start()
        {
            (_partial, _index) = (0, 0);
            IsEnd = false;
            Note();
        }

        /// <summary>Goes behind the rows of the address, whether they were read or not.</summary>
        public void Pass()
        {
            while (TryNextRow(out _, out _))
            {
                // Rows that nobody asked for are passed over.
            }

            Note();
        }

        public bool TryNextRow(out PartialBuffer partial, out int index)
        {
            while (_partial < Partials.Count)
            {
                partial = Partials[_partial];
                if (_index == partial.Count)
                {
                    _partial++;
                    _index = 0;
                    continue;
                }

                index = _index;
                if (partial.Counts[index].Address != Address)
                    return false;
                _index++;
                return true;
            }

            (partial, index) = (null!, -1);
            return false;
        }

        private void Note()
        {
            while (_partial < Partials.Count && _index == Partials[_partial].Count)
                (_partial, _index) = (_partial + 1, 0);
            IsEnd = _partial == Partials.Count;
            if (IsEnd)
                return;
            Address = Partials[_partial].Counts[_index].Address;
            Group = KeyGroup.Of(Address);
        }
    }
}
