namespace IcmpStream.Kafka.Memory;

/// <summary>
/// The coordinator of one consumer group: places, targets, and the rule that a partition has one owner. The log's gate guards it.
/// </summary>
internal sealed class MemoryGroup(MemoryLog log, string name)
{
    private readonly List<MemoryPlace> _places = [];
    private readonly Dictionary<LogPartition, LogPosition> _committed = [];

    public string Name { get; } = name;

    /// <summary>Gives a member its place: a static one its old place, fencing who had it; else a new one.</summary>
    public MemoryPlace Enter(MemoryMember member, MemberOptions options)
    {
        var place = options.InstanceId is { } instance ? _places.Find(known => known.Id == instance) : null;
        if (place is null)
        {
            place = new MemoryPlace(options.InstanceId ?? log.NewName(Name), isStatic: options.InstanceId is not null);
            _places.Add(place);
        }

        place.Take(member, options.Topics);
        Rebalance();
        return place;
    }

    /// <summary>A member goes. A static one keeps its place until it is expelled; any other's partitions are free at once.</summary>
    public void Leave(MemoryPlace place, MemoryMember member)
    {
        if (!place.IsStatic && ReferenceEquals(place.Member, member) && _places.Contains(place)) Remove(place);
    }

    public bool Expel(string memberId)
    {
        var place = _places.Find(known => known.Id == memberId);
        if (place is null) return false;
        Remove(place);
        return true;
    }

    /// <summary>True if another member has come under the same instance id since.</summary>
    public bool IsTakenFrom(MemoryMember member, string? instanceId) =>
        instanceId is not null && _places.Find(place => place.Id == instanceId) is { } place && !ReferenceEquals(place.Member, member);

    /// <summary>True while the member holds the place in this group.</summary>
    public bool Knows(MemoryPlace place, MemoryMember member) => ReferenceEquals(place.Member, member) && _places.Contains(place);

    /// <summary>What a place may take now: its target, as far as nobody else still holds it.</summary>
    public List<LogPartition> Grantable(MemoryPlace place, IReadOnlySet<LogPartition> held)
    {
        List<LogPartition> granted = [];
        foreach (var partition in place.Target)
        {
            if (held.Contains(partition)) continue;
            if (_places.Exists(other => !ReferenceEquals(other, place) && other.Owned.Contains(partition))) continue;
            granted.Add(partition);
        }

        return granted;
    }

    public LogPosition Committed(LogPartition partition) =>
        _committed.TryGetValue(partition, out var position) ? position : new LogPosition(partition, LogPosition.Unset);

    public void Store(IReadOnlyList<LogPosition> positions)
    {
        foreach (var position in positions) _committed[position.Partition] = position;
    }

    private void Remove(MemoryPlace place)
    {
        _places.Remove(place);
        Rebalance();
    }

    /// <summary>
    /// New targets, sticky: what a place has it keeps, unless another has at least two partitions fewer. Deterministic in the order of joining.
    /// </summary>
    private void Rebalance()
    {
        SortedSet<LogPartition> all = [];
        foreach (var place in _places)
            foreach (var topic in place.Topics)
                foreach (var partition in log.PartitionsOf(topic)) all.Add(partition.Id);

        foreach (var place in _places) place.Target.RemoveWhere(partition => !place.Topics.Contains(partition.Topic));
        foreach (var partition in all)
        {
            if (_places.Exists(place => place.Target.Contains(partition))) continue;
            Lightest(partition.Topic)?.Target.Add(partition);
        }

        while (Move())
        {
        }
    }

    /// <summary>Moves one partition from a heavier place to a lighter one; false once all are even.</summary>
    private bool Move()
    {
        foreach (var heavy in _places.OrderByDescending(place => place.Target.Count))
        {
            foreach (var partition in heavy.Target.Reverse())
            {
                var light = Lightest(partition.Topic);
                if (light is null || heavy.Target.Count - light.Target.Count < 2) continue;
                heavy.Target.Remove(partition);
                light.Target.Add(partition);
                return true;
            }
        }

        return false;
    }

    private MemoryPlace? Lightest(string topic)
    {
        MemoryPlace? lightest = null;
        foreach (var place in _places)
            if (place.Topics.Contains(topic) && (lightest is null || place.Target.Count < lightest.Target.Count)) lightest = place;
        return lightest;
    }
}

/// <summary>A place in a group. Its member can change, if it is static.</summary>
internal sealed class MemoryPlace(string id, bool isStatic)
{
    public string Id { get; } = id;

    public bool IsStatic { get; } = isStatic;

    /// <summary>Who sits there, or, while a static member is away, sat there last.</summary>
    public MemoryMember? Member { get; private set; }

    public HashSet<string> Topics { get; private set; } = [];

    /// <summary>What the place should have.</summary>
    public SortedSet<LogPartition> Target { get; } = [];

    /// <summary>What it has and nobody else may get.</summary>
    public HashSet<LogPartition> Owned { get; } = [];

    public void Take(MemoryMember member, IReadOnlyList<string> topics)
    {
        Member = member;
        Topics = [.. topics];
        // Whoever sat here is fenced and can commit nothing more: what it had is free.
        Owned.Clear();
    }
}
