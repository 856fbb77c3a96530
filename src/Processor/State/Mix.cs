using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Our own hashes of keys: a 64 x 64 -> 128 bit multiplication folded to 64 bits, as in wyhash. They are fixed for life, since
/// sketches that travel between partitions are made from them; they have nothing to do with the partitioner's murmur2, so that the
/// keys of one partition still spread over a table.
/// </summary>
public static class Mix
{
    // Odd constants with as many ones as zeros, from the digits of pi and e.
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xBF58_476D_1CE4_E5B9;
    private const ulong Third = 0x94D0_49BB_1331_11EB;

    /// <summary>64 bits of an address, for sketches.</summary>
    public static ulong Hash64(Address address) => Fold(Fold(address.High ^ First, address.Low ^ Second) ^ Third, First);

    /// <summary>32 bits of an address in a domain.</summary>
    public static uint Hash(uint domain, Address address) => Narrow(Fold(address.High ^ First ^ domain, address.Low ^ Second));

    /// <summary>32 bits of an ordered pair of addresses.</summary>
    public static uint Hash(uint domain, Address a, Address b) =>
        Narrow(Fold(Fold(a.High ^ First ^ domain, a.Low ^ Second) ^ b.High, b.Low ^ Third));

    /// <summary>32 bits of two numbers.</summary>
    public static uint Hash(ulong a, ulong b) => Narrow(Fold(a ^ First, b ^ Second));

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static uint Narrow(ulong hash) => (uint)(hash ^ (hash >> 32));
}
