using FsCheck;
using FsCheck.Fluent;

namespace IcmpStream.Schemas.Tests.Values;

/// <summary>
/// Draws values from bytes that FsCheck makes: a shorter or smaller tape gives simpler values, and an exhausted one gives zeros,
/// so shrinking the bytes shrinks the case. Edges (0, 1, the ends of ranges, powers of two) come up far more often than chance.
/// </summary>
public sealed class Tape(byte[] bytes)
{
    private int _position;

    /// <summary>Length and seed come from FsCheck, the bytes from the seed: a generator for each byte would be the tests' whole time.</summary>
    public static Arbitrary<byte[]> Arbitrary(int most = 2048) =>
        Arb.From(
            from length in Gen.Choose(0, most)
            from seed in Gen.Choose(0, int.MaxValue)
            select Bytes(length, seed),
            Shrink);

    /// <summary>A property of tapes, checked on <paramref name="cases"/> of them.</summary>
    public static void Check(int cases, Action<Tape> property, int most = 2048) =>
        Prop.ForAll(Arbitrary(most), bytes => property(new Tape(bytes)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true));

    public byte Byte() => _position < bytes.Length ? bytes[_position++] : (byte)0;

    public bool Flag() => (Byte() & 1) != 0;

    /// <summary>A number of up to <paramref name="bits"/> bits.</summary>
    public ulong Number(int bits)
    {
        ulong mask = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        byte kind = Byte();
        return kind switch
        {
            < 24 => 0,
            < 40 => mask,
            < 48 => mask >> 1,
            < 56 => (mask >> 1) + 1,
            < 88 => (1UL << (Byte() % bits)) & mask,
            < 104 => ((1UL << (Byte() % bits)) - 1) & mask,
            < 160 => Byte() & mask,
            _ => Raw(bits) & mask,
        };
    }

    public byte U8() => (byte)Number(8);

    public ushort U16() => (ushort)Number(16);

    public uint U32() => (uint)Number(32);

    public long Long() => (long)Number(64);

    public int Int() => (int)(uint)Number(32);

    /// <summary>0 to <paramref name="most"/>.</summary>
    public int UpTo(int most) => most == 0 ? 0 : (int)(Raw(32) % (uint)(most + 1));

    public TEnum Symbol<TEnum>(int symbols)
        where TEnum : struct, Enum => (TEnum)Enum.ToObject(typeof(TEnum), Byte() % symbols);

    public Address Address() => Byte() switch
    {
        < 100 => Schemas.Address.FromIpv4(U32()),
        < 120 => default,
        < 140 => new Address(ulong.MaxValue, ulong.MaxValue),
        _ => new Address(Number(64), Number(64)),
    };

    public Address? OptionalAddress() => Flag() ? Address() : null;

    public byte[] Bytes(int most)
    {
        byte[] drawn = new byte[UpTo(most)];
        for (int i = 0; i < drawn.Length; i++)
            drawn[i] = Byte();
        return drawn;
    }

    /// <summary>A double whose decimal text is exact, so that every JSON reader agrees on it.</summary>
    public double Double() => Byte() switch
    {
        < 40 => 0,
        < 80 => 1,
        < 120 => -0.5,
        < 140 => double.MaxValue,
        < 150 => double.Epsilon,
        _ => Int() / 1024.0,
    };

    /// <summary>Text with what trips encoders: nothing, quotes, controls, two, three and four bytes of UTF-8.</summary>
    public string Text(int most)
    {
        string[] pieces = ["a", "Z", "0", " ", "\"", "\\", "/", "<", "&", "\t", "\n", "\u0001", "ä", "€", "\U0001F600", "flood.source"];
        string text = "";
        for (int left = UpTo(most); left > 0; left--)
            text += pieces[Byte() % pieces.Length];
        return text;
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private ulong Raw(int bits)
    {
        ulong value = 0;
        for (int i = 0; i < bits; i += 8)
            value = (value << 8) | Byte();
        return value;
    }

    private static IEnumerable<byte[]> Shrink(byte[] bytes)
    {
        for (int cut = bytes.Length / 2; cut > 0; cut /= 2)
        {
            for (int start = 0; start + cut <= bytes.Length; start += cut)
                yield return [.. bytes[..start], .. bytes[(start + cut)..]];
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != 0)
                yield return [.. bytes[..i], 0, .. bytes[(i + 1)..]];
        }
    }
}
