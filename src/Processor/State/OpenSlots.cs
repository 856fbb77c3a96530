using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>One slot of one domain that event time has not passed: its messages by key group, in the order in which they came.</summary>
public sealed class OpenSlot
{
    /// <summary>Messages that stand for many of a key group, beyond the limits of a slot.</summary>
    public const int MaxCoalesced = 64;

    private readonly MessagePool _pool;
    private readonly Chain[] _chains = new Chain[KeyGroup.Count];
    private readonly List<Quote> _quotes = [];
    private readonly List<Ends> _wide = [];
    private HeldEvents? _held;
    private int[] _coalesced = [];
    private long _slot;
    private long _startNs;
    private long _heldNs;
    private long _touched;

    internal OpenSlot(MessagePool pool) => _pool = pool;

    /// <summary>Number of the slot since the epoch.</summary>
    public long Slot
    {
        get => _slot;
        internal set
        {
            _slot = value;
            _startNs = EventTime.SlotStart(value);

            // The first slot there is begins before the earliest time: it is found by division alone.
            _heldNs = _startNs == EventTime.Earliest ? 0 : EventTime.SlotNs;
        }
    }

    /// <summary>Messages in it.</summary>
    public int Count { get; private set; }

    /// <summary>Events whose evidence waits until copies are known.</summary>
    public HeldEvents Held => _held ??= new HeldEvents();

    /// <summary>Messages of a key group.</summary>
    public int CountOf(int group) => _chains[group].Count;

    /// <summary>True where a time is known to be in the slot, without a division.</summary>
    public bool Holds(long timeNs) => unchecked((ulong)(timeNs - _startNs)) < (ulong)_heldNs;

    /// <summary>True where a group has room for one of <paramref name="limit"/> messages, and none of them stands for many.</summary>
    public bool HasRoom(int group, int limit)
    {
        ref Chain chain = ref _chains[group];
        return chain.Count < limit && chain.Coalesced == 0;
    }

    /// <summary>True where the messages of a group came in ascending order of time, no two at the same.</summary>
    public bool IsInOrder(int group) => !_chains[group].IsMixed;

    /// <summary>Adds a message of a key group at a time, to be filled by the caller.</summary>
    public ref PairMessage Add(int group, long timeNs)
    {
        ref Chain chain = ref _chains[group];
        chain.IsMixed |= chain.Count > 0 && timeNs <= chain.LastNs;
        chain.LastNs = timeNs;
        if (chain.Count % MessagePool.ChunkMessages == 0)
            Lengthen(ref chain);
        chain.Count++;
        Count++;
        return ref chain.Page![chain.Next++];
    }

    private void Lengthen(ref Chain chain)
    {
        int chunk = _pool.Take();
        _touched += _pool.Touch(chunk);
        if (chain.Count == 0)
            chain.First = chunk;
        else
            _pool.Chain(chain.Last, chunk);
        chain.Last = chunk;
        chain.Page = _pool.PageOf(chunk, out chain.Next);
    }

    /// <summary>
    /// Beyond the limits: adds a message to one that is alike in addresses, type and code, and that is only counted. False where
    /// <see cref="MaxCoalesced"/> are kept of the group and none is alike.
    /// </summary>
    public bool TryCoalesce(uint keyHash, bool isForeign, in IcmpEvent e)
    {
        int group = (byte)keyHash;
        ref Chain chain = ref _chains[group];
        for (int i = 0; i < chain.Coalesced; i++)
        {
            ref PairMessage known = ref _pool[_coalesced[(group * MaxCoalesced) + i]];
            if (known.Type != e.Type || known.Code != e.Code || EndsOf(known) != new Ends(e.Source, e.Destination))
                continue;
            known.Add(e.Count, e.Bytes);
            return true;
        }

        if (chain.Coalesced == MaxCoalesced)
            return false;
        if (_coalesced.Length == 0)
            _coalesced = new int[KeyGroup.Count * MaxCoalesced];
        MessageFlags flags = MessageFlags.Together | (isForeign ? MessageFlags.Foreign : MessageFlags.None) | (e.IpVersion == 4 ? MessageFlags.None : MessageFlags.Version6);
        ulong ends = EndsOf(e, ref flags);
        Add(group, e.FirstNs).Set(e, 0, 0, ends, keyHash, 0, EchoPart.None, e.PayloadFamily, flags);
        _coalesced[(group * MaxCoalesced) + chain.Coalesced++] = (chain.Last * MessagePool.ChunkMessages) + ((chain.Count - 1) % MessagePool.ChunkMessages);
        return true;
    }

