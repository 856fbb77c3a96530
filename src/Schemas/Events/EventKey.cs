namespace IcmpStream.Schemas;

/// <summary>
/// Key of an event on <c>icmp.event.v1</c>: the unordered address pair of the exchange, 32 bytes, the smaller address first. For
/// an error whose quoted datagram's addresses could be read it is the quoted pair, so that a router's time-exceeded meets the
/// request that caused it.
/// </summary>
public readonly record struct EventKey : IComparable<EventKey>
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 2 * Address.Size;

    private EventKey(Address lower, Address upper) => (Lower, Upper) = (lower, upper);

    /// <summary>The smaller address.</summary>
    public Address Lower { get; }

    /// <summary>The larger address, or the same where one talks to itself.</summary>
    public Address Upper { get; }

    /// <summary>The key of two addresses, in whatever order.</summary>
    public static EventKey Of(Address a, Address b) => a <= b ? new EventKey(a, b) : new EventKey(b, a);

    /// <summary>The key of an event of <paramref name="buffer"/>.</summary>
    public static EventKey Of(in IcmpEvent e, EventBuffer buffer)
    {
        if (e.Detail != 0)
        {
            ref readonly IcmpEventDetail detail = ref buffer.DetailOf(e);
            if ((detail.Groups & DetailGroups.Quoted) != DetailGroups.None)
                return Of(detail.QuotedSource, detail.QuotedDestination);
        }

        return Of(e.Source, e.Destination);
    }

    /// <summary>Reads 32 bytes, in whatever order the addresses are. Throws <see cref="ArgumentOutOfRangeException"/> on fewer.</summary>
    public static EventKey Read(ReadOnlySpan<byte> source) => Of(Address.Read(source), Address.Read(source[Address.Size..]));

    /// <summary>Writes 32 bytes. Throws <see cref="ArgumentOutOfRangeException"/> on a shorter destination.</summary>
    public void Write(Span<byte> destination)
    {
        Lower.Write(destination);
        Upper.Write(destination[Address.Size..]);
    }

    /// <summary>By lower, then upper address.</summary>
    public int CompareTo(EventKey other)
    {
        int lower = Lower.CompareTo(other.Lower);
        return lower != 0 ? lower : Upper.CompareTo(other.Upper);
    }

    /// <summary>By lower, then upper address.</summary>
    public static bool operator <(EventKey left, EventKey right) => left.CompareTo(right) < 0;

    /// <summary>By lower, then upper address.</summary>
    public static bool operator >(EventKey left, EventKey right) => left.CompareTo(right) > 0;

    /// <summary>By lower, then upper address.</summary>
    public static bool operator <=(EventKey left, EventKey right) => left.CompareTo(right) <= 0;

    /// <summary>By lower, then upper address.</summary>
    public static bool operator >=(EventKey left, EventKey right) => left.CompareTo(right) >= 0;

    /// <summary>Both addresses in text.</summary>
    public override string ToString() => $"{Lower} {Upper}";
}
