using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Memory of the <see cref="PeerSet"/>s of one key group: blocks of 4, 16 and 64 hashes and of 2,048 registers. A set moves up as it
/// grows; sources with one peer each take nothing here.
/// </summary>
/// <remarks>
/// The blocks are limited, so that a million sweepers cannot take more than was planned: 512 x 32 + 96 x 128 + 18 x 512 + 16 x 2,048
/// bytes are 70,656 for a key group. A set that finds no larger block gives its own back and says one more than it had, from then on: it has at least that many.
/// </remarks>
public sealed class PeerPool : ICheckpointPart
{
    /// <summary>Distinct addresses counted exactly.</summary>
    public const int ExactLimit = PartialBuffer.MaxPeersPerCount;

    /// <summary>Blocks of four at most.</summary>
    public const int MaxFours = 512;

    /// <summary>Blocks of 16 at most.</summary>
    public const int MaxSixteens = 96;

    /// <summary>Blocks of 64 at most.</summary>
    public const int MaxSixtyFours = 18;

    /// <summary>Sketches at most.</summary>
    public const int MaxSketches = 16;

    /// <summary>Bytes of all blocks at most.</summary>
    public const int MaxBytes = (MaxFours * 4 * 8) + (MaxSixteens * 16 * 8) + (MaxSixtyFours * ExactLimit * 8) + (MaxSketches * HyperLogLog.Registers);

    private const byte Single = 0;
    private const byte Four = 1;
    private const byte Sixteen = 2;
    private const byte SixtyFour = 3;
    private const byte Sketch = 4;
    private const byte Saturated = 5;

    private readonly Blocks<ulong> _four = new(4, MaxFours);
    private readonly Blocks<ulong> _sixteen = new(16, MaxSixteens);
    private readonly Blocks<ulong> _sixtyFour = new(ExactLimit, MaxSixtyFours);
    private readonly Blocks<byte> _sketches = new(HyperLogLog.Registers, MaxSketches);

    /// <summary>Sets that no block was left for.</summary>
    public long SaturatedSets { get; private set; }

    /// <summary>Adds an address.</summary>
    public void Add(ref PeerSet set, Address address) => Add(ref set, Mix.Hash64(address));

    /// <summary>Adds an address by its hash.</summary>
    internal void Add(ref PeerSet set, ulong hash)
    {
        if (set.Form == Sketch)
        {
            HyperLogLog.Add(_sketches.Of(set.Block), hash);
            return;
        }

        if (set.Form == Saturated)
            return;
        if (set.Count == 0)
        {
            set.First = hash;
            set.Count = 1;
            return;
        }

        if (set.Form == Single ? set.First == hash : Exact(set).Contains(hash))
            return;
        if (set.Count == ExactLimit)
        {
            if (TryToSketch(ref set))
                HyperLogLog.Add(_sketches.Of(set.Block), hash);
            return;
        }

        if (set.Count < CapacityOf(set.Form) || TryMoveUp(ref set))
            BlocksOf(set.Form).Of(set.Block)[set.Count++] = hash;
    }

    /// <summary>Adds all registers of a sketch of <see cref="HyperLogLog.Registers"/> bytes.</summary>
    public void AddSketch(ref PeerSet set, ReadOnlySpan<byte> registers)
    {
        if (set.Form != Saturated && (set.Form == Sketch || TryToSketch(ref set)))
            HyperLogLog.Merge(_sketches.Of(set.Block), registers);
    }

    /// <summary>Distinct addresses: exact to 64, then estimated, and never below 65 then.</summary>
    public long CountOf(in PeerSet set) =>
        set.Form == Sketch ? Math.Max(ExactLimit + 1, HyperLogLog.Estimate(_sketches.Of(set.Block))) : set.Count;

    /// <summary>True for more than one address.</summary>
    public bool HasSeveral(in PeerSet set) => set.Form == Sketch || CountOf(set) > 1;

    /// <summary>The registers where it is a sketch; else empty.</summary>
    public ReadOnlySpan<byte> SketchOf(in PeerSet set) => set.Form == Sketch ? _sketches.Of(set.Block) : [];