    /// <summary>An event's addresses as a message has them: IPv4 in place, others in the slot's list.</summary>
    public ulong EndsOf(in IcmpEvent e, ref MessageFlags flags)
    {
        if (e.Source.IsIpv4 && e.Destination.IsIpv4)
            return ((ulong)e.Source.Ipv4 << 32) | e.Destination.Ipv4;
        flags |= MessageFlags.Wide;
        _wide.Add(new Ends(e.Source, e.Destination));
        return (ulong)_wide.Count - 1;
    }

    /// <summary>The addresses of a message of this slot.</summary>
    public Ends EndsOf(in PairMessage message) => message.IsWide
        ? _wide[(int)message.Ends]
        : new Ends(Address.FromIpv4((uint)(message.Ends >> 32)), Address.FromIpv4((uint)message.Ends));

    /// <summary>The addresses of a message of this slot, the smaller one first; 0 where that is its source, else 1.</summary>
    public int OrderEndsOf(in PairMessage message, out Address lower, out Address upper)
    {
        if (message.IsWide)
            return OrderWideEndsOf(message, out lower, out upper);

        // A message is as likely a reply as a request: without a jump there is nothing to guess.
        long source = (uint)(message.Ends >> 32), destination = (uint)message.Ends;
        long above = destination - source;
        long isDown = above >>> 63;
        long less = above & -isDown;
        lower = Address.FromIpv4((uint)(source + less));
        upper = Address.FromIpv4((uint)(destination - less));
        return (int)isDown;
    }

    private int OrderWideEndsOf(in PairMessage message, out Address lower, out Address upper)
    {
        Ends ends = _wide[(int)message.Ends];
        bool up = ends.Source <= ends.Destination;
        (lower, upper) = up ? (ends.Source, ends.Destination) : (ends.Destination, ends.Source);
        return up ? 0 : 1;
    }

    /// <summary>Keeps whom a failure is about; returns what finds it.</summary>
    public ulong Add(in Quote quote)
    {
        _quotes.Add(quote);
        return (ulong)_quotes.Count;
    }

    /// <summary>What <see cref="Add(in Quote)"/> kept.</summary>
    public Quote QuoteOf(in PairMessage failure) => _quotes[(int)failure.PayloadHash - 1];

    /// <summary>
    /// Reads from each of a key group's messages, so that they are fetched side by side, where one after the other would wait for each; the
    /// sum means nothing.
    /// </summary>
    public long Touch(int group)
    {
        ref Chain chain = ref _chains[group];
        int left = chain.Count;
        long sum = 0;
        for (int chunk = chain.First; left > 0; chunk = _pool.Next(chunk))
        {
            ReadOnlySpan<PairMessage> messages = _pool.Chunk(chunk)[..Math.Min(MessagePool.ChunkMessages, left)];
            foreach (ref readonly PairMessage message in messages)
                sum += message.IsWide ? (long)_wide[(int)message.Ends].Source.Low : message.TimeNs;
            left -= messages.Length;
        }

        return sum;
    }

    /// <summary>Writes the places of a key group's messages in the order in which they came; there is room for all.</summary>
    public void CopyPlaces(int group, Span<int> places)
    {
        ref Chain chain = ref _chains[group];
        int copied = 0;
        for (int chunk = chain.First; copied < chain.Count; chunk = _pool.Next(chunk))
        {
            int inChunk = Math.Min(MessagePool.ChunkMessages, chain.Count - copied);
            for (int i = 0; i < inChunk; i++)
                places[copied++] = (chunk * MessagePool.ChunkMessages) + i;
        }
    }

    /// <summary>Writes down whom its failures are about, its wide addresses and held events; the messages are written by group.</summary>
    public void SaveShared(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_quotes.Count);
        foreach (Quote quote in _quotes)
        {
            writer.WriteAddress(quote.Requester);
            writer.WriteAddress(quote.Responder);
            writer.WriteByte(quote.Family);
            writer.WriteByte(quote.RequestType);
        }

        writer.WriteInt32(_wide.Count);
        foreach (Ends ends in _wide)
        {
            writer.WriteAddress(ends.Source);
            writer.WriteAddress(ends.Destination);
        }

