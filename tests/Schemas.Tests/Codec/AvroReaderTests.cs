using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Codec;

public sealed class AvroReaderTests
{
    private delegate void Reading(ref AvroReader reader);

    // Zigzag examples of the Avro specification, and the ends of the range.
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(-2, "03")]
    [InlineData(2, "04")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Longs_are_zigzag_varints(long value, string hex)
    {
        byte[] bytes = new byte[32];
        AvroWriter writer = new(bytes);
        writer.WriteLong(value);
        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, writer.Written)));
        Assert.Equal(hex, Convert.ToHexString(bytes.AsSpan(0, Varint.WriteLong(bytes, 0, value))));
        AvroReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(value, reader.ReadLong());
        Assert.Equal(AvroError.None, reader.End());
    }

    [Fact]
    public void Every_way_to_write_a_number_gives_the_same_bytes() => Tape.Check(2000, tape =>
    {
        long value = tape.Long();
        AssertSame(value, (bytes) => Varint.WriteLong(bytes, 0, value));
        uint bits32 = tape.U32();
        AssertSame(bits32, (bytes) => Varint.Write32(bytes, 0, bits32));
        AssertSame(bits32, (bytes) => Varint.WriteSmall(bytes, 0, bits32));
        ushort bits16 = tape.U16();
        AssertSame(bits16, (bytes) => Varint.Write16(bytes, 0, bits16));
        AssertSame(bits16, (bytes) => Varint.WriteSmall(bytes, 0, bits16));
    });

    [Fact]
    public void All_16_bit_numbers_are_written_alike()
    {
        byte[] one = new byte[32], other = new byte[32];
        for (int value = 0; value <= ushort.MaxValue; value++)
        {
            int length = Varint.Write16(one, 0, (ushort)value);
            Assert.Equal(length, Varint.WriteSmall(other, 0, (uint)value));
            Assert.Equal(length, Varint.Length((ulong)value * 2));
            Assert.True(one.AsSpan(0, length).SequenceEqual(other.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData("", AvroError.Truncated)]
    [InlineData("80", AvroError.Truncated)]
    [InlineData("808080808080808080", AvroError.Truncated)]
    [InlineData("FFFFFFFFFFFFFFFFFF02", AvroError.VarintTooLong)]
    [InlineData("8080808080808080808000", AvroError.VarintTooLong)]
    public void Longs_that_are_none_are_named(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadLong());

    [Theory]
    [InlineData("FEFFFFFF0F", AvroError.None)]
    [InlineData("8080808010", AvroError.OutOfRange)]
    [InlineData("01", AvroError.None)]
    public void An_int_has_32_bits(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadInt());

    [Theory]
    [InlineData("FE03", AvroError.None)]
    [InlineData("8004", AvroError.OutOfRange)]
    [InlineData("01", AvroError.OutOfRange)]
    public void A_byte_has_8_bits_and_no_sign(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadUInt8());

    [Theory]
    [InlineData("04", AvroError.None)]
    [InlineData("06", AvroError.InvalidEnum)]
    [InlineData("01", AvroError.InvalidEnum)]
    public void An_enum_ends_with_its_symbols(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadEnum(3));

    [Theory]
    [InlineData("00", AvroError.None)]
    [InlineData("02", AvroError.None)]
    [InlineData("04", AvroError.InvalidUnion)]
    [InlineData("01", AvroError.InvalidUnion)]
    [InlineData("", AvroError.Truncated)]
    public void A_nullable_has_two_branches(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadBranch());

    [Theory]
    [InlineData("01", AvroError.None)]
    [InlineData("02", AvroError.InvalidBoolean)]
    public void A_boolean_is_0_or_1(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadBoolean());

    [Theory]
    [InlineData("0461", AvroError.Truncated)]
    [InlineData("01", AvroError.NegativeLength)]
    [InlineData("0A6162636465", AvroError.TooLarge)]
    [InlineData("FEFFFFFFFFFFFFFFFF01", AvroError.Truncated)]
    [InlineData("02FF", AvroError.InvalidText)]
    [InlineData("04C3A4", AvroError.None)]
    public void Text_is_bounded_utf8(string hex, AvroError expected) => AssertError(expected, hex, (ref reader) => reader.ReadText(4));

    [Fact]
    public void The_first_error_stays()
    {
        AvroReader reader = new([6, 2, 2, 2]);
        reader.ReadEnum(3);
        reader.ReadLong();
        Assert.Equal((AvroError.InvalidEnum, 0L, ""), (reader.End(), reader.ReadLong(), reader.ReadString(5)));
    }

    [Fact]
    public void A_writer_that_overflows_says_so_and_stays_within_its_bytes()
    {
        byte[] bytes = new byte[8];
        for (int length = 0; length < 8; length++)
        {
            bytes.AsSpan().Fill(0xEE);
            AvroWriter writer = new(bytes.AsSpan(0, length));
            writer.WriteBoolean(true);
            writer.WriteString("abcd");
            writer.WriteLong(5000);
            Assert.True(writer.Overflow);
            Assert.True(bytes.AsSpan(length).IndexOfAnyExcept((byte)0xEE) < 0);
        }
    }

    private static void AssertError(AvroError expected, string hex, Reading read)
    {
        AvroReader reader = new(Convert.FromHexString(hex));
        read(ref reader);
        Assert.Equal(expected, reader.Error);
    }

    private static void AssertSame(long value, Func<byte[], int> write)
    {
        byte[] expected = new byte[32], actual = new byte[32];
        AvroWriter writer = new(expected);
        writer.WriteLong(value);
        Assert.Equal(expected[..writer.Written], actual[..write(actual)]);
    }
}
