using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Turns the addresses of a closed window into rates, and those with few packets into one rest for each role.</summary>
internal sealed class WindowCloser(HostOptions options, HostCounters counters)
{
    private readonly AddressOrder _order = new();
    private Address[] _addresses = [];
    private int[] _places = new int[64];

    /// <summary>Adds a slot to a window.</summary>
    public static void Add(ref RoleWindow window, in RoleSlot slot)
    {
        window.Bytes += slot.Bytes;
        window.Packets += (uint)slot.Packets;
        window.Requests += (uint)slot.Requests;
        window.Replies += (uint)slot.Replies;
        window.Errors += (uint)slot.Errors;
        window.Other += (uint)slot.Other;
    }

    /// <summary>Adds what one address had in a slot to the rest: there was no room for it.</summary>
    public void AddToRest(HostDomain domain, Role role, in RoleSlot slot)
    {
        if (slot.Packets == 0)
            return;
        ref RateRest rest = ref domain.Rest[(int)role];
        rest.Packets += slot.Packets;
        rest.Bytes += slot.Bytes;
        rest.Requests += slot.Requests;
        rest.Replies += slot.Replies;
        rest.Errors += slot.Errors;
        rest.Other += slot.Other;
        rest.Addresses++;
    }

    /// <summary>Puts an address into the rest before its window has closed, and removes it.</summary>
    public void GiveUp(HostDomain domain, int place)
    {
        ref Host host = ref domain.Hosts[place];
        AddToRest(domain, Role.Source, host.Source);
        AddToRest(domain, Role.Destination, host.Destination);
        Remove(domain, place);
    }

    /// <summary>Puts out the rates of the window, and the rests with the findings; addresses that nobody holds are removed.</summary>
    public void Close(HostDomain domain, IHostSink sink)
    {
        double completeness = domain.Completeness;
        int count = domain.Hosts.CopyPlaces(ref _places);
        counters.Windows += count > 0 ? 1 : 0;
        if (_addresses.Length < count)
            _addresses = new Address[_places.Length];
        for (int i = 0; i < count; i++)
            _addresses[i] = domain.Hosts[_places[i]].Address;
        ReadOnlySpan<int> order = _order.Sort(_addresses.AsSpan(0, count));
        for (Role role = Role.Source; role <= Role.Destination; role++)
        {
            foreach (int index in order)
                CloseRole(domain, _places[index], role, completeness, sink);
            AddRest(domain, role, completeness);
        }

        // What rules hold on to is carried into the next window.
        for (int i = 0; i < count; i++)
        {
            if (!domain.IsHeld(_places[i]))
                Remove(domain, _places[i]);
        }

        domain.HasWindow = false;
        (domain.WindowSeen, domain.WindowLost) = (0, 0);
    }

    private void CloseRole(HostDomain domain, int place, Role role, double completeness, IHostSink sink)
    {
        ref Host host = ref domain.Hosts[place];
        ref RoleWindow window = ref (role == Role.Source ? ref host.Source : ref host.Destination);
        if (window.Packets >= options.ReportingFloor)
        {
            var rate = new SourceRate
            {
                WindowStartNs = domain.WindowStartNs,
                WindowNs = options.WindowNs,
                Role = role,
                Address = host.Address,
                Packets = window.Packets,
                Bytes = window.Bytes,
                Requests = window.Requests,
                Replies = window.Replies,
                Errors = window.Errors,
                Other = window.Other,
                Peers = domain.PeerPool.CountOf(window.Peers),
                Completeness = completeness,
                Domain = domain.Id,
            };
            sink.Accept(rate);
        }
        else
        {
            AddToRest(domain, role, window);
        }

        domain.PeerPool.Clear(ref window.Peers);
        window = default;
    }

    private void AddRest(HostDomain domain, Role role, double completeness)
    {
        ref RateRest rest = ref domain.Rest[(int)role];
        if (rest.Packets > 0)
        {
            rest.WindowStartNs = domain.WindowStartNs;
            rest.WindowNs = options.WindowNs;
            rest.Role = role;
            rest.Completeness = completeness;
            domain.Pending.Rest.Add(rest);
        }

        rest = default;
    }

    private static void AddToRest(HostDomain domain, Role role, in RoleWindow window)
    {
        if (window.Packets == 0)
            return;
        ref RateRest rest = ref domain.Rest[(int)role];
        rest.Packets += window.Packets;
        rest.Bytes += window.Bytes;
        rest.Requests += window.Requests;
        rest.Replies += window.Replies;
        rest.Errors += window.Errors;
        rest.Other += window.Other;
        rest.Addresses++;
    }

    private static void Remove(HostDomain domain, int place)
    {
        ref Host host = ref domain.Hosts[place];
        domain.PeerPool.Clear(ref host.Source.Peers);
        domain.PeerPool.Clear(ref host.Destination.Peers);
        foreach (IHostRule rule in domain.Rules)
            rule.Forget(place);
        domain.Hosts.Remove(place);
    }
}
