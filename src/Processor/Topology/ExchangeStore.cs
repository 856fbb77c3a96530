using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Exchanges packed to 72 bytes each, in pages, so that the exchanges of a large capture can be sorted in memory: 10 million take
/// 760 MB. What hardly any has (an error, a loss) is kept beside.
/// </summary>
public sealed class ExchangeStore
{
    private const int PerPage = 16 * 1024;

    private readonly List<Packed[]> _pages = [];
    private readonly List<Rare> _rare = [];

    /// <summary>Exchanges in it.</summary>
    public int Count { get; private set; }

    /// <summary>An exchange by the order in which they were added.</summary>
    public EchoExchange this[int index]
    {
        get
        {
            ref readonly Packed packed = ref At(index);
            Parts parts = packed.Parts;
            Rare rare = packed.Rare == 0 ? new Rare(1.0, null, null, null) : _rare[packed.Rare - 1];
            return new EchoExchange
            {
                Outcome = packed.Outcome,
                Family = packed.Family,
                Type = packed.Type,
                Identifier = packed.Identifier,
                Sequence = packed.Sequence,
                Domain = packed.Domain,
                Requester = packed.Requester,
                Responder = packed.Responder,
                RequestNs = (parts & Parts.Request) != Parts.None ? packed.RequestNs : null,
                RequestBytes = (parts & Parts.Request) != Parts.None ? packed.RequestBytes : null,
                ReplyNs = (parts & Parts.Reply) != Parts.None ? packed.ReplyNs : null,
                ReplyBytes = (parts & Parts.Reply) != Parts.None ? packed.ReplyBytes : null,
                RttNs = (parts & Parts.Rtt) != Parts.None ? packed.ReplyNs - packed.RequestNs : null,
                ErrorType = rare.ErrorType,
                ErrorCode = rare.ErrorCode,
                ErrorSource = rare.ErrorSource,
                Completeness = rare.Completeness,
            };
        }
    }

    /// <summary>Adds an exchange.</summary>
    public void Add(in EchoExchange exchange)
    {
        if (Count == _pages.Count * PerPage)
            _pages.Add(new Packed[PerPage]);
        ref Packed packed = ref _pages[Count / PerPage][Count % PerPage];
        Count++;
        packed.Requester = exchange.Requester;
        packed.Responder = exchange.Responder;
        packed.RequestNs = exchange.RequestNs ?? 0;
        packed.ReplyNs = exchange.ReplyNs ?? 0;
        packed.Domain = exchange.Domain;
        packed.Identifier = exchange.Identifier;
        packed.Sequence = exchange.Sequence;
        packed.RequestBytes = (ushort)(exchange.RequestBytes ?? 0);
        packed.ReplyBytes = (ushort)(exchange.ReplyBytes ?? 0);
        packed.Outcome = exchange.Outcome;
        packed.Family = exchange.Family;
        packed.Type = exchange.Type;
        packed.Parts = (exchange.RequestNs is null ? Parts.None : Parts.Request)
            | (exchange.ReplyNs is null ? Parts.None : Parts.Reply)
            | (exchange.RttNs is null ? Parts.None : Parts.Rtt);
        if (exchange.ErrorSource is null && exchange.Completeness >= 1.0)
            return;
        _rare.Add(new Rare(exchange.Completeness, exchange.ErrorType, exchange.ErrorCode, exchange.ErrorSource));
        packed.Rare = _rare.Count;
    }

    /// <summary>The order of <c>echo.jsonl</c>: by request time, else reply time, then all fields in order.</summary>
    public int[] Order()
    {
        var keys = new long[Count];
        var order = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            ref readonly Packed packed = ref At(i);
            keys[i] = packed.TimeNs;
            order[i] = i;
        }

        Array.Sort(keys, order);
        for (int start = 0; start < Count;)
        {
            int end = start + 1;
            while (end < Count && keys[end] == keys[start])
                end++;
            if (end - start > 1)
                Array.Sort(order, start, end - start, Comparer<int>.Create(Compare));
            start = end;
        }

        return order;
    }

    private ref readonly Packed At(int index) => ref _pages[index / PerPage][index % PerPage];

    private int Compare(int a, int b) => ResultOrder.Compare(this[a], this[b]);

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        Request = 1,
        Reply = 2,
        Rtt = 4,
    }

    private struct Packed
    {
        public Address Requester;
        public Address Responder;
        public long RequestNs;
        public long ReplyNs;
        public uint Domain;
        public int Rare;
        public ushort Identifier;
        public ushort Sequence;
        public ushort RequestBytes;
        public ushort ReplyBytes;
        public EchoOutcome Outcome;
        public byte Family;
        public byte Type;
        public Parts Parts;

        public readonly long TimeNs => (Parts & Parts.Request) != Parts.None ? RequestNs : ReplyNs;
    }

    private readonly record struct Rare(double Completeness, byte? ErrorType, byte? ErrorCode, Address? ErrorSource);
}
