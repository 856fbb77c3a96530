using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The loudest peer of an address over the partials of a slot. A pair's own packets are all in one partition, so the loudest of the
/// loudest is the loudest.
/// </summary>
internal sealed class LoudestPeers
{
    private TopPeer _best;

    /// <summary>Takes what one partial says.</summary>
    public void Add(PartialBuffer partial, in PartialCount row, ref int contributions)
    {
        if (contributions++ == 0)
            _best = default;
        if (row.TopPeersLength > 0)
            Consider(partial.TopPeers(row)[0]);
        else if (row.PeersLength == 1)
            Consider(new TopPeer(partial.Peers(row)[0], row.Packets, row.Bytes));
    }

    /// <summary>The loudest of all that were added.</summary>
    public TopPeer Take() => _best;

    private void Consider(in TopPeer peer)
    {
        if (peer.Packets > _best.Packets || (peer.Packets == _best.Packets && peer.Address < _best.Address))
            _best = peer;
    }
}