    /// <summary>Copies the hashes, unsorted, where it is no sketch.</summary>
    internal int CopyExact(in PeerSet set, Span<ulong> destination)
    {
        if (set.Form >= Sketch)
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
    public void Clear(ref PeerSet set)
    {
        if (set.Form == Sketch)
            _sketches.Free(set.Block);
        else if (set.Form is not (Single or Saturated))
            BlocksOf(set.Form).Free(set.Block);
        set = default;
    }

    /// <summary>Writes the blocks down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt64(SaturatedSets);
        foreach (Blocks<ulong> blocks in (ReadOnlySpan<Blocks<ulong>>)[_four, _sixteen, _sixtyFour])
        {
            foreach (ulong hash in blocks.Save(writer))
                writer.WriteUInt64(hash);
        }

        writer.WriteBytes(_sketches.Save(writer));
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty pool.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        SaturatedSets = reader.ReadInt64();
        foreach (Blocks<ulong> blocks in (ReadOnlySpan<Blocks<ulong>>)[_four, _sixteen, _sixtyFour])
        {
            foreach (ref ulong hash in blocks.Load(reader))
                hash = reader.ReadUInt64();
        }

        reader.ReadBytes(_sketches.Load(reader));
    }

    /// <summary>True where a set is one of this pool: its block is there and holds what it says.</summary>
    internal bool Holds(in PeerSet set) => set.Form switch
    {
        Single => set.Count <= 1,
        Sketch => _sketches.Holds(set.Block),
        Saturated => true,
        <= Sketch => set.Count <= CapacityOf(set.Form) && BlocksOf(set.Form).Holds(set.Block),
        _ => false,
    };

    private Span<ulong> Exact(in PeerSet set) => BlocksOf(set.Form).Of(set.Block)[..set.Count];

    private Blocks<ulong> BlocksOf(byte form) => form switch
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

    // Where no block of the next size is left, a larger one may be.
    private bool TryMoveUp(ref PeerSet set)
    {
        PeerSet larger = set;
        while (++larger.Form < Sketch)
        {
            if (!BlocksOf(larger.Form).TryTake(out larger.Block))
                continue;
            CopyExact(set, BlocksOf(larger.Form).Of(larger.Block));
            if (set.Form != Single)
                BlocksOf(set.Form).Free(set.Block);
            set = larger;
            return true;
        }

        Saturate(ref set, set.Count + 1);
        return false;
    }

    private void Saturate(ref PeerSet set, int count)
    {
        Clear(ref set);
        set.Form = Saturated;
        set.Count = (byte)count;
        SaturatedSets++;
    }

    private bool TryToSketch(ref PeerSet set)
    {
        if (!_sketches.TryTake(out int block))
        {
            Saturate(ref set, ExactLimit + 1);
            return false;
        }

        Span<ulong> exact = stackalloc ulong[ExactLimit];
        int count = CopyExact(set, exact);
        Clear(ref set);
        set.Form = Sketch;
        set.Block = block;
        Span<byte> registers = _sketches.Of(block);
        registers.Clear();
        foreach (ulong hash in exact[..count])
            HyperLogLog.Add(registers, hash);
        return true;
    }

    /// <summary>Blocks of equal size in an array that doubles up to a limit.</summary>
    private sealed class Blocks<T>(int size, int limit)
        where T : struct
    {
        private const int Initial = 4;

        private T[] _blocks = [];
        private int[] _free = [];
        private int _freeCount;
        private int _used;

        public Span<T> Of(int block) => _blocks.AsSpan(block * size, size);

        public bool TryTake(out int block)
        {
            block = -1;
            if (_freeCount > 0)
            {
                block = _free[--_freeCount];
                return true;
            }

            if (_used == limit)
                return false;
            if (_used * size == _blocks.Length)
                Array.Resize(ref _blocks, Math.Min(limit, Math.Max(Initial, 2 * _used)) * size);
            block = _used++;
            return true;
        }

        public bool Holds(int block) => (uint)block < (uint)_used;

        /// <summary>Writes which blocks there are, and gives all that they hold.</summary>
        public ReadOnlySpan<T> Save(CheckpointWriter writer)
        {
            writer.WriteInt32(_used);
            writer.WriteInt32(_freeCount);
            for (int i = 0; i < _freeCount; i++)
            {
                writer.WriteInt32(_free[i]);

                // What a free block held is nothing to remember.
                Of(_free[i]).Clear();
            }

            return _blocks.AsSpan(0, _used * size);
        }

        /// <summary>Reads which blocks there are, and gives the room for all that they hold.</summary>
        public Span<T> Load(CheckpointReader reader)
        {
            _used = reader.ReadIndex(limit + 1);
            _freeCount = reader.ReadIndex(_used + 1);
            _free = new int[Math.Max(Initial, _freeCount)];
            for (int i = 0; i < _freeCount; i++)
                _free[i] = reader.ReadIndex(_used);
            _blocks = new T[_used * size];
            return _blocks;
        }

        public void Free(int block)
        {
            if (_freeCount == _free.Length)
                Array.Resize(ref _free, Math.Min(limit, Math.Max(Initial, 2 * _freeCount)));
            _free[_freeCount++] = block;
        }
    }
}
