using System.Runtime.CompilerServices;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>Two addresses that talk, or talk about each other: 80 blittable bytes.</summary>
public struct Pair : IEntry<Pair>
{
    /// <summary>The smaller address.</summary>
    public Address Lower;

    /// <summary>The larger one.</summary>
    public Address Upper;

    /// <summary>The lower address asking the upper.</summary>
    public Conversation Up;

    /// <summary>The upper address asking the lower.</summary>
    public Conversation Down;

    /// <summary>Hash of its key.</summary>
    public uint Hash;

    /// <summary>The round in which it was last met.</summary>
    public uint Round;

    /// <summary>Key group of the lower address.</summary>
    public byte LowerGroup;

    /// <summary>Key group of the upper address.</summary>
    public byte UpperGroup;

    /// <summary>True where only errors that quote another pair were seen: counted apart from the pair's own packets.</summary>
    public bool IsForeign;

    /// <summary>True while requests or orphans of either direction are kept.</summary>
    public readonly bool IsKept => Up.IsKept || Down.IsKept;

    /// <inheritdoc/>
    public static int EntryBytes => (2 * Address.Size) + (2 * Conversation.EntryBytes) + 7;

    /// <inheritdoc/>
    public static void Write(in Pair entry, ref EntryWriter writer)
    {
        writer.Add(entry.Lower);
        writer.Add(entry.Upper);
        Conversation.Write(entry.Up, ref writer);
        Conversation.Write(entry.Down, ref writer);
        writer.Add(entry.Hash);
        writer.Add(entry.LowerGroup);
        writer.Add(entry.UpperGroup);
        writer.Add((byte)(entry.IsForeign ? 1 : 0));
    }

    /// <inheritdoc/>
    public static Pair Read(ref EntryReader reader)
    {
        return new Pair
        {
            Lower = reader.Address(),
            Upper = reader.Address(),
            Up = Conversation.Read(ref reader),
            Down = Conversation.Read(ref reader),
            Hash = reader.UInt32(),
            LowerGroup = reader.Byte(),
            UpperGroup = reader.Byte(),
            IsForeign = reader.Byte() != 0,
        };
    }
}

/// <summary>
/// The pairs of one key group of one domain, by a hash that the caller brings. A pair stays while it is met in the round (one slot
/// of one group) that is being handled, or while requests of it are kept.
/// </summary>
public sealed class PairTable : ICheckpointPart
{
    private readonly Slab<Pair> _pairs;
    private readonly Slab<Doubt> _doubts;
    private readonly PlaceIndex _index = new();
    private int[] _met = new int[16];
    private int _metCount;
    private uint _round = 1;

