namespace IcmpStream.Ingest.Generate;

/// <summary>
/// A small random number generator whose numbers never change, unlike those of the runtime's: SplitMix64 (Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014). Not for secrets.
/// </summary>
public struct SplitMix
{
    private ulong _state;

    /// <summary>Starts the sequence that belongs to <paramref name="seed"/>.</summary>
    public SplitMix(ulong seed) => _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to <paramref name="limit"/> - 1, to within 2^-64 x limit of uniform.</summary>
    public long Below(long limit) => (long)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>Fills a span.</summary>
    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, Next());
            bytes = bytes[sizeof(ulong)..];
        }

        ulong last = Next();
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(last >> (8 * i));
    }
}
