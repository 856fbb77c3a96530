using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Events;

public sealed class EventKeyTests
{
    private static readonly Address Host = Address.FromIpv4(0xC0000201);
    private static readonly Address Peer = Address.FromIpv4(0xC6336401);
    private static readonly Address Router = Address.FromIpv4(0x0A000001);

    [Fact]
    public void Both_directions_of_an_exchange_have_one_key() => Tape.Check(300, tape =>
    {
        Address a = tape.Address(), b = tape.Address();
        EventKey key = EventKey.Of(a, b);
        Assert.Equal(key, EventKey.Of(b, a));
        Assert.True(key.Lower <= key.Upper);
        Assert.True(key == EventKey.Of(key.Lower, key.Upper));
        byte[] bytes = new byte[EventKey.Size];
        key.Write(bytes);
        Assert.Equal(key, EventKey.Read(bytes));
    });

    [Fact]
    public void Keys_compare_as_their_bytes_do() => Tape.Check(300, tape =>
    {
        EventKey one = EventKey.Of(tape.Address(), tape.Address()), other = EventKey.Of(tape.Address(), tape.Address());
        byte[] left = new byte[EventKey.Size], right = new byte[EventKey.Size];
        one.Write(left);
        other.Write(right);
        Assert.Equal(Math.Sign(left.AsSpan().SequenceCompareTo(right)), Math.Sign(one.CompareTo(other)));
    });

    [Fact]
    public void An_error_has_the_key_of_the_datagram_it_quotes()
    {
        EventBuffer buffer = new(2);
        ref IcmpEvent e = ref buffer.Add();
        (e.Source, e.Destination) = (Router, Host);
        Assert.Equal(EventKey.Of(Router, Host), EventKey.Of(e, buffer));
        ref IcmpEventDetail detail = ref buffer.AddDetail();
        detail.Groups = DetailGroups.Path;
        Assert.Equal(EventKey.Of(Router, Host), EventKey.Of(e, buffer));
        detail.Groups |= DetailGroups.Quoted;
        (detail.QuotedSource, detail.QuotedDestination) = (Host, Peer);
        Assert.Equal(EventKey.Of(Peer, Host), EventKey.Of(e, buffer));
    }
}
