namespace IcmpStream.Ingest.Decode;

/// <summary>Tests of payloads against simple patterns, in pieces that the runtime compares many bytes at a time.</summary>
internal static class PayloadPatterns
{
    private const int Cycle = 256;

    /// <summary>Windows counts from a to w, and from a again.</summary>
    private const int AlphabetLength = 23;

    private static readonly byte[] Counting = [.. Enumerable.Range(0, 2 * Cycle).Select(i => (byte)i)];
    private static readonly byte[] Alphabet = [.. Enumerable.Range(0, 12 * AlphabetLength).Select(i => (byte)('a' + (i % AlphabetLength)))];

    /// <summary>True when each byte is one more than the one before, from <paramref name="first"/> on.</summary>
    public static bool IsCounting(ReadOnlySpan<byte> bytes, byte first)
    {
        ReadOnlySpan<byte> pattern = Counting.AsSpan(first, Cycle);
        while (bytes.Length > Cycle)
        {
            if (!bytes[..Cycle].SequenceEqual(pattern))
                return false;
            bytes = bytes[Cycle..];
        }

        return bytes.SequenceEqual(pattern[..bytes.Length]);
    }

    /// <summary>True for the alphabet to w, over and over.</summary>
    public static bool IsAlphabet(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > Alphabet.Length)
        {
            if (!bytes[..Alphabet.Length].SequenceEqual(Alphabet))
                return false;
            bytes = bytes[Alphabet.Length..];
        }

        return bytes.SequenceEqual(Alphabet.AsSpan(0, bytes.Length));
    }

    /// <summary>True for 0xABCD over and over.</summary>
    public static bool IsCisco(ReadOnlySpan<byte> bytes)
    {
        // A repetition of two bytes is equal to itself moved by two.
        return bytes[0] == 0xAB && bytes[1] == 0xCD && bytes[2..].SequenceEqual(bytes[..^2]);
    }

    /// <summary>True when all bytes are <paramref name="value"/>.</summary>
    public static bool IsConstant(ReadOnlySpan<byte> bytes, byte value) => !bytes.ContainsAnyExcept(value);
}
