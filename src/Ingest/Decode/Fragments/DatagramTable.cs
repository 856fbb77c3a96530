using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Which parts of which datagrams were seen. A datagram is put together without its bytes: what is asked is whether it is whole,
/// whether parts overlap, and whether its checksum is right, and for that bounds, a hash and a sum of each part are enough.
/// Memory is fixed, and taken when the first fragment comes.
/// </summary>
/// <remarks>
/// <code>
///   buckets ──> datagrams, in two lists by age:   undecided  oldest ... newest      give up the oldest at its deadline
///                  │                              decided    oldest ... newest      reuse the oldest where there is no free one
///                  └──> parts by offset, from one pool:  |0..1480|1480..2960|        |4440..4448|
/// </code>
/// The limits, and the memory they add up to, are <see cref="FragmentLimits"/>.
/// </remarks>
internal sealed class DatagramTable
{
    private const int Buckets = 8192;
    private const int None = -1;

    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private readonly Datagram[] _datagrams = new Datagram[FragmentLimits.MaxDatagrams];
    private readonly DatagramPart[] _parts = new DatagramPart[FragmentLimits.MaxParts];
    private readonly int[] _buckets = new int[Buckets];
    private readonly DatagramCounters _counters;
    private AgeList _undecided = AgeList.Empty;
    private AgeList _decided = AgeList.Empty;
    private int _used;
    private int _freeDatagram = None;
    private int _freePart;

    /// <summary>Makes an empty table that keeps its books in <paramref name="counters"/>.</summary>
    public DatagramTable(DatagramCounters counters)
    {
        _counters = counters;
        _buckets.AsSpan().Fill(None);
        for (int part = 0; part < FragmentLimits.MaxParts; part++)
            _parts[part].Next = part + 1 < FragmentLimits.MaxParts ? part + 1 : None;
    }

    /// <summary>When the oldest undecided datagram is given up, ns since the epoch; the greatest long where there is none.</summary>
    public long DeadlineNs => _undecided.Oldest == None ? long.MaxValue : Deadline(_datagrams[_undecided.Oldest].SinceNs);

    /// <summary>Takes a fragment seen at a time; <paramref name="place"/> is its datagram, for <see cref="At"/>.</summary>
    public FragmentVerdict Add(in Fragment fragment, long timeNs, out int place)
    {
        uint hash = fragment.Key.Hash(_seed);
        place = Find(fragment.Key, hash);
        if (place != None && IsOver(_datagrams[place], timeNs))
        {
            if (!_datagrams[place].IsDecided)
                _counters.CountEvicted();
            Free(place);
            place = None;
        }

        if (place == None)
            place = Open(fragment.Key, hash, timeNs);
        ref Datagram datagram = ref _datagrams[place];
        datagram.IsIcmp |= fragment.IsIcmp;
        FragmentVerdict verdict = fragment.IsOverlong ? FragmentVerdict.Overlong
            : datagram.IsDecided ? FragmentVerdict.Repeated
            : Insert(ref datagram, place, fragment);
        if (verdict == FragmentVerdict.Repeated)
            _counters.CountRepeated();
        if (verdict is not (FragmentVerdict.Taken or FragmentVerdict.Repeated) && !datagram.IsDecided)
            Decide(place, verdict, timeNs);
        return verdict;
    }

    /// <summary>A datagram by the place that <see cref="Add"/> gave.</summary>
    public ref Datagram At(int place) => ref _datagrams[place];

    /// <summary>
    /// Gives up the oldest undecided datagram whose time is over at <paramref name="nowNs"/>; false where there is none. Of the one given
    /// up the caller sees a copy.
    /// </summary>
    public bool TryExpire(long nowNs, out Datagram expired)
    {
        int oldest = _undecided.Oldest;
        if (oldest == None || Deadline(_datagrams[oldest].SinceNs) > nowNs)
        {
            expired = default;
            return false;
        }

        expired = _datagrams[oldest];
        _counters.CountIncomplete();
        Free(oldest);
        return true;
    }

    private static long Deadline(long sinceNs) => sinceNs > long.MaxValue - FragmentLimits.TimeoutNs ? long.MaxValue : sinceNs + FragmentLimits.TimeoutNs;

    // By the fragments' own times, so that an identification that comes round is a new datagram, whatever the stream's clock says.
    private static bool IsOver(in Datagram datagram, long timeNs) =>
        timeNs > datagram.SinceNs && (ulong)timeNs - (ulong)datagram.SinceNs > (ulong)(datagram.IsDecided ? FragmentLimits.DecidedNs : FragmentLimits.TimeoutNs);

    private int Find(in DatagramKey key, uint hash)
    {
        int place = _buckets[hash % Buckets];
        while (place != None && (_datagrams[place].Hash != hash || _datagrams[place].Key != key))
            place = _datagrams[place].NextInBucket;
        return place;
    }

    private int Open(in DatagramKey key, uint hash, long timeNs)
    {
        if (_freeDatagram == None && _used == FragmentLimits.MaxDatagrams)
            MakeRoom();
        int place = _freeDatagram;
        if (place == None)
            place = _used++;
        else
            _freeDatagram = _datagrams[place].NextInBucket;
        ref int bucket = ref _buckets[hash % Buckets];
        _datagrams[place] = new Datagram { Key = key, Hash = hash, SinceNs = timeNs, NextInBucket = bucket, FirstPart = None };
        bucket = place;
        _undecided.Append(_datagrams, place);
        _counters.CountOpened();
        return place;
    }

    // What is decided has told what it had to tell.
    private void MakeRoom()
    {
        if (_decided.Oldest != None)
        {
            Free(_decided.Oldest);
            return;
        }

        _counters.CountEvicted();
        Free(_undecided.Oldest);
    }

