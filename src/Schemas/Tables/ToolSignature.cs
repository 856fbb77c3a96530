namespace IcmpStream.Schemas.Tables;

/// <summary>One row of the tool-signature table.</summary>
/// <param name="Number">
/// Its number: the bit in <see cref="IcmpEvent.Signatures"/> and the item of <c>tool_signatures</c>. Part of the contract: a number
/// is never given to another signature.
/// </param>
/// <param name="Tool">The tool it gives away.</param>
/// <param name="Kind">How much it proves by itself.</param>
/// <param name="Techniques">MITRE ATT&amp;CK techniques.</param>
/// <param name="Evidence">What was found where, in words.</param>
public sealed record ToolSignature(int Number, string Tool, SignatureKind Kind, IReadOnlyList<string> Techniques, string Evidence);

/// <summary>How much a signature proves by itself.</summary>
public enum SignatureKind
{
    /// <summary>So many bits that chance is no explanation.</summary>
    Long,

    /// <summary>
    /// A bare identifier, sequence number or short text, which an honest sender meets too: it needs other evidence beside it.
    /// </summary>
    Short,
}
