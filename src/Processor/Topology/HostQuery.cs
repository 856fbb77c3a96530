using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Reads what a host stage knows, for whoever asks; the stage's thread calls it between two records.</summary>
internal static class HostQuery
{
    public static void Describe(IEnumerable<HostDomain> domains, Address address, List<HostSummary> found)
    {
        byte group = KeyGroup.Of(address);
        foreach (HostDomain domain in domains)
        {
            int place = domain.Hosts.Find(address, group);
            if (place >= 0)
                found.Add(Summary(domain, place));
        }
    }

    // The loudest so far wait in a queue of their own, the quietest in front, so that a million addresses need no sorting.
    public static void CollectLoudest(IEnumerable<HostDomain> domains, HostRank rank, int count, List<HostSummary> found)
    {
        var loudest = new PriorityQueue<(HostDomain Domain, int Place), long>();
        foreach (HostDomain domain in domains)
        {
            for (int number = 0; number < KeyGroup.Count; number++)
            {
                if (domain.Hosts.Group((byte)number) is not { } group)
                    continue;
                for (int place = 0; place < group.PlaceEnd; place++)
                {
                    if (!group.IsUsed(place))
                        continue;
                    long loudness = rank == HostRank.Packets ? group.PacketsOf(place) : BytesOf(group, place);
                    if (loudest.Count < count)
                        loudest.Enqueue((domain, (place << 8) | number), loudness);
                    else if (loudest.TryPeek(out _, out long quietest) && loudness > quietest)
                        loudest.EnqueueDequeue((domain, (place << 8) | number), loudness);
                }
            }
        }

        while (loudest.TryDequeue(out (HostDomain Domain, int Place) host, out _))
            found.Add(Summary(host.Domain, host.Place));
    }

    private static HostSummary Summary(HostDomain domain, int place)
    {
        ref Host host = ref domain.Hosts[place];
        HostGroup group = domain.Hosts.GroupOf(place);
        return new HostSummary(domain.Id, host.Address, domain.WindowStartNs, Role(group, host.Source), Role(group, host.Destination));
    }

    private static RoleSummary Role(HostGroup group, ushort link)
    {
        if (link == 0)
            return default;
        ref RoleWindow window = ref group.Window(link);
        return new RoleSummary(window.Packets, window.Bytes, window.Requests, window.Replies, window.Errors, window.Other, group.Peers.CountOf(window.Peers));
    }

    private static long BytesOf(HostGroup group, int place)
    {
        ref Host host = ref group.Hosts[place];
        return (host.Source == 0 ? 0 : group.Window(host.Source).Bytes) + (host.Destination == 0 ? 0 : group.Window(host.Destination).Bytes);
    }
}
