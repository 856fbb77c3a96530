using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>One subject of a rule about distinct addresses.</summary>
internal struct DistinctMeter : IEntry<DistinctMeter>
{
    public Address Address;

    /// <summary>All distinct addresses of its life.</summary>
    public AddressSet All;

    /// <summary>Targets of the cycles before the current one, and of the current one, once it is watched for being a monitor.</summary>
    public AddressSet Known;
    public AddressSet Current;

    public long FirstSlot;
    public long LastSlot;

    /// <summary>First slot of the episode.</summary>
    public long EpisodeSlot;

    /// <summary>The last slot that brought more addresses than are kept: they count as the most.</summary>
    public long SaturatedSlot;
    public long SpokenSlot;

    /// <summary>Slot in which the current cycle began.</summary>
    public long CycleSlot;
    public long SilentUntil;
    public long TouchedSlot;

    /// <summary>The last slot at the pace of a flood.</summary>
    public long PaceSlot;
    public long Packets;
    public long Value;

    /// <summary>Of a prober: what it asked, and what was answered.</summary>
    public long Asked;
    public long Answered;

    /// <summary>Episodes so far.</summary>
    public int Episodes;

    /// <summary>Cycles in a row with hardly a new target.</summary>
    public int Returns;

    /// <summary>Recent addresses kept.</summary>
    public byte Recent;
    public bool IsActive;
    public bool IsReported;
    public bool IsMonitor;
    public Severity ReportedSeverity;

    /// <inheritdoc/>
    public static int EntryBytes => Address.Size + (13 * sizeof(long)) + (2 * sizeof(int)) + 5;

    /// <summary>Writes all but the sets, which are in the rule's pool.</summary>
    public static void Write(in DistinctMeter entry, ref EntryWriter writer)
    {
        writer.Add(entry.Address);
        writer.Add(entry.FirstSlot);
        writer.Add(entry.LastSlot);
        writer.Add(entry.EpisodeSlot);
        writer.Add(entry.SaturatedSlot);
        writer.Add(entry.SpokenSlot);
        writer.Add(entry.CycleSlot);
        writer.Add(entry.SilentUntil);
        writer.Add(entry.TouchedSlot);
        writer.Add(entry.PaceSlot);
        writer.Add(entry.Packets);
        writer.Add(entry.Value);
        writer.Add(entry.Asked);
        writer.Add(entry.Answered);
        writer.Add(entry.Episodes);
        writer.Add(entry.Returns);
        writer.Add(entry.Recent);
        writer.Add(entry.IsActive);
        writer.Add(entry.IsReported);
        writer.Add(entry.IsMonitor);
        writer.Add((byte)entry.ReportedSeverity);
    }

    /// <inheritdoc/>
    public static DistinctMeter Read(ref EntryReader reader) => new()
    {
        Address = reader.Address(),
        FirstSlot = reader.Int64(),
        LastSlot = reader.Int64(),
        EpisodeSlot = reader.Int64(),
        SaturatedSlot = reader.Int64(),
        SpokenSlot = reader.Int64(),
        CycleSlot = reader.Int64(),
        SilentUntil = reader.Int64(),
        TouchedSlot = reader.Int64(),
        PaceSlot = reader.Int64(),
        Packets = reader.Int64(),
        Value = reader.Int64(),
        Asked = reader.Int64(),
        Answered = reader.Int64(),
        Episodes = reader.Int32(),
        Returns = reader.Int32(),
        Recent = reader.Byte(),
        IsActive = reader.Boolean(),
        IsReported = reader.Boolean(),
        IsMonitor = reader.Boolean(),
        ReportedSeverity = (Severity)reader.Byte((int)Severity.Unknown),
    };
}

/// <summary>
/// Subjects of one rule with the last distinct addresses of each: as many as the rule's largest threshold, so that the count in the
/// trailing window is exact up to it.
/// </summary>
internal sealed class DistinctMeters
{
    /// <summary>
    /// Subjects of one key group at most, 2^14 in all. One takes 248 bytes and 24 for each address kept: with 25 of these 14 MB, and its
    /// sets up to 6 KB more where they are sketches: at most 64 + 3 of each a group.
    /// </summary>
    public const int MaxPerGroup = 64;