    private FragmentVerdict Insert(ref Datagram datagram, int place, in Fragment fragment)
    {
        // A part of no bytes adds nothing, and no host waits for it.
        if (fragment.End <= fragment.Start)
            return FragmentVerdict.Repeated;
        if (datagram.TotalBytes != 0 && (fragment.End > datagram.TotalBytes || (fragment.IsLast && fragment.End != datagram.TotalBytes)))
            return FragmentVerdict.Overlapping;
        int before = None, at = datagram.FirstPart;
        while (at != None && _parts[at].End <= fragment.Start)
            (before, at) = (at, _parts[at].Next);
        ulong hash = XxHash64.Hash(fragment.Data);
        if (at != None && _parts[at].Start < fragment.End)
        {
            ref readonly DatagramPart there = ref _parts[at];
            bool isSame = there.Start == fragment.Start && there.End == fragment.End && there.Hash == hash
                && fragment.IsLast == (datagram.TotalBytes == fragment.End);
            return isSame ? FragmentVerdict.Repeated : FragmentVerdict.Overlapping;
        }

        // The last fragment cannot come before parts that are there already.
        if (fragment.IsLast && at != None)
            return FragmentVerdict.Overlapping;
        if (datagram.Parts == FragmentLimits.MaxPartsPerDatagram)
            return FragmentVerdict.Refused;
        int part = TakePart(place);
        if (part == None)
            return FragmentVerdict.Refused;
        _parts[part] = new DatagramPart { Start = (ushort)fragment.Start, End = (ushort)fragment.End, Hash = hash, Next = at };
        if (before == None)
            datagram.FirstPart = part;
        else
            _parts[before].Next = part;
        Sum(ref datagram, fragment);
        return datagram.TotalBytes != 0 && datagram.BytesThere == datagram.TotalBytes ? FragmentVerdict.Completed : FragmentVerdict.Taken;
    }

    private static void Sum(ref Datagram datagram, in Fragment fragment)
    {
        bool isCaptured = fragment.Data.Length == fragment.End - fragment.Start;
        datagram.IsSumWhole = isCaptured && (datagram.Parts == 0 || datagram.IsSumWhole);
        datagram.Parts++;
        datagram.BytesThere += fragment.End - fragment.Start;
        datagram.Sum = InternetChecksum.Fold(InternetChecksum.Add(fragment.Data, datagram.Sum + fragment.PseudoSum));
        if (fragment.IsLast)
            datagram.TotalBytes = fragment.End;
        if (fragment.IsFirst)
        {
            datagram.HasPseudoHeader = fragment.PseudoSum != 0;
            datagram.IsSumWhole &= fragment.IsMessageStart;
        }
    }

    // Parts run out only where many datagrams are open: the oldest other one makes room.
    private int TakePart(int keep)
    {
        while (_freePart == None)
        {
            int oldest = _undecided.Oldest == keep ? _datagrams[keep].Newer : _undecided.Oldest;
            if (oldest == None)
                return None;
            _counters.CountEvicted();
            Free(oldest);
        }

        int part = _freePart;
        _freePart = _parts[part].Next;
        return part;
    }

    private void Decide(int place, FragmentVerdict verdict, long timeNs)
    {
        ref Datagram datagram = ref _datagrams[place];
        bool isBad = verdict == FragmentVerdict.Completed && datagram.IsSumWhole && Judge(datagram) == ChecksumStatus.Bad;
        _counters.CountDecided(verdict, isBad);
        FreeParts(ref datagram);
        _undecided.Remove(_datagrams, place);
        datagram.IsDecided = true;
        datagram.SinceNs = timeNs;
        _decided.Append(_datagrams, place);
    }

    private static ChecksumStatus Judge(in Datagram datagram) => InternetChecksum.Judge(
        datagram.HasPseudoHeader ? InternetChecksum.Add((ushort)datagram.TotalBytes, datagram.Sum) : datagram.Sum);

    private void Free(int place)
    {
        ref Datagram datagram = ref _datagrams[place];
        FreeParts(ref datagram);
        if (datagram.IsDecided)
            _decided.Remove(_datagrams, place);
        else
            _undecided.Remove(_datagrams, place);
        ref int link = ref _buckets[datagram.Hash % Buckets];
        while (link != place)
            link = ref _datagrams[link].NextInBucket;
        link = datagram.NextInBucket;
        datagram.NextInBucket = _freeDatagram;
        _freeDatagram = place;
    }

    private void FreeParts(ref Datagram datagram)
    {
        int part = datagram.FirstPart;
        while (part != None)
        {
            int next = _parts[part].Next;
            _parts[part].Next = _freePart;
            _freePart = part;
            part = next;
        }

        datagram.FirstPart = None;
    }

    // A list through the datagrams themselves, oldest first.
    private struct AgeList
    {
        public int Oldest;
        private int _newest;

        public static AgeList Empty => new() { Oldest = None, _newest = None };

        public void Append(Datagram[] datagrams, int place)
        {
            datagrams[place].Older = _newest;
            datagrams[place].Newer = None;
            if (_newest == None)
                Oldest = place;
            else
                datagrams[_newest].Newer = place;
            _newest = place;
        }

        public void Remove(Datagram[] datagrams, int place)
        {
            (int older, int newer) = (datagrams[place].Older, datagrams[place].Newer);
            if (older == None)
                Oldest = newer;
            else
                datagrams[older].Newer = newer;
            if (newer == None)
                _newest = older;
            else
                datagrams[newer].Older = older;
        }
    }
}
