using System.Security.Cryptography;
using System.Text;

namespace IcmpStream.Schemas;

/// <summary>
/// Names one run of a source: 16 bytes. Random for a live ingest, the start of the capture's SHA-256 for <c>analyze</c>, so that
/// it repeats exactly, or made from the user's <c>--run-id</c>.
/// </summary>
/// <param name="High">The first eight bytes, big-endian.</param>
/// <param name="Low">The last eight bytes, big-endian.</param>
public readonly record struct RunId(ulong High, ulong Low)
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 16;

    /// <summary>A run id nobody else has.</summary>
    public static RunId Random()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    /// <summary>
    /// 32 hexadecimal digits, with or without the dashes of a UUID, are taken as they are; any other text stands for the first
    /// 16 bytes of the SHA-256 of its UTF-8 form.
    /// </summary>
    public static RunId FromText(string text)
    {
        string digits = text.Replace("-", "", StringComparison.Ordinal);
        byte[] bytes = digits.Length == 2 * Size && digits.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(digits)
            : SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return Read(bytes);
    }

    /// <summary>Reads 16 bytes. Throws <see cref="ArgumentOutOfRangeException"/> on fewer.</summary>
    public static RunId Read(ReadOnlySpan<byte> source)
    {
        Address bytes = Address.Read(source);
        return new RunId(bytes.High, bytes.Low);
    }

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination) => new Address(High, Low).Write(destination);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