    /// <summary>
    /// Subjects of a group up to which one with a single address is followed from its first. What is above is kept for those with
    /// several, so that a flood of spoofed sources, who ask one address each, fills no group.
    /// </summary>
    public const int QuietPerGroup = 48;

    private readonly HashIndex _index = new();
    private readonly long[] _sweptSlots = new long[KeyGroup.Count];
    private readonly Slab<DistinctMeter> _meters = new(MaxPerGroup * KeyGroup.Count);
    private readonly List<int>[] _groups = new List<int>[KeyGroup.Count];
    private readonly int _kept;
    private readonly long _windowSlots;
    private readonly long _lifeSlots;
    private (Address Address, long Slot)[] _recent = [];

    public DistinctMeters(int kept, long windowSlots, long lifeSlots)
    {
        (_kept, _windowSlots, _lifeSlots) = (kept, windowSlots, lifeSlots);
        for (int i = 0; i < _groups.Length; i++)
            _groups[i] = [];
        Array.Fill(_sweptSlots, long.MinValue);
    }

    public AddressPool Pool { get; } = new();

    public long Refused { get; private set; }

    public ref DistinctMeter this[int place] => ref _meters[place];

    public Span<(Address Address, long Slot)> RecentOf(int place) => _recent.AsSpan(place * _kept, _meters[place].Recent);

    public int Find(Address address)
    {
        HashProbe probe = _index.Probe(Mix.Hash(0, address));
        while (probe.Next(out int place))
        {
            if (_meters[place].Address == address)
                return place;
        }

        return -1;
    }

    /// <summary>The meter of an address, added where there is room; -1 where there is none. Callers come in ascending order of address.</summary>
    public int Of(Address address, long slot)
    {
        int place = Find(address);
        if (place >= 0 && IsOver(_meters[place], slot))
        {
            Remove(place);
            place = -1;
        }

        if (place >= 0)
            return place;
        byte group = KeyGroup.Of(address);
        if (_groups[group].Count >= MaxPerGroup)
            Sweep(group, slot);
        if (_groups[group].Count < MaxPerGroup)
            return Add(address, slot);
        Refused++;
        return -1;
    }

    /// <summary>True where a subject that has dealt with a single address so far may be followed.</summary>
    public bool HasRoomForQuiet(Address address, long slot)
    {
        byte group = KeyGroup.Of(address);
        if (_groups[group].Count >= QuietPerGroup)
            Sweep(group, slot);
        return _groups[group].Count < QuietPerGroup;
    }

    public int Add(Address address, long slot)
    {
        _meters.TryAdd(out int place);
        ref DistinctMeter meter = ref _meters[place];
        (meter.Address, meter.FirstSlot, meter.LastSlot, meter.SaturatedSlot, meter.SpokenSlot, meter.SilentUntil, meter.PaceSlot, meter.TouchedSlot) =
            (address, slot, slot, long.MinValue / 2, long.MinValue / 2, long.MinValue, long.MinValue, long.MinValue);
        _index.Add(Mix.Hash(0, address), place);
        _groups[KeyGroup.Of(address)].Add(place);
        int needed = (place + 1) * _kept;
        if (_recent.Length < needed)
            Array.Resize(ref _recent, Math.Max(needed, 2 * _recent.Length));
        return place;
    }

    /// <summary>Takes an address at a slot.</summary>
    public void Touch(int place, Address peer, long slot)
    {
        ref DistinctMeter meter = ref _meters[place];
        Pool.Add(ref meter.All, peer);
        if (meter.CycleSlot != 0)
            Pool.Add(ref meter.Current, peer);
        Span<(Address Address, long Slot)> all = _recent.AsSpan(place * _kept, _kept);
        int oldest = 0;
        for (int i = 0; i < meter.Recent; i++)
        {
            if (all[i].Address == peer)
            {
                all[i].Slot = Math.Max(all[i].Slot, slot);
                return;
            }

            if (all[i].Slot < all[oldest].Slot || (all[i].Slot == all[oldest].Slot && all[i].Address < all[oldest].Address))
                oldest = i;
        }

        if (meter.Recent < _kept)
            all[meter.Recent++] = (peer, slot);
        else if (all[oldest].Slot < slot)
            all[oldest] = (peer, slot);
    }

