using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>A mark while its slot is open, or while the partials of a slot are being merged.</summary>
public struct Mark : IEntry<Mark>
{
    /// <summary>The address, or the first address of a prefix.</summary>
    public Address Address;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP bytes.</summary>
    public long Bytes;

    /// <summary>A sum that depends on the kind.</summary>
    public long Value;

    /// <summary>Bits that depend on the kind.</summary>
    public long Mask;

    /// <summary>Whom it is about; the addresses are in the table's pool.</summary>
    public AddressSet Peers;

    /// <summary>The earliest sample; <see cref="SampleCount"/> are set.</summary>
    public MarkSample First;

    /// <summary>The second earliest.</summary>
    public MarkSample Second;

    /// <summary>Samples.</summary>
    public byte SampleCount;

    /// <summary>Which end.</summary>
    public Role Role;

    /// <summary>What it is about.</summary>
    public MarkKind Kind;

    /// <inheritdoc/>
    public static int EntryBytes => Address.Size + (4 * sizeof(long)) + 3 + (2 * SampleBytes);

    internal const int SampleBytes = sizeof(long) + (2 * Address.Size) + 3 + sizeof(uint) + 1 + sizeof(uint);

    /// <summary>Writes all but <see cref="Peers"/>, which are in the table's pool.</summary>
    public static void Write(in Mark entry, ref EntryWriter writer)
    {
        writer.Add(entry.Address);
        writer.Add(entry.Packets);
        writer.Add(entry.Bytes);
        writer.Add(entry.Value);
        writer.Add(entry.Mask);
        Write(entry.First, ref writer);
        Write(entry.Second, ref writer);
        writer.Add(entry.SampleCount);
        writer.Add((byte)entry.Role);
        writer.Add((byte)entry.Kind);
    }

    /// <inheritdoc/>
    public static Mark Read(ref EntryReader reader) => new()
    {
        Address = reader.Address(),
        Packets = reader.Int64(),
        Bytes = reader.Int64(),
        Value = reader.Int64(),
        Mask = reader.Int64(),
        First = ReadSample(ref reader),
        Second = ReadSample(ref reader),
        SampleCount = reader.Byte(3),
        Role = (Role)reader.Byte((int)Role.Unknown),
        Kind = (MarkKind)reader.Byte((int)MarkKind.Sample + 1),
    };

    internal static void Write(in MarkSample sample, ref EntryWriter writer)
    {
        writer.Add(sample.TimeNs);
        writer.Add(sample.Source);
        writer.Add(sample.Destination);
        writer.Add(sample.Type);
        writer.Add(sample.Code);
        writer.Add(sample.Ttl);
        writer.Add(sample.Bytes);
        writer.Add(sample.RestOfHeader.HasValue);
        writer.Add(sample.RestOfHeader.GetValueOrDefault());
    }

    internal static MarkSample ReadSample(ref EntryReader reader)
    {
        var sample = new MarkSample(
            reader.Int64(), reader.Address(), reader.Address(), reader.Byte(), reader.Byte(), reader.Byte(), reader.UInt32(), null);
        bool hasRest = reader.Boolean();
        uint rest = reader.UInt32();
        return hasRest ? sample with { RestOfHeader = rest } : sample;
    }

    /// <summary>Keeps a sample where it is among the earliest two.</summary>
    public void AddSample(in MarkSample sample)
    {
        if (SampleCount == 0)
        {
            (First, SampleCount) = (sample, 1);
        }
        else if (sample < First)
        {
            (Second, First, SampleCount) = (First, sample, 2);
        }
        else if (sample != First && (SampleCount == 1 || sample < Second))
        {
            (Second, SampleCount) = (sample, 2);
        }
    }
}

/// <summary>
/// Marks by kind, role and address: sums, sets and the earliest samples, all of which commute. Emptied when its slot has closed.
/// </summary>
public sealed class MarkTable : ICheckpointPart
{
    private readonly HashIndex _index = new();
    private readonly AddressPool _pool = new();
    private readonly Comparison<int> _byKey;
    private Mark[] _marks = new Mark[16];
    private int[] _order = new int[16];
    private int _count;

    /// <summary>Makes an empty table.</summary>
    public MarkTable() => _byKey = (a, b) => CompareKeys(_marks[a], _marks[b]);

    /// <summary>Marks in it.</summary>
    public int Count => _count;

    /// <summary>The mark of a key, added where it is missing; the reference ends with the next call.</summary>
    public ref Mark Of(MarkKind kind, Role role, Address address)
    {
        uint hash = Mix.Hash(((uint)kind << 1) | (uint)role, address);
        HashProbe probe = _index.Probe(hash);
        while (probe.Next(out int place))
        {
            ref Mark known = ref _marks[place];
            if (known.Address == address && known.Kind == kind && known.Role == role)
                return ref known;
        }

        if (_count == _marks.Length)
            Array.Resize(ref _marks, 2 * _count);
        ref Mark added = ref _marks[_count];
        added = new Mark { Kind = kind, Role = role, Address = address };
        _index.Add(hash, _count++);
        return ref added;
    }

