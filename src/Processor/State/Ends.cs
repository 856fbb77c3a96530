using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>From whom to whom.</summary>
/// <param name="Source">Source of a message.</param>
/// <param name="Destination">Its destination.</param>
public readonly record struct Ends(Address Source, Address Destination);
