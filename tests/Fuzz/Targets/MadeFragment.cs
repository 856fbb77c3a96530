namespace IcmpStream.Fuzz.Targets;

/// <summary>A fragment as the program of a case makes it.</summary>
/// <param name="IsSix">IPv6, not IPv4.</param>
/// <param name="Id">Its datagram's identification.</param>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte behind its last.</param>
/// <param name="IsLast">No more follow.</param>
/// <param name="Content">What it is filled with.</param>
internal readonly record struct MadeFragment(bool IsSix, byte Id, int Start, int End, bool IsLast, byte Content);
