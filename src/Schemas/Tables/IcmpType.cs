namespace IcmpStream.Schemas.Tables;

/// <summary>One row of the ICMP type table.</summary>
/// <param name="Number">The type.</param>
/// <param name="Name">Its name, as in the IANA registry.</param>
/// <param name="HeaderBytes">The least a whole message of the type has, bytes, by the RFC that defines it.</param>
/// <param name="Use">What the registry says of its use.</param>
/// <param name="Codes">Names of codes 0, 1, 2 ... as in the registry; null for a number left out.</param>
internal sealed record IcmpType(byte Number, string Name, byte HeaderBytes, IcmpTypeUse Use, params string?[] Codes);

/// <summary>What a registry says of a type.</summary>
internal enum IcmpTypeUse
{
    /// <summary>Assigned, with the codes that are listed; code 0 alone where none is.</summary>
    Listed,

    /// <summary>Assigned, with codes that the registry does not list or lists elsewhere: each is accepted.</summary>
    AnyCode,

    /// <summary>Named, but reserved: no message may have it.</summary>
    Reserved,
}