    /// <summary>The /16, or IPv6 /48, of which all recent addresses are; null where they are of several.</summary>
    public Address? NetworkOf(int place)
    {
        Address? network = null;
        foreach ((Address address, _) in RecentOf(place))
        {
            Address own = PrefixSizes.Large(address);
            if (network is { } known && known != own)
                return null;
            network = own;
        }

        return network;
    }

    /// <summary>Takes more addresses than are kept.</summary>
    public void Saturate(int place, ReadOnlySpan<byte> sketch, long slot)
    {
        ref DistinctMeter meter = ref _meters[place];
        Pool.AddSketch(ref meter.All, sketch);
        if (meter.CycleSlot != 0)
            Pool.AddSketch(ref meter.Current, sketch);
        meter.SaturatedSlot = slot;
    }

    /// <summary>Distinct addresses in the window that ends with a slot: exact up to what is kept.</summary>
    public int Distinct(int place, long slot)
    {
        if (slot - _meters[place].SaturatedSlot < _windowSlots)
            return _kept;
        int count = 0;
        foreach ((_, long at) in RecentOf(place))
            count += slot - at < _windowSlots ? 1 : 0;
        return count;
    }

    /// <summary>Writes the meters down by key group; says at which of them each place comes.</summary>
    public int[] Save(CheckpointWriter writer)
    {
        int[] ranks = new int[_meters.PlaceEnd];
        int rank = 0;
        writer.WriteInt32(_meters.Count);
        foreach (List<int> group in _groups)
        {
            foreach (int place in group)
            {
                ref DistinctMeter meter = ref _meters[place];
                ranks[place] = rank++;
                writer.WriteEntry(meter);
                Pool.Save(writer, meter.All);
                Pool.Save(writer, meter.Known);
                Pool.Save(writer, meter.Current);
                foreach ((Address address, long slot) in RecentOf(place))
                {
                    writer.WriteAddress(address);
                    writer.WriteInt64(slot);
                }
            }
        }

        return ranks;
    }

    /// <summary>Reads what <see cref="Save"/> wrote, each meter into the place of its number; returns how many there are.</summary>
    /// <exception cref="CheckpointException">The bytes are no such meters.</exception>
    public int Load(CheckpointReader reader)
    {
        int count = reader.ReadCount(DistinctMeter.EntryBytes);
        for (int i = 0; i < count; i++)
        {
            DistinctMeter meter = reader.ReadEntry<DistinctMeter>();
            if (Find(meter.Address) >= 0 || _groups[KeyGroup.Of(meter.Address)].Count == MaxPerGroup || meter.Recent > _kept)
                throw new CheckpointException("a meter is there twice, or there are more than fit");
            int place = Add(meter.Address, meter.FirstSlot);
            (meter.All, meter.Known, meter.Current) = (Pool.Load(reader), Pool.Load(reader), Pool.Load(reader));
            _meters[place] = meter;
            foreach (ref (Address Address, long Slot) recent in RecentOf(place))
                recent = (reader.ReadAddress(), reader.ReadInt64());
        }

        return count;
    }

    public bool IsOver(in DistinctMeter meter, long slot) =>
        !meter.IsActive && slot - meter.LastSlot > (meter.Episodes > 0 ? Math.Max(_lifeSlots, _windowSlots) : _windowSlots);

    // Once a slot: within one, nothing ends.
    private void Sweep(byte group, long slot)
    {
        if (_sweptSlots[group] == slot)
            return;
        _sweptSlots[group] = slot;
        List<int> places = _groups[group];
        for (int i = 0; i < places.Count;)
        {
            if (IsOver(_meters[places[i]], slot))
                Remove(places[i]);
            else
                i++;
        }
    }

    private void Remove(int place)
    {
        ref DistinctMeter meter = ref _meters[place];
        Pool.Clear(ref meter.All);
        Pool.Clear(ref meter.Known);
        Pool.Clear(ref meter.Current);
        _index.Remove(Mix.Hash(0, meter.Address), place);
        _groups[KeyGroup.Of(meter.Address)].Remove(place);
        _meters.Remove(place);
    }
}