    /// <summary>Makes a table of at most <paramref name="limit"/> pairs, at most 32,766.</summary>
    public PairTable(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, short.MaxValue - 1);
        _pairs = new Slab<Pair>(limit);
        _doubts = new Slab<Doubt>(2 * limit);
    }

    /// <summary>Pairs in it.</summary>
    public int Count => _pairs.Count;

    /// <summary>One above the highest place ever used.</summary>
    public int PlaceEnd => _pairs.PlaceEnd;

    /// <summary>A pair by its place.</summary>
    public ref Pair this[int place] => ref _pairs[place];

    /// <summary>A conversation by its number.</summary>
    public ref Conversation ConversationOf(int conversation)
    {
        ref Pair pair = ref _pairs[conversation >> 1];
        return ref ((conversation & 1) == 0 ? ref pair.Up : ref pair.Down);
    }

    /// <summary>Who asks and who is asked in a conversation.</summary>
    public (Address Requester, Address Responder) EndsOf(int conversation)
    {
        ref Pair pair = ref _pairs[conversation >> 1];
        return (conversation & 1) == 0 ? (pair.Lower, pair.Upper) : (pair.Upper, pair.Lower);
    }

    /// <summary>Where a conversation is in doubt; it is made where it is not.</summary>
    public ref Doubt PutInDoubt(ref Conversation conversation)
    {
        if (conversation.Doubt == 0)
        {
            if (!_doubts.TryAdd(out int place))
                throw new InvalidOperationException("more conversations are in doubt than there are");
            conversation.Doubt = (ushort)(place + 1);
            _doubts[place] = new Doubt { UntrackedUntilNs = long.MinValue, FoldedRepliesNs = long.MinValue };
        }

        return ref _doubts[conversation.Doubt - 1];
    }

    /// <summary>Why a conversation is in doubt; nothing where it is not.</summary>
    public Doubt DoubtOf(in Conversation conversation) => conversation.Doubt == 0
        ? new Doubt { UntrackedUntilNs = long.MinValue, FoldedRepliesNs = long.MinValue }
        : _doubts[conversation.Doubt - 1];

    /// <summary>The place of a pair; -1 where it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint hash, in Address lower, in Address upper, bool isForeign)
    {
        for (int place = _index.First(hash); place >= 0; place = _index.Next(place, hash))
        {
            ref Pair candidate = ref _pairs[place];
            if (candidate.Lower == lower && candidate.Upper == upper && candidate.IsForeign == isForeign)
                return place;
        }

        return -1;
    }

    /// <summary>Places of the pairs met in this round, in the order in which they were.</summary>
    public ReadOnlySpan<int> Met => _met.AsSpan(0, _metCount);

    /// <summary>The place of a pair that a message of this round is of, added where it is not there; -1 where there are too many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Meet(uint hash, in Address lower, in Address upper, bool isForeign)
    {
        int place = Find(hash, lower, upper, isForeign);
        if (place < 0)
        {
            place = Add(hash, lower, upper, isForeign);
            if (place < 0)
                return -1;
        }

        // Written each time and counted once: whether it is the first time is nothing that a processor could foresee.
        ref uint round = ref _pairs[place].Round;
        if (_metCount == _met.Length)
            Array.Resize(ref _met, 2 * _metCount);
        _met[_metCount] = place;
        uint other = round ^ _round;
        _metCount += (int)((other | (0u - other)) >> 31);
        round = _round;
        return place;
    }

    private int Add(uint hash, Address lower, Address upper, bool isForeign)
    {
        if (!_pairs.TryAdd(out int place))
            return -1;
        ref Pair added = ref _pairs[place];
        added.Lower = lower;
        added.Upper = upper;
        added.Hash = hash;
        added.IsForeign = isForeign;
        added.LowerGroup = KeyGroup.Of(lower);
        added.UpperGroup = KeyGroup.Of(upper);
        _index.Add(hash, place);
        return place;
    }

    /// <summary>Writes the table down, between two rounds.</summary>
    public void Save(CheckpointWriter writer)
    {
        _pairs.Save(writer);
        _doubts.Save(writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty table.</summary>
    /// <exception cref="CheckpointException">The bytes are no such table.</exception>
    public void Load(CheckpointReader reader)
    {
        bool[] used = _pairs.Load(reader);
        _doubts.Load(reader);
        for (int place = 0; place < used.Length; place++)
        {
            if (!used[place])
                continue;
            ref Pair pair = ref _pairs[place];
            if (Math.Max(pair.Up.Doubt, pair.Down.Doubt) > _doubts.PlaceEnd)
                throw new CheckpointException("a conversation is in a doubt that is not there");
            _index.Add(pair.Hash, place);
        }
    }

    /// <summary>Brings the table into the cache; the sum means nothing.</summary>
    public ulong Touch()
    {
        ulong sum = _index.Touch();
        foreach (ref readonly Pair pair in _pairs.Items)
            sum += pair.Lower.Low + pair.Round;
        return sum;
    }

    /// <summary>Ends the round: pairs of which nothing is kept go.</summary>
    public void EndRound()
    {
        _round++;
        for (int i = 0; i < _metCount; i++)
            Release(_met[i]);
        _metCount = 0;
    }

    /// <summary>Removes a pair of which nothing is kept, unless it has been met in this round.</summary>
    public void Release(int place)
    {
        ref Pair pair = ref _pairs[place];
        if (pair.Round == _round || pair.IsKept)
            return;
        if (pair.Up.Doubt != 0)
            _doubts.Remove(pair.Up.Doubt - 1);
        if (pair.Down.Doubt != 0)
            _doubts.Remove(pair.Down.Doubt - 1);
        _index.Remove(pair.Hash, place);
        _pairs.Remove(place);
    }
}
