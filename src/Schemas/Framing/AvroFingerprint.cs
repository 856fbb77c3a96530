namespace IcmpStream.Schemas;

/// <summary>
/// CRC-64-AVRO, the Rabin fingerprint that names a schema by its Parsing Canonical Form (Avro specification, "Schema
/// Fingerprints").
/// </summary>
public static class AvroFingerprint
{
    private const ulong Empty = 0xC15D_213A_A4D7_A795;

    private static readonly ulong[] Table = MakeTable();

    /// <summary>The fingerprint of some bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data)
    {
        ulong fingerprint = Empty;
        foreach (byte value in data)
            fingerprint = (fingerprint >> 8) ^ Table[(byte)(fingerprint ^ value)];
        return fingerprint;
    }

    private static ulong[] MakeTable()
    {
        ulong[] table = new ulong[256];
        for (int i = 0; i < table.Length; i++)
        {
            ulong entry = (ulong)i;
            for (int bit = 0; bit < 8; bit++)
                entry = (entry >> 1) ^ (Empty & (0 - (entry & 1)));
            table[i] = entry;
        }

        return table;
    }
}