    /// <summary>Finds the mark of a key.</summary>
    public bool TryFind(MarkKind kind, Role role, Address address, out Mark mark)
    {
        HashProbe probe = _index.Probe(Mix.Hash(((uint)kind << 1) | (uint)role, address));
        while (probe.Next(out int place))
        {
            mark = _marks[place];
            if (mark.Address == address && mark.Kind == kind && mark.Role == role)
                return true;
        }

        mark = default;
        return false;
    }

    /// <summary>Counts packets for a key, about a peer.</summary>
    public void Add(MarkKind kind, Role role, Address address, long packets, long bytes, long value, long mask, Address? peer)
    {
        ref Mark mark = ref Of(kind, role, address);
        mark.Packets += packets;
        mark.Bytes += bytes;
        mark.Value += value;
        mark.Mask |= mask;
        if (peer is { } known)
            _pool.Add(ref mark.Peers, known);
    }

    /// <summary>Counts packets that nobody asked for, for the networks that they go to.</summary>
    public void AddPrefixes(Address source, Address destination, long packets, long bytes)
    {
        Add(MarkKind.PrefixSmall, Role.Destination, PrefixSizes.Small(destination), packets, bytes, 0, 0, source);
        Add(MarkKind.PrefixLarge, Role.Destination, PrefixSizes.Large(destination), packets, bytes, 0, 0, source);
    }

    /// <summary>Takes the marks of a partial.</summary>
    public void Add(PartialBuffer partial)
    {
        foreach (ref readonly PartialMark theirs in partial.Marks)
        {
            if (theirs.Kind > MarkKind.Sample)
                continue;
            ref Mark mark = ref Of(theirs.Kind, theirs.Role, theirs.Address);
            mark.Packets += theirs.Packets;
            mark.Bytes += theirs.Bytes;
            mark.Value += theirs.Value;
            mark.Mask |= theirs.Mask;
            foreach (Address peer in partial.Peers(theirs))
                _pool.Add(ref mark.Peers, peer);
            if (theirs.HasSketch)
                _pool.AddSketch(ref mark.Peers, partial.Sketch(theirs));
            foreach (MarkSample sample in partial.Samples(theirs))
                mark.AddSample(sample);
        }
    }

    /// <summary>Sorts by kind, role, address; the places of the marks in that order.</summary>
    public ReadOnlySpan<int> Sort()
    {
        if (_order.Length < _count)
            _order = new int[_marks.Length];
        for (int i = 0; i < _count; i++)
            _order[i] = i;
        Span<int> order = _order.AsSpan(0, _count);
        if (_count > 1)
            order.Sort(_byKey);
        return order;
    }

    /// <summary>A mark by its place.</summary>
    public ref readonly Mark At(int place) => ref _marks[place];

    /// <summary>Distinct peers of a mark.</summary>
    public long PeersOf(in Mark mark) => _pool.CountOf(mark.Peers);

    /// <summary>The peers' sketch, or empty.</summary>
    public ReadOnlySpan<byte> SketchOf(in Mark mark) => _pool.SketchOf(mark.Peers);

    /// <summary>Copies the exact peers, unsorted; 0 where they are a sketch.</summary>
    public int CopyPeers(in Mark mark, Span<Address> destination) => _pool.CopyExact(mark.Peers, destination);

    /// <summary>Writes a mark to a partial that is not full.</summary>
    public void WriteTo(PartialBuffer partial, in Mark mark)
    {
        ref PartialMark written = ref partial.AddMark();
        written.Kind = mark.Kind;
        written.Role = mark.Role;
        written.Address = mark.Address;
        written.Packets = mark.Packets;
        written.Bytes = mark.Bytes;
        written.Value = mark.Value;
        written.Mask = mark.Mask;
        ReadOnlySpan<byte> sketch = _pool.SketchOf(mark.Peers);
        if (sketch.IsEmpty)
        {
            Span<Address> exact = stackalloc Address[AddressPool.ExactLimit];
            exact = exact[.._pool.CopyExact(mark.Peers, exact)];
            exact.Sort();
            exact.CopyTo(partial.AddMarkPeers(exact.Length));
        }
        else
        {
            sketch.CopyTo(partial.AddMarkSketch());
        }

        Span<MarkSample> samples = partial.AddMarkSamples(mark.SampleCount);
        if (mark.SampleCount > 0)
            samples[0] = mark.First;
        if (mark.SampleCount > 1)
            samples[1] = mark.Second;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_count);
        for (int i = 0; i < _count; i++)
        {
            writer.WriteEntry(_marks[i]);
            _pool.Save(writer, _marks[i].Peers);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int left = reader.ReadCount(Mark.EntryBytes); left > 0; left--)
        {
            Mark mark = reader.ReadEntry<Mark>();
            int known = _count;
            ref Mark added = ref Of(mark.Kind, mark.Role, mark.Address);
            if (_count == known)
                throw new CheckpointException("a mark is there twice");
            added = mark;
            added.Peers = _pool.Load(reader);
        }
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        for (int i = 0; i < _count; i++)
            _pool.Clear(ref _marks[i].Peers);
        _index.Clear();
        _count = 0;
    }

    // Numbers: CompareTo of an enumeration would make an object of it.
    private static int CompareKeys(in Mark a, in Mark b)
    {
        if (a.Kind != b.Kind)
            return (int)a.Kind - (int)b.Kind;
        return a.Role != b.Role ? (int)a.Role - (int)b.Role : a.Address.CompareTo(b.Address);
    }
}
