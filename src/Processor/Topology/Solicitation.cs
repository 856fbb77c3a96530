using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Which replies of an address were asked for: it received them for requests it sent, or sent them for requests it received. A
/// request is good for one reply for about three seconds (it fades by a 32nd each slot), which covers any round trip in a flood.
/// </summary>
internal static class Solicitation
{
    private const int FadeShift = 5;

    /// <summary>Slots after which nothing is left of any credit.</summary>
    private const int Forgotten = 800;

    /// <summary>Counts the solicited replies of a slot in both roles.</summary>
    public static void Settle(ref Host host, long slot, ref RoleSlot source, ref RoleSlot destination)
    {
        if ((host.Asked | host.Owed) != 0)
        {
            long slots = (uint)slot - host.LastSlot;
            host.Asked = Fade(host.Asked, slots);
            host.Owed = Fade(host.Owed, slots);
        }

        destination.Solicited = Take(ref host.Asked, source.Requests, destination.Replies);
        source.Solicited = Take(ref host.Owed, destination.Requests, source.Replies);
    }

    private static long Take(ref uint credit, long requests, long replies)
    {
        long available = credit + requests;
        long taken = Math.Min(available, replies);
        credit = (uint)Math.Min(available - taken, uint.MaxValue);
        return taken;
    }

    // Rounded up, so that a small credit fades too.
    private static uint Fade(uint credit, long slots)
    {
        if (slots >= Forgotten)
            return 0;
        for (; slots > 0 && credit > 0; slots--)
            credit -= (credit >> FadeShift) + 1;
        return credit;
    }
}
