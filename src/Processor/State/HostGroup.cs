using System.Numerics;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// The addresses of one key group: hosts and windows at places that do not change, an index of 4-byte cells (16 bits of the hash, place
/// + 1), and the peers.
/// </summary>
public sealed class HostGroup : ICheckpointPart
{
    private const int MinCells = 16;
    private const ushort Free = ushort.MaxValue;

    private readonly int _limit;
    private readonly Slab<RoleWindow> _windows;
    private uint[] _cells = new uint[MinCells];
    private int[] _free = [];
    private int _freeCount;
    private int _hand;

    internal HostGroup(int limit)
    {
        _limit = limit;
        _windows = new Slab<RoleWindow>(2 * limit);
        Hosts = new Host[Math.Min(limit, MinCells)];
    }

    /// <summary>The hosts by place; a free place is marked.</summary>
    internal Host[] Hosts { get; private set; }

    /// <summary>Peers of the windows.</summary>
    public PeerPool Peers { get; } = new();

    /// <summary>Addresses in it.</summary>
    public int Count => PlaceEnd - _freeCount;

    /// <summary>One above the highest place used.</summary>
    public int PlaceEnd { get; private set; }

    /// <summary>True where a place holds an address.</summary>
    public bool IsUsed(int place) => (Hosts[place].Source & Hosts[place].Destination) != Free;

    /// <summary>A window by its link.</summary>
    public ref RoleWindow Window(ushort link) => ref _windows[link - 1];

    /// <summary>The window of a host in a role, made where there is none.</summary>
    public ref RoleWindow WindowOf(int place, Role role)
    {
        ref Host host = ref Hosts[place];
        ref ushort link = ref (role == Role.Source ? ref host.Source : ref host.Destination);
        if (link == 0)
        {
            if (!_windows.TryAdd(out int added))
                throw new InvalidOperationException("there are more windows than hosts with two roles");
            link = (ushort)(added + 1);
        }

        return ref _windows[link - 1];
    }

    /// <summary>Packets of a host in the window, in both roles.</summary>
    public long PacketsOf(int place)
    {
        ref Host host = ref Hosts[place];
        return (host.Source == 0 ? 0 : _windows[host.Source - 1].Packets) + (host.Destination == 0 ? 0 : _windows[host.Destination - 1].Packets);
    }

    /// <summary>Empties a host's window in a role.</summary>
    public void CloseWindow(int place, Role role)
    {
        ref Host host = ref Hosts[place];
        ref ushort link = ref (role == Role.Source ? ref host.Source : ref host.Destination);
        if (link == 0)
            return;
        Peers.Clear(ref _windows[link - 1].Peers);
        _windows.Remove(link - 1);
        link = 0;
    }

    /// <summary>The place of an address, or -1.</summary>
    public int Find(Address address)
    {
        uint hash = Mix.Hash(0, address);
        uint[] cells = _cells;
        int mask = cells.Length - 1;
        for (int position = (int)hash & mask; ; position = (position + 1) & mask)
        {
            uint cell = cells[position];
            if (cell == 0)
                return -1;
            if ((cell ^ hash) >> 16 == 0 && Hosts[(ushort)cell - 1].Address == address)
                return (ushort)cell - 1;
        }
    }

    /// <summary>Adds an address that is not there; the caller has seen that there is room.</summary>
    internal int Add(Address address)
    {
        int place = _freeCount > 0 ? _free[--_freeCount] : PlaceEnd++;
        if (place == Hosts.Length)
        {
            Host[] larger = new Host[Math.Min(_limit, 2 * place)];
            Hosts.CopyTo(larger, 0);
            Hosts = larger;
        }

        Hosts[place] = new Host { Address = address };
        if (Count > _cells.Length - (_cells.Length >> 2))
            Grow();
        Place(_cells, Mix.Hash(0, address), place);
        return place;
    }

    /// <summary>Removes an address and its windows.</summary>
    internal void Remove(int place)
    {
        CloseWindow(place, Role.Source);
        CloseWindow(place, Role.Destination);
        RemoveCell(Mix.Hash(0, Hosts[place].Address), place);
        Hosts[place] = new Host { Source = Free, Destination = Free };
        if (_freeCount == _free.Length)
            Array.Resize(ref _free, Math.Min(_limit, Math.Max(MinCells, 2 * _freeCount)));
        _free[_freeCount++] = place;

        // An empty group is as a new one, so that nothing of it need be remembered.
        if (_freeCount == PlaceEnd)
            (PlaceEnd, _freeCount, _hand) = (0, 0, 0);
    }

