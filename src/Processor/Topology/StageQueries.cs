using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>By what the loudest addresses are found.</summary>
public enum HostRank : byte
{
    /// <summary>Packets sent and received.</summary>
    Packets,

    /// <summary>IP bytes sent and received.</summary>
    Bytes,
}

/// <summary>What an address sent, or received, in the current window, for whoever asks.</summary>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">IP total length, bytes.</param>
/// <param name="Requests">Requests among the packets.</param>
/// <param name="Replies">Replies among them.</param>
/// <param name="Errors">Errors among them.</param>
/// <param name="Other">All others.</param>
/// <param name="Peers">Distinct addresses at the other end: exact to 64, then estimated.</param>
public readonly record struct RoleSummary(long Packets, long Bytes, long Requests, long Replies, long Errors, long Other, long Peers);

/// <summary>What a host stage knows of an address in one domain.</summary>
/// <param name="Domain">Observation domain.</param>
/// <param name="Address">The address.</param>
/// <param name="WindowStartNs">Start of the current window, ns.</param>
/// <param name="Source">What it sent.</param>
/// <param name="Destination">What it received.</param>
public sealed record HostSummary(uint Domain, Address Address, long WindowStartNs, RoleSummary Source, RoleSummary Destination);

/// <summary>A request that a pair stage keeps, since a reply may still come, or a reply that waits for its request.</summary>
/// <param name="Domain">Observation domain.</param>
/// <param name="Requester">Who asks.</param>
/// <param name="Responder">Who is asked.</param>
/// <param name="Type">Type of the request.</param>
/// <param name="Identifier">Identifier.</param>
/// <param name="Sequence">Sequence number.</param>
/// <param name="TimeNs">Capture time, ns.</param>
/// <param name="State">What has become of it so far: <see cref="State.RequestState"/> in words.</param>
public sealed record OpenExchange(uint Domain, Address Requester, Address Responder, byte Type, ushort Identifier, ushort Sequence, long TimeNs, string State);
