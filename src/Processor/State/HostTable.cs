using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What one address sent, or received, in the current window.</summary>
public struct RoleWindow
{
    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Packets; 32 bits last for 10 s of 429 million a second, as do the four below.</summary>
    public uint Packets;

    /// <summary>Requests among them.</summary>
    public uint Requests;

    /// <summary>Replies among them.</summary>
    public uint Replies;

    /// <summary>Errors among them.</summary>
    public uint Errors;

    /// <summary>All others.</summary>
    public uint Other;

    /// <summary>Distinct addresses at the other end.</summary>
    public PeerSet Peers;
}

/// <summary>One address with its window and what rules need of its past.</summary>
public struct Host
{
    /// <summary>The address.</summary>
    public Address Address;

    /// <summary>Slot in which it was last heard of.</summary>
    public long LastSlot;

    /// <summary>As a source.</summary>
    public RoleWindow Source;

    /// <summary>As a destination.</summary>
    public RoleWindow Destination;

    /// <summary>Requests it sent that may still be answered.</summary>
    public uint Asked;

    /// <summary>Requests it received that it may still answer.</summary>
    public uint Owed;

    /// <summary>Link to the one before it in its key group; links are places + 1.</summary>
    public int GroupBefore;

    /// <summary>Link to the one behind it in its key group.</summary>
    public int GroupBehind;

    /// <summary>Key group.</summary>
    public byte Group;
}

/// <summary>
/// Addresses of one domain by 256 key groups, each with its own limit, so that the partition count does not show. A full group
/// gives up an address that was quiet lately, and never a loud one or one that a rule holds on to.
/// </summary>
public sealed class HostTable
{
    /// <summary>
    /// Addresses of one key group at most by default: 2^20 in all. An address takes 176 bytes and up to 21 of index, so a full table
    /// is 197 MiB.
    /// </summary>
    public const int DefaultMaxPerGroup = 4096;

    /// <summary>Addresses looked at to find one to give up.</summary>
    private const int Candidates = 8;

    private readonly int _maxPerGroup;
    private readonly Slab<Host> _hosts = new(int.MaxValue / 2);
    private readonly HashIndex _index = new();
    private readonly TimerList[] _groups = new TimerList[KeyGroup.Count];
    private readonly int[] _groupCounts = new int[KeyGroup.Count];

    /// <summary>Makes an empty table.</summary>
    public HostTable(int maxPerGroup = DefaultMaxPerGroup)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerGroup, 1);
        _maxPerGroup = maxPerGroup;
    }

    /// <summary>Addresses in it.</summary>
    public int Count => _hosts.Count;

    /// <summary>One above the highest place ever used.</summary>
    public int PlaceEnd => _hosts.PlaceEnd;

    /// <summary>An address by its place.</summary>
    public ref Host this[int place] => ref _hosts[place];

    /// <summary>The place of an address, or -1.</summary>
    public int Find(Address address)
    {
        HashProbe probe = _index.Probe(Mix.Hash(0, address));
        while (probe.Next(out int place))
        {
            if (_hosts[place].Address == address)
                return place;
        }

        return -1;
    }

    /// <summary>
    /// The address that has to go before another of a group fits; -1 while there is room. <see cref="HasRoom"/> says whether the
    /// group could give up any.
    /// </summary>
    public int Surplus(byte group, Func<int, bool> isHeld)
    {
        if (HasRoom(group))
            return -1;
        int best = -1;
        int candidate = _groups[group].First;
        for (int looked = 0; candidate != 0 && looked < Candidates; looked++)
        {
            int place = candidate - 1;
            ref Host host = ref _hosts[place];
            candidate = host.GroupBehind;
            if (!isHeld(place) && (best < 0 || Loudness(host) < Loudness(_hosts[best])))
                best = place;

            // What has been looked at goes to the end, so that the next look finds others.
            LeaveGroup(ref host);
            JoinGroup(ref host, place);
        }

        return best;
    }

    /// <summary>True while a group is below its limit.</summary>
    public bool HasRoom(byte group) => _groupCounts[group] < _maxPerGroup;

    /// <summary>Adds an address that is not there.</summary>
    public int Add(Address address, byte group)
    {
        if (!_hosts.TryAdd(out int place))
            throw new InvalidOperationException("the table of addresses is larger than its groups together");
        ref Host added = ref _hosts[place];
        added.Address = address;
        added.Group = group;
        _index.Add(Mix.Hash(0, address), place);
        JoinGroup(ref added, place);
        _groupCounts[group]++;
        return place;
    }

    /// <summary>Copies the places of all addresses; the array grows where it is too short. Returns how many.</summary>
    public int CopyPlaces(ref int[] places)
    {
        if (places.Length < Count)
            places = new int[Math.Max(Count, 2 * places.Length)];
        int copied = 0;
        foreach (TimerList group in _groups)
        {
            for (int link = group.First; link != 0; link = _hosts[link - 1].GroupBehind)
                places[copied++] = link - 1;
        }

        return copied;
    }

    /// <summary>Removes an address; its owner has emptied its peers.</summary>
    public void Remove(int place)
    {
        ref Host removed = ref _hosts[place];
        _index.Remove(Mix.Hash(0, removed.Address), place);
        LeaveGroup(ref removed);
        _groupCounts[removed.Group]--;
        _hosts.Remove(place);
    }

    private static ulong Loudness(in Host host) => (ulong)host.Source.Packets + host.Destination.Packets;

    private void JoinGroup(ref Host joining, int place)
    {
        ref TimerList list = ref _groups[joining.Group];
        joining.GroupBefore = list.Last;
        joining.GroupBehind = 0;
        if (list.Last != 0)
            _hosts[list.Last - 1].GroupBehind = place + 1;
        else
            list.First = place + 1;
        list.Last = place + 1;
    }

    private void LeaveGroup(ref Host leaving)
    {
        ref TimerList list = ref _groups[leaving.Group];
        if (leaving.GroupBefore != 0)
            _hosts[leaving.GroupBefore - 1].GroupBehind = leaving.GroupBehind;
        else
            list.First = leaving.GroupBehind;
        if (leaving.GroupBehind != 0)
            _hosts[leaving.GroupBehind - 1].GroupBefore = leaving.GroupBefore;
        else
            list.Last = leaving.GroupBefore;
    }
}