    /// <summary>The next address that may be given up: all come in turn; -1 where there are none.</summary>
    internal int NextCandidate()
    {
        for (int looked = 0; looked < PlaceEnd; looked++)
        {
            _hand = _hand + 1 < PlaceEnd ? _hand + 1 : 0;
            if (IsUsed(_hand))
                return _hand;
        }

        return -1;
    }

    /// <summary>Writes the group down: hosts at their places, since the order of places decides who may be given up.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(PlaceEnd);
        writer.WriteInt32(_hand);
        for (int place = 0; place < PlaceEnd; place++)
        {
            writer.WriteEntry(Hosts[place]);
        }

        writer.WriteInt32(_freeCount);
        for (int i = 0; i < _freeCount; i++)
            writer.WriteInt32(_free[i]);
        _windows.Save(writer);
        writer.WritePart(Peers);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty group.</summary>
    /// <exception cref="CheckpointException">The bytes are no such group.</exception>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        PlaceEnd = reader.ReadCount(Host.EntryBytes);
        if (PlaceEnd > _limit)
            throw new CheckpointException($"{PlaceEnd} addresses in a group of {_limit}");
        _hand = reader.ReadIndex(Math.Max(1, PlaceEnd));
        Hosts = new Host[Math.Min(_limit, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(MinCells, PlaceEnd)))];
        for (int place = 0; place < PlaceEnd; place++)
        {
            Hosts[place] = reader.ReadEntry<Host>();
        }

        _freeCount = reader.ReadIndex(PlaceEnd + 1);
        _free = new int[_freeCount];
        for (int i = 0; i < _freeCount; i++)
            _free[i] = reader.ReadIndex(PlaceEnd);
        _windows.Load(reader);
        reader.ReadPart(Peers);
        Index();
    }

    private void Index()
    {
        while (Count > _cells.Length - (_cells.Length >> 2))
            _cells = new uint[2 * _cells.Length];
        for (int place = 0; place < PlaceEnd; place++)
        {
            if (!IsUsed(place))
                continue;
            if (Math.Max(Hosts[place].Source, Hosts[place].Destination) > _windows.PlaceEnd)
                throw new CheckpointException("an address has a window that is not there");
            Place(_cells, Mix.Hash(0, Hosts[place].Address), place);
        }

        foreach (ref readonly RoleWindow window in _windows.Items)
        {
            if (!Peers.Holds(window.Peers))
                throw new CheckpointException("a window has peers that are not there");
        }
    }

    // Deletion by shifting back, so that there are no tombstones: a cell may move into the hole only if its home is not behind the hole.
    private void RemoveCell(uint hash, int place)
    {
        int mask = _cells.Length - 1;
        uint wanted = Cell(hash, place);
        int hole = (int)hash & mask;
        while (_cells[hole] != wanted)
        {
            if (_cells[hole] == 0)
                throw new InvalidOperationException("an address is missing from its index");
            hole = (hole + 1) & mask;
        }

        for (int next = (hole + 1) & mask; _cells[next] != 0; next = (next + 1) & mask)
        {
            int home = (int)Mix.Hash(0, Hosts[(ushort)_cells[next] - 1].Address) & mask;
            if (((next - home) & mask) >= ((next - hole) & mask))
            {
                _cells[hole] = _cells[next];
                hole = next;
            }
        }

        _cells[hole] = 0;
    }

    private void Grow()
    {
        var larger = new uint[2 * _cells.Length];
        foreach (uint cell in _cells)
        {
            if (cell != 0)
                Place(larger, Mix.Hash(0, Hosts[(ushort)cell - 1].Address), (ushort)cell - 1);
        }

        _cells = larger;
    }

    private static uint Cell(uint hash, int place) => (hash & 0xFFFF_0000) | (uint)(place + 1);

    private static void Place(uint[] cells, uint hash, int place)
    {
        int mask = cells.Length - 1;
        int position = (int)hash & mask;
        while (cells[position] != 0)
            position = (position + 1) & mask;
        cells[position] = Cell(hash, place);
    }
}
