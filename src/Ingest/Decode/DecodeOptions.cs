namespace IcmpStream.Ingest.Decode;

/// <summary>What the decoder may keep and where it looks.</summary>
public sealed record DecodeOptions
{
    /// <summary>The defaults.</summary>
    public static DecodeOptions Default { get; } = new();

    /// <summary>Of which payloads the first bytes are kept.</summary>
    public PayloadPrivacy Privacy { get; init; } = PayloadPrivacy.Unfamiliar;

    /// <summary>
    /// True to read through tunnels to the innermost message; false to take a tunnel for what it is to a router, a packet that is
    /// no ICMP.
    /// </summary>
    public bool FollowTunnels { get; init; } = true;

    /// <summary>
    /// True to decode common frames by vectors, where the machine has them; false for plain scalar code throughout, whose output
    /// is the same.
    /// </summary>
    public bool Accelerated { get; init; } = true;
}

/// <summary>Of which payloads the first bytes are kept in the event.</summary>
public enum PayloadPrivacy
{
    /// <summary>Of none.</summary>
    None,

    /// <summary>Of those that no ordinary tool is known to send.</summary>
    Unfamiliar,

    /// <summary>Of all.</summary>
    All,
}
