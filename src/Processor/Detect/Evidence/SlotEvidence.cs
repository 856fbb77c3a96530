using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Which of a flow's messages a row of evidence is about.</summary>
public enum FlowPart : byte
{
    /// <summary>Echo requests.</summary>
    Request,

    /// <summary>Echo replies.</summary>
    Reply,

    /// <summary>Data where none belongs: in types of fixed size, in types that nobody uses, behind the quote of an error.</summary>
    Stowaway,
}

/// <summary>What one flow's echo requests, replies or stowaways were in one slot.</summary>
public struct FlowEvidence : IEntry<FlowEvidence>
{
    /// <summary>Source.</summary>
    public Address Source;

    /// <summary>Destination.</summary>
    public Address Destination;

    /// <summary>What was seen.</summary>
    public EchoEvidence Echo;

    /// <summary>Which messages.</summary>
    public FlowPart Part;

    /// <summary>
    /// Of stowaways: the key group of the event, which for an error is the quoted pair's. What is remembered of a flow is remembered by it,
    /// so that it does not depend on how groups are dealt out to partitions.
    /// </summary>
    public byte Group;

    /// <inheritdoc/>
    public static int EntryBytes => 34 + EchoEvidence.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in FlowEvidence entry, ref EntryWriter writer)
    {
        writer.Add(entry.Source);
        writer.Add(entry.Destination);
        EchoEvidence.Write(entry.Echo, ref writer);
        writer.Add((byte)entry.Part);
        writer.Add(entry.Group);
    }

    /// <inheritdoc/>
    public static FlowEvidence Read(ref EntryReader reader) => new()
    {
        Source = reader.Address(),
        Destination = reader.Address(),
        Echo = EchoEvidence.Read(ref reader),
        Part = (FlowPart)reader.Byte((int)FlowPart.Stowaway + 1),
        Group = reader.Byte(),
    };
}

/// <summary>A time-exceeded about a pair.</summary>
/// <param name="Source">Source of the quoted datagram.</param>
/// <param name="Destination">Destination of the quoted datagram.</param>
/// <param name="Hop">Who sent it.</param>
/// <param name="TimeNs">When.</param>
public readonly record struct HopEvidence(Address Source, Address Destination, Address Hop, long TimeNs) : IEntry<HopEvidence>
{
    /// <inheritdoc/>
    public static int EntryBytes => (3 * Address.Size) + sizeof(long);

    /// <inheritdoc/>
    public static void Write(in HopEvidence entry, ref EntryWriter writer)
    {
        writer.Add(entry.Source);
        writer.Add(entry.Destination);
        writer.Add(entry.Hop);
        writer.Add(entry.TimeNs);
    }

    /// <inheritdoc/>
    public static HopEvidence Read(ref EntryReader reader) => new(reader.Address(), reader.Address(), reader.Address(), reader.Int64());
}

/// <summary>A redirect or a router advertisement.</summary>
/// <param name="Sample">The packet; its source is the router.</param>
/// <param name="IsRedirect">True for a redirect.</param>
/// <param name="Gateway">Of a redirect: the gateway it names.</param>
/// <param name="About">Of a redirect: the destination that is to be reached through it. Of an advertisement: the first prefix.</param>
/// <param name="Claim">Hash of what it claims: prefixes and addresses, but no lifetimes.</param>
/// <param name="LifetimeSeconds">Of an advertisement: how long the router may be used.</param>
/// <param name="Group">Key group of the packet.</param>
public readonly record struct ClaimEvidence(
    MarkSample Sample, bool IsRedirect, Address Gateway, Address About, ulong Claim, uint LifetimeSeconds, byte Group) : IEntry<ClaimEvidence>
{
    /// <inheritdoc/>
    public static int EntryBytes => Mark.SampleBytes + 1 + (2 * Address.Size) + sizeof(ulong) + sizeof(uint) + 1;

    /// <inheritdoc/>
    public static void Write(in ClaimEvidence entry, ref EntryWriter writer)
    {
        Mark.Write(entry.Sample, ref writer);
        writer.Add(entry.IsRedirect);
        writer.Add(entry.Gateway);
        writer.Add(entry.About);
        writer.Add(entry.Claim);
        writer.Add(entry.LifetimeSeconds);
        writer.Add(entry.Group);
    }

    /// <inheritdoc/>
    public static ClaimEvidence Read(ref EntryReader reader) => new(
        Mark.ReadSample(ref reader), reader.Boolean(), reader.Address(), reader.Address(), reader.UInt64(), reader.UInt32(), reader.Byte());
}

