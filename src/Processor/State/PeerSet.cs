using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>
/// How many distinct addresses, which it knows by 64 bits of a hash: one in place, up to 64 exactly in blocks of the pool, beyond that a
/// HyperLogLog. 16 bytes; the rest is in the <see cref="PeerPool"/>. The same addresses give the same count in whatever order and by
/// whatever merging. (Two of 64 addresses have the same hash once in 9 x 10^15 sets.)
/// </summary>
public struct PeerSet : IEntry<PeerSet>
{
    /// <summary>The first address's hash, while it is the only one.</summary>
    internal ulong First;

    /// <summary>The block, where there is one.</summary>
    internal int Block;

    /// <summary>Addresses held exactly.</summary>
    internal byte Count;

    /// <summary>What the block is; see <see cref="PeerPool"/>.</summary>
    internal byte Form;

    /// <inheritdoc/>
    public static int EntryBytes => 14;

    /// <inheritdoc/>
    public static void Write(in PeerSet entry, ref EntryWriter writer)
    {
        writer.Add(entry.First);
        writer.Add(entry.Block);
        writer.Add(entry.Count);
        writer.Add(entry.Form);
    }

    /// <inheritdoc/>
    public static PeerSet Read(ref EntryReader reader)
    {
        return new PeerSet
        {
            First = reader.UInt64(),
            Block = reader.Int32(),
            Count = reader.Byte(),
            Form = reader.Byte(),
        };
    }
}
