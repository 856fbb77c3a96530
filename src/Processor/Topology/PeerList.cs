using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>The peers of one address in one slot: exact to 64, beyond that a sketch, as a partial has them.</summary>
internal sealed class PeerList
{
    private Address[] _peers = new Address[PartialBuffer.MaxPeersPerCount];
    private int _count;
    private bool _mayRepeat;

    /// <summary>Empties it, with room for <paramref name="count"/> peers.</summary>
    public void Clear(int count)
    {
        if (_peers.Length < count)
            _peers = new Address[Math.Max(count, 2 * _peers.Length)];
        _count = 0;
        _mayRepeat = false;
    }

    /// <summary>Adds a peer. One of a foreign flow may be there already: errors about many pairs go from one router to one host.</summary>
    public void Add(Address peer, bool isForeign)
    {
        _mayRepeat |= isForeign;
        _peers[_count++] = peer;
    }

    /// <summary>Writes what it holds to the row last added.</summary>
    public void Write(PartialBuffer partial)
    {
        Span<Address> peers = _peers.AsSpan(0, _count);
        if (_mayRepeat && _count > 1)
        {
            peers.Sort();
            int distinct = 1;
            for (int i = 1; i < peers.Length; i++)
            {
                if (peers[i] != peers[distinct - 1])
                    peers[distinct++] = peers[i];
            }

            peers = peers[..distinct];
        }

        if (peers.Length > PartialBuffer.MaxPeersPerCount)
        {
            Span<byte> registers = partial.AddSketch();
            registers.Clear();
            foreach (Address peer in peers)
                HyperLogLog.Add(registers, peer);
            partial.AddPeers(0);
            return;
        }

        if (peers.Length > 1 && !_mayRepeat)
            peers.Sort();
        peers.CopyTo(partial.AddPeers(peers.Length));
    }
}