/// <summary>What rules need of the events of one slot: sums, extremes and sets, so that arrival order does not show.</summary>
public sealed class SlotEvidence : ICheckpointPart
{
    /// <summary>
    /// Rows of one open slot at most, of what has unfamiliar payloads or is no echo: 2.6 million flows a second. A row takes 96 bytes and up
    /// to 16 of index: 29 MB. While a slot closes, each of its flows has one or two, as many as there are in a <see cref="FlowList"/>.
    /// </summary>
    public const int MaxRows = 1 << 18;

    /// <summary>Hops and claims of one slot at most, each: a traceroute makes a few a second.</summary>
    public const int MaxNotes = 1 << 14;

    private readonly HashIndex _index = new();
    private FlowEvidence[] _rows = new FlowEvidence[16];
    private PayloadEvidence[] _payloads = new PayloadEvidence[4];
    private int _count;
    private int _indexed;
    private int _payloadCount;

    /// <summary>The slot.</summary>
    public long Slot { get; internal set; }

    /// <summary>Rows by flow and part.</summary>
    public Span<FlowEvidence> Rows => _rows.AsSpan(0, _count);

    /// <summary>Marks for the host stage.</summary>
    public MarkTable Marks { get; } = new();

    /// <summary>Time-exceeded messages.</summary>
    public List<HopEvidence> Hops { get; } = [];

    /// <summary>Redirects and router advertisements.</summary>
    public List<ClaimEvidence> Claims { get; } = [];

    /// <summary>Events that found no room.</summary>
    public long Dropped { get; internal set; }

    /// <summary>Payload evidence by <see cref="EchoEvidence.Payload"/>.</summary>
    public ref PayloadEvidence PayloadAt(int link) => ref _payloads[link - 1];

    /// <summary>The row of a flow and part, added where it is missing; -1 where there is no room.</summary>
    public int RowOf(Address source, Address destination, FlowPart part, byte group = 0)
    {
        uint hash = Mix.Hash((uint)part, source, destination);
        HashProbe probe = _index.Probe(hash);
        while (probe.Next(out int place))
        {
            ref FlowEvidence known = ref _rows[place];
            if (known.Source == source && known.Destination == destination && known.Part == part && known.Group == group)
                return place;
        }

        if (_count == MaxRows)
            return -1;
        if (_count == _rows.Length)
            Array.Resize(ref _rows, 2 * _count);
        ref FlowEvidence added = ref _rows[_count];
        added = default;
        (added.Source, added.Destination, added.Part, added.Group) = (source, destination, part, group);
        _index.Add(hash, _count);
        _indexed = ++_count;
        return _count - 1;
    }

    /// <summary>
    /// The row of a flow's requests or replies while the slot is being closed; nobody has asked for it since then. Where the slot has
    /// payloads, it may be there.
    /// </summary>
    public int RowAtClose(Address source, Address destination, FlowPart part)
    {
        if (_payloadCount > 0 && TryFindIndexed(source, destination, part, 0, out int known))
            return known;
        if (_count == _rows.Length)
            Array.Resize(ref _rows, 2 * _count);
        ref FlowEvidence added = ref _rows[_count];
        added = default;
        (added.Source, added.Destination, added.Part) = (source, destination, part);
        return _count++;
    }