        writer.WritePart(Held);
    }

    /// <summary>Reads what <see cref="SaveShared"/> wrote.</summary>
    public void LoadShared(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        const int quoteBytes = (2 * Address.Size) + 2;
        for (int left = reader.ReadCount(quoteBytes); left > 0; left--)
            _quotes.Add(new Quote(reader.ReadAddress(), reader.ReadAddress(), reader.ReadByte(), reader.ReadByte()));
        for (int left = reader.ReadCount(2 * Address.Size); left > 0; left--)
            _wide.Add(new Ends(reader.ReadAddress(), reader.ReadAddress()));
        reader.ReadPart(Held);
    }

    /// <summary>Writes down a key group's messages in the order in which they came.</summary>
    public void Save(int group, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ref Chain chain = ref _chains[group];
        writer.WriteInt32(chain.Count);
        writer.WriteInt32(chain.Coalesced);
        int left = chain.Count;
        for (int chunk = chain.First; left > 0; chunk = _pool.Next(chunk))
        {
            for (int i = 0; i < MessagePool.ChunkMessages && left > 0; i++, left--)
            {
                writer.WriteEntry(_pool[(chunk * MessagePool.ChunkMessages) + i]);
            }
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote; one group at a time, since the slots share their pool.</summary>
    /// <exception cref="CheckpointException">The bytes are no such messages.</exception>
    public void Load(int group, CheckpointReader reader, int streams)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int count = reader.ReadCount(PairMessage.EntryBytes);
        int coalesced = reader.ReadIndex(Math.Min(count, MaxCoalesced) + 1);
        if (coalesced > 0 && _coalesced.Length == 0)
            _coalesced = new int[KeyGroup.Count * MaxCoalesced];
        ref Chain chain = ref _chains[group];
        for (int i = 0; i < count; i++)
        {
            PairMessage read = reader.ReadEntry<PairMessage>();
            ref PairMessage added = ref Add(group, read.TimeNs);
            added = read;
            if ((uint)added.Stream >= (uint)streams || (added.Part == EchoPart.Failure && added.PayloadHash - 1 >= (ulong)_quotes.Count)
                || (added.IsWide && added.Ends >= (ulong)_wide.Count))
            {
                throw new CheckpointException("a message is of a stream, between addresses, or about a request, that is not there");
            }

            if (count - i <= coalesced)
                _coalesced[(group * MaxCoalesced) + chain.Coalesced++] = (chain.Last * MessagePool.ChunkMessages) + (i % MessagePool.ChunkMessages);
        }
    }

    /// <summary>Forgets a key group's messages.</summary>
    public void Clear(int group)
    {
        ref Chain chain = ref _chains[group];
        if (chain.Count == 0)
            return;
        _pool.Free(chain.First, chain.Last);
        Count -= chain.Count;
        chain = default;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        for (int group = 0; group < KeyGroup.Count; group++)
            Clear(group);
        _quotes.Clear();
        _wide.Clear();
        _held?.Clear();
    }

    private struct Chain
    {
        /// <summary>The page of the last chunk, and where in it the next message goes.</summary>
        public PairMessage[]? Page;
        public long LastNs;
        public int Next;
        public int First;
        public int Last;
        public int Count;
        public int Coalesced;
        public bool IsMixed;
    }
}

/// <summary>Emptied slots to be used again.</summary>
public sealed class SlotPool
{
    private readonly Stack<OpenSlot> _free = new();

    /// <summary>The messages of all slots.</summary>
    public MessagePool Messages { get; } = new();

    /// <summary>Takes a slot.</summary>
    public OpenSlot Take(long slot)
    {
        OpenSlot taken = _free.Count > 0 ? _free.Pop() : new OpenSlot(Messages);
        taken.Slot = slot;
        return taken;
    }

    /// <summary>Empties a slot and takes it back.</summary>
    public void Return(OpenSlot slot)
    {
        slot.Clear();
        _free.Push(slot);
    }
}

/// <summary>The open slots of one domain, in order.</summary>
public sealed class OpenSlots
{
    private readonly SlotPool _pool;
    private readonly int _limit;
    private readonly List<OpenSlot> _slots = [];
    private OpenSlot? _last;

    /// <summary>Makes an empty list of at most <paramref name="limit"/> slots.</summary>
    public OpenSlots(SlotPool pool, int limit)
    {
        _pool = pool;
        _limit = limit;
    }

    /// <summary>Slots open.</summary>
    public int Count => _slots.Count;

    /// <summary>The earliest; there is one.</summary>
    public OpenSlot First => _slots[0];

    /// <summary>A slot by its place in the order of time.</summary>
    public OpenSlot this[int index] => _slots[index];

    /// <summary>The slot of a number, opened where it is not; null when there are too many.</summary>
    public OpenSlot? At(long slot)
    {
        if (_last is not null && _last.Slot == slot)
            return _last;
        int place = Search(slot);
        if (place < _slots.Count && _slots[place].Slot == slot)
            return _last = _slots[place];
        if (_slots.Count >= _limit)
            return null;
        OpenSlot opened = _pool.Take(slot);
        _slots.Insert(place, opened);
        return _last = opened;
    }

    /// <summary>Gives the earliest back.</summary>
    public void RemoveFirst()
    {
        OpenSlot first = _slots[0];
        _slots.RemoveAt(0);
        if (_last == first)
            _last = null;
        _pool.Return(first);
    }

    private int Search(long slot)
    {
        int low = 0, high = _slots.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_slots[middle].Slot < slot)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
