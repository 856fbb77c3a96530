using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Memory of <see cref="AddressSet"/>s: blocks of 4, 16 and 64 addresses and of 2,048 registers. A set moves up as it grows; 100,000
/// sources with one peer each take nothing here.
/// </summary>
public sealed class AddressPool
{
    /// <summary>Distinct addresses counted exactly.</summary>
    public const int ExactLimit = PartialBuffer.MaxPeersPerCount;

    private const byte Single = 0;
    private const byte Four = 1;
    private const byte Sixteen = 2;
    private const byte SixtyFour = 3;
    private const byte Sketch = 4;

    /// <summary>Stands for a sketch where a checkpoint has the number of addresses.</summary>
    private const byte SavedSketch = ExactLimit + 1;

    private readonly Blocks<Address> _four = new(4);
    private readonly Blocks<Address> _sixteen = new(16);
    private readonly Blocks<Address> _sixtyFour = new(ExactLimit);
    private readonly Blocks<byte> _sketches = new(HyperLogLog.Registers);

    /// <summary>Adds an address.</summary>
    public void Add(ref AddressSet set, Address address)
    {
        if (set.Form == Sketch)
        {
            HyperLogLog.Add(_sketches.Of(set.Block), address);
            return;
        }

        if (set.Count == 0)
        {
            set.First = address;
            set.Count = 1;
            return;
        }

        if (set.Form == Single)
        {
            if (set.First == address)
                return;
        }
        else if (Exact(set).Contains(address))
        {
            return;
        }

        if (set.Count == ExactLimit)
        {
            ToSketch(ref set);
            HyperLogLog.Add(_sketches.Of(set.Block), address);
            return;
        }

        if (set.Count == CapacityOf(set.Form))
            MoveUp(ref set);
        BlocksOf(set.Form).Of(set.Block)[set.Count++] = address;
    }

    /// <summary>Adds all registers of a sketch of <see cref="HyperLogLog.Registers"/> bytes.</summary>
    public void AddSketch(ref AddressSet set, ReadOnlySpan<byte> registers)
    {
        if (set.Form != Sketch)
            ToSketch(ref set);
        HyperLogLog.Merge(_sketches.Of(set.Block), registers);
    }

    /// <summary>Distinct addresses: exact to 64, then estimated, and never below 65 then.</summary>
    public long CountOf(in AddressSet set) =>
        set.Form == Sketch ? Math.Max(ExactLimit + 1, HyperLogLog.Estimate(_sketches.Of(set.Block))) : set.Count;

    /// <summary>True for more than one address.</summary>
    public bool HasSeveral(in AddressSet set) => set.Form == Sketch || set.Count > 1;

    /// <summary>The registers where it is a sketch; else empty.</summary>
    public ReadOnlySpan<byte> SketchOf(in AddressSet set) => set.Form == Sketch ? _sketches.Of(set.Block) : [];

    /// <summary>Copies the exact addresses, unsorted, where it is no sketch.</summary>
    public int CopyExact(in AddressSet set, Span<Address> destination)
    {
        if (set.Form == Sketch)
            return 0;
        if (set.Form == Single)
        {
            if (set.Count == 1)
                destination[0] = set.First;
            return set.Count;
        }

        Exact(set).CopyTo(destination);
        return set.Count;
    }

    /// <summary>Gives the set's memory back and empties it.</summary>
    public void Clear(ref AddressSet set)
    {
        if (set.Form == Sketch)
            _sketches.Free(set.Block);
        else if (set.Form != Single)
            BlocksOf(set.Form).Free(set.Block);
        set = default;
    }

    /// <summary>Writes a set down: its addresses in the order in which they came, or its registers.</summary>
    public void Save(CheckpointWriter writer, in AddressSet set)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (set.Form == Sketch)
        {
            writer.WriteByte(SavedSketch);
            writer.WriteBytes(_sketches.Of(set.Block));
            return;
        }

        writer.WriteByte(set.Count);
        if (set.Form == Single && set.Count == 1)
            writer.WriteAddress(set.First);
        if (set.Form == Single)
            return;
        foreach (Address address in Exact(set))
            writer.WriteAddress(address);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The bytes are no such set.</exception>
    public AddressSet Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        AddressSet set = default;
        int count = reader.ReadByte();
        if (count > SavedSketch)
            throw new CheckpointException($"a set of {count} addresses");
        if (count == SavedSketch)
        {
            Span<byte> registers = stackalloc byte[HyperLogLog.Registers];
            reader.ReadBytes(registers);
            AddSketch(ref set, registers);
            return set;
        }

        for (int left = count; left > 0; left--)
            Add(ref set, reader.ReadAddress());
        return set.Count == count ? set : throw new CheckpointException("an address is in a set twice");
    }

    private Span<Address> Exact(in AddressSet set) => BlocksOf(set.Form).Of(set.Block)[..set.Count];

    private Blocks<Address> BlocksOf(byte form) => form switch
    {
        Four => _four,
        Sixteen => _sixteen,
        _ => _sixtyFour,
    };

    private static int CapacityOf(byte form) => form switch
    {
        Single => 1,
        Four => 4,
        Sixteen => 16,
        _ => ExactLimit,
    };

    private void MoveUp(ref AddressSet set)
    {
        AddressSet larger = set;
        larger.Form++;
        larger.Block = BlocksOf(larger.Form).Take();
        CopyExact(set, BlocksOf(larger.Form).Of(larger.Block));
        if (set.Form != Single)
            BlocksOf(set.Form).Free(set.Block);
        set = larger;
    }

    private void ToSketch(ref AddressSet set)
    {
        Span<Address> exact = stackalloc Address[ExactLimit];
        int count = CopyExact(set, exact);
        Clear(ref set);
        set.Form = Sketch;
        set.Block = _sketches.Take();
        Span<byte> registers = _sketches.Of(set.Block);
        registers.Clear();
        foreach (Address address in exact[..count])
            HyperLogLog.Add(registers, address);
    }

    /// <summary>Blocks of equal size in pages, so that growing copies nothing.</summary>
    private sealed class Blocks<T>(int size)
        where T : struct
    {
        private const int PerPage = 64;

        private readonly List<T[]> _pages = [];
        private int[] _free = new int[PerPage];
        private int _freeCount;
        private int _used;

        public Span<T> Of(int block) => _pages[block / PerPage].AsSpan(block % PerPage * size, size);

        public int Take()
        {
            if (_freeCount > 0)
                return _free[--_freeCount];
            if (_used == _pages.Count * PerPage)
                _pages.Add(new T[PerPage * size]);
            return _used++;
        }

        public void Free(int block)
        {
            if (_freeCount == _free.Length)
                Array.Resize(ref _free, 2 * _free.Length);
            _free[_freeCount++] = block;
        }
    }
}