    /// <summary>Finds the row of a flow and part.</summary>
    public bool TryFindRow(Address source, Address destination, FlowPart part, byte group, out int place)
    {
        // Rows made when the slot closed are looked for only where something was found.
        while (_indexed < _count)
        {
            ref FlowEvidence row = ref _rows[_indexed];
            _index.Add(Mix.Hash((uint)row.Part, row.Source, row.Destination), _indexed++);
        }

        return TryFindIndexed(source, destination, part, group, out place);
    }

    private bool TryFindIndexed(Address source, Address destination, FlowPart part, byte group, out int place)
    {
        HashProbe probe = _index.Probe(Mix.Hash((uint)part, source, destination));
        while (probe.Next(out place))
        {
            ref FlowEvidence known = ref _rows[place];
            if (known.Source == source && known.Destination == destination && known.Part == part && known.Group == group)
                return true;
        }

        return false;
    }

    /// <summary>A row by its place.</summary>
    public ref FlowEvidence RowAt(int place) => ref _rows[place];

    /// <summary>Forgets the rows from a place on, none of which was ever looked for.</summary>
    public void Truncate(int count) => _count = count;

    /// <summary>The payload evidence of a row, added where it is missing.</summary>
    public ref PayloadEvidence PayloadOf(int place)
    {
        ref int link = ref _rows[place].Echo.Payload;
        if (link == 0)
        {
            if (_payloadCount == _payloads.Length)
                Array.Resize(ref _payloads, 2 * _payloadCount);
            _payloads[_payloadCount] = default;
            link = ++_payloadCount;
        }

        return ref _payloads[link - 1];
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt64(Dropped);
        writer.WriteInt32(_payloadCount);
        foreach (ref readonly PayloadEvidence payload in _payloads.AsSpan(0, _payloadCount))
            writer.WriteEntry(payload);
        writer.WriteInt32(_count);
        foreach (ref readonly FlowEvidence row in Rows)
            writer.WriteEntry(row);
        writer.WritePart(Marks);
        writer.WriteInt32(Hops.Count);
        foreach (HopEvidence hop in Hops)
            writer.WriteEntry(hop);
        writer.WriteInt32(Claims.Count);
        foreach (ClaimEvidence claim in Claims)
            writer.WriteEntry(claim);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Dropped = reader.ReadInt64();
        _payloadCount = reader.ReadCount(PayloadEvidence.EntryBytes);
        if (_payloads.Length < _payloadCount)
            _payloads = new PayloadEvidence[_payloadCount];
        foreach (ref PayloadEvidence payload in _payloads.AsSpan(0, _payloadCount))
            payload = reader.ReadEntry<PayloadEvidence>();
        int rows = reader.ReadCount(FlowEvidence.EntryBytes);
        for (int place = 0; place < rows; place++)
        {
            FlowEvidence row = reader.ReadEntry<FlowEvidence>();
            if (RowOf(row.Source, row.Destination, row.Part, row.Group) != place || (uint)row.Echo.Payload > (uint)_payloadCount)
                throw new CheckpointException("a flow is there twice, or has a payload that is not there");
            _rows[place] = row;
        }

        reader.ReadPart(Marks);
        for (int left = reader.ReadCount(HopEvidence.EntryBytes); left > 0; left--)
            Hops.Add(reader.ReadEntry<HopEvidence>());
        for (int left = reader.ReadCount(ClaimEvidence.EntryBytes); left > 0; left--)
            Claims.Add(reader.ReadEntry<ClaimEvidence>());
    }

    /// <summary>Empties it and keeps the memory.</summary>
    public void Clear()
    {
        _index.Clear();
        (_count, _indexed, _payloadCount) = (0, 0, 0);
        Marks.Clear();
        Hops.Clear();
        Claims.Clear();
        Dropped = 0;
    }
}
