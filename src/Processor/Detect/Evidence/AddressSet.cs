using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// How many distinct addresses: one in place, up to 64 exactly in blocks of the pool, beyond that a HyperLogLog. 24 bytes; the
/// rest is in the <see cref="AddressPool"/>. The same addresses give the same count in whatever order and by whatever merging.
/// </summary>
public struct AddressSet
{
    /// <summary>The first address, while it is the only one.</summary>
    internal Address First;

    /// <summary>The block, where there is one.</summary>
    internal int Block;

    /// <summary>Addresses held exactly.</summary>
    internal byte Count;

    /// <summary>What the block is; see <see cref="AddressPool"/>.</summary>
    internal byte Form;
}
