using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Turns the addresses of a closed window into rates, and those with few packets into one rest for each role.</summary>
internal sealed class WindowCloser(HostOptions options, HostCounters counters)
{
    /// <summary>Adds a slot to a window.</summary>
    public static void Add(ref RoleWindow window, in RoleSlot slot)
    {
        window.Bytes += slot.Bytes;
        window.Requests += (uint)slot.Requests;
        window.Replies += (uint)slot.Replies;
        window.Errors += (uint)slot.Errors;
        window.Other += (uint)slot.Other;
    }

    /// <summary>Adds what one address had in a slot to the rest: there was no room for it.</summary>
    public static void AddToRest(HostDomain domain, Role role, in RoleSlot slot)
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
    public static void GiveUp(HostDomain domain, int place)
    {
        HostGroup group = domain.Hosts.GroupOf(place);
        ref Host host = ref domain.Hosts[place];
        if (host.Source != 0)
            AddToRest(domain, Role.Source, group.Window(host.Source));
        if (host.Destination != 0)
            AddToRest(domain, Role.Destination, group.Window(host.Destination));
        Remove(domain, place);
    }

    /// <summary>Puts out the rates of the window, and the rests with the findings; addresses that nobody holds are removed.</summary>
    public void Close(HostDomain domain, IHostSink sink)
    {
        double completeness = domain.Completeness;
        counters.Windows += domain.Hosts.Count > 0 ? 1 : 0;
        for (int index = 0; index < KeyGroup.Count; index++)
        {
            if (domain.Hosts.Group((byte)index) is not { } group)
                continue;
            int end = group.PlaceEnd;
            for (int local = 0; local < end; local++)
            {
                if (!group.IsUsed(local))
                    continue;
                int place = (local << 8) | index;
                CloseRole(domain, group, place, Role.Source, completeness, sink);
                CloseRole(domain, group, place, Role.Destination, completeness, sink);

                // What rules hold on to is carried into the next window.
                if (!domain.IsHeld(place))
                    Remove(domain, place);
            }
        }

        AddRest(domain, Role.Source, completeness);
        AddRest(domain, Role.Destination, completeness);
        domain.HasWindow = false;
        (domain.WindowSeen, domain.WindowLost) = (0, 0);
    }

    private void CloseRole(HostDomain domain, HostGroup group, int place, Role role, double completeness, IHostSink sink)
    {
        ref Host host = ref domain.Hosts[place];
        ushort link = role == Role.Source ? host.Source : host.Destination;
        if (link == 0)
            return;
        ref RoleWindow window = ref group.Window(link);
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
                Peers = group.Peers.CountOf(window.Peers),
                Completeness = completeness,
                Domain = domain.Id,
            };
            sink.Accept(rate);
        }
        else
        {
            AddToRest(domain, role, window);
        }

        group.CloseWindow(place >> 8, role);
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
        foreach (IHostRule rule in domain.Rules)
            rule.Forget(place);
        domain.Hosts.Remove(place);
    }
}
