using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The loudest peer of an address in either role over the partials of a slot. A pair's own packets are all in one partition, so the
/// loudest of the loudest is the loudest.
/// </summary>
internal sealed class LoudestPeers
{
    private TopPeer _source;
    private TopPeer _destination;

    /// <summary>The loudest that the address sent to.</summary>
    public TopPeer Source => _source;

    /// <summary>The loudest that it received from.</summary>
    public TopPeer Destination => _destination;

    /// <summary>Forgets the address before.</summary>
    public void Clear() => (_source, _destination) = (default, default);

    /// <summary>Takes what one partial says.</summary>
    public void Add(PartialBuffer partial, in PartialCount row, bool isSource)
    {
        ref TopPeer best = ref isSource ? ref _source : ref _destination;
        if (row.TopPeersLength > 0)
            Consider(ref best, partial.TopPeers(row)[0]);
        else if (row.PeersLength == 1)
            Consider(ref best, new TopPeer(partial.Peers(row)[0], row.Packets, row.Bytes));
    }

    private static void Consider(ref TopPeer best, in TopPeer peer)
    {
        if (peer.Packets > best.Packets || (peer.Packets == best.Packets && peer.Address < best.Address))
            best = peer;
    }
}
