namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Tags that a switch chip puts between the addresses and the EtherType for its host (LINKTYPE_DSA_TAG_BRCM, LINKTYPE_DSA_TAG_DSA,
/// LINKTYPE_DSA_TAG_EDSA).
/// </summary>
internal static class SwitchTagLayer
{
    private const int AddressBytes = 12;

    /// <summary>Steps over addresses and tag.</summary>
    public static Layer Read(ref PacketWalk walk, int tagBytes) => LinkTypes.BehindBytes(ref walk, AddressBytes + tagBytes, Layer.EtherType);
}
