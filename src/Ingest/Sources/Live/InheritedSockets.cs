namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// What a process opened while it had the privilege, for the one it became when it dropped it: descriptors by number. Opening is all
/// that takes a privilege.
/// </summary>
/// <param name="Descriptors">Packet sockets, one a reader; or what <c>XdpPort</c> lists.</param>
public sealed record InheritedSockets(IReadOnlyList<int> Descriptors);
