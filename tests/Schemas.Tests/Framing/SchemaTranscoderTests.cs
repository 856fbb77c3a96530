namespace IcmpStream.Schemas.Tests.Framing;

/// <summary>Avro's rules of resolution, on bytes spelled out by hand, and on the contract's own schemas.</summary>
public sealed class SchemaTranscoderTests
{
    public static TheoryData<string, string, byte[], byte[]> Cases => new()
    {
        // A field more on either side, at the end and in the middle.
        { Record(Int("a")), Record(Int("a"), Int("b")), [2, 4], [2] },
        { Record(Int("a"), Int("b", "7")), Record(Int("a")), [2], [2, 14] },
        { Record(Int("a"), Int("x", "-1"), Int("b")), Record(Int("a"), Int("b")), [2, 4], [2, 1, 4] },
        { Record(Int("b")), Record(Field("long", "{\"type\":\"array\",\"items\":\"string\"}"), Int("b")), [4, 2, 97, 0, 0, 6], [6] },

        // Defaults of every kind.
        { Record(Field("s", "\"string\"", "\"hé\"")), Record(), [], [6, 104, 0xC3, 0xA9] },
        { Record(Field("s", "\"bytes\"", "\"\\u00ff\"")), Record(), [], [2, 0xFF] },
        { Record(Field("u", "[\"null\",\"int\"]", "null")), Record(), [], [0] },
        { Record(Field("u", "[\"int\",\"null\"]", "3")), Record(), [], [0, 6] },
        { Record(Field("l", "{\"type\":\"array\",\"items\":\"int\"}", "[1,2]")), Record(), [], [4, 2, 4, 0] },
        { Record(Field("m", "{\"type\":\"map\",\"values\":\"int\"}", "{\"k\":1}")), Record(), [], [2, 2, 107, 2, 0] },
        { Record(Field("e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"p\",\"q\"]}", "\"q\"")), Record(), [], [2] },
        { Record(Field("f", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "\"\\u0001\\u0002\"")), Record(), [], [1, 2] },
        { Record(Field("r", "{\"type\":\"record\",\"name\":\"I\",\"fields\":[" + Int("i", "5") + "]}", "{}")), Record(), [], [10] },
        { Record(Field("d", "\"double\"", "1"), Field("t", "\"boolean\"", "true")), Record(), [], [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 1] },

        // Enums by name, an unknown symbol as the default.
        { "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"b\",\"a\"]}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"a\",\"b\"]}", [0], [2] },
        { "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"a\",\"other\"],\"default\":\"other\"}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"a\",\"new\"]}", [2], [2] },

        // Promotions, and values into and out of unions.
        { "\"double\"", "\"int\"", [2], [0, 0, 0, 0, 0, 0, 0xF0, 0x3F] },
        { "\"float\"", "\"long\"", [2], [0, 0, 0x80, 0x3F] },
        { "\"double\"", "\"float\"", [0, 0, 0x80, 0x3F], [0, 0, 0, 0, 0, 0, 0xF0, 0x3F] },
        { "[\"null\",\"long\"]", "\"long\"", [8], [2, 8] },
        { "\"long\"", "[\"long\",\"int\"]", [2, 8], [8] },
        { "[\"string\",\"null\"]", "[\"null\",\"string\"]", [2, 2, 97], [0, 2, 97] },

        // Blocks of several sizes, one with its bytes counted, become one block.
        { "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"array\",\"items\":\"int\"}", [4, 2, 4, 1, 2, 6, 0], [6, 2, 4, 6, 0] },
        { "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"array\",\"items\":\"int\"}", [0], [0] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_one_schema_wrote_is_written_as_the_other_would_have(string reader, string writer, byte[] source, byte[] expected)
    {
        SchemaTranscoder? transcoder = SchemaTranscoder.TryMake(reader, writer);
        Assert.NotNull(transcoder);
        Assert.Equal(AvroError.None, transcoder.Transcode(source, out ReadOnlySpan<byte> written));
        Assert.Equal(expected, written.ToArray());
    }

    [Theory]
    [InlineData("\"int\"", "\"string\"")]
    [InlineData("not JSON", "\"int\"")]
    [InlineData("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}]}", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"}]}")]
    public void There_is_no_transcoder_between_what_does_not_go_together_or_stands_in_another_order(string reader, string writer) =>
        Assert.Null(SchemaTranscoder.TryMake(reader, writer));

    [Fact]
    public void Bytes_cut_anywhere_and_bytes_behind_the_record_are_errors()
    {
        SchemaTranscoder transcoder = SchemaTranscoder.TryMake(Record(Int("a")), Record(Int("a"), Field("s", "\"string\""), Field("l", "{\"type\":\"array\",\"items\":\"int\"}")))!;
        byte[] whole = [2, 4, 97, 98, 4, 2, 4, 0];
        Assert.Equal(AvroError.None, transcoder.Transcode(whole, out _));
        for (int length = 0; length < whole.Length; length++)
            Assert.Equal(AvroError.Truncated, transcoder.Transcode(whole.AsSpan(0, length), out _));
        Assert.Equal(AvroError.TrailingBytes, transcoder.Transcode([.. whole, 0], out _));
    }

    [Fact]
    public void A_contract_schema_with_fields_more_everywhere_reads_and_is_read_like_itself()
    {
        foreach (SchemaText schema in SchemaText.All)
        {
            string newer = schema.ToString().Replace("\"fields\": [", "\"fields\": [ { \"name\": \"newer\", \"type\": [\"null\", \"string\"], \"default\": null },", StringComparison.Ordinal);
            Assert.NotNull(SchemaTranscoder.TryMake(schema.ToString(), newer));
            Assert.NotNull(SchemaTranscoder.TryMake(newer, schema.ToString()));
            foreach (SchemaRelease release in SchemaRelease.All.Where(release => release.Name == schema.Name))
                Assert.NotNull(SchemaTranscoder.TryMake(schema.ToString(), release.Json));
        }

        SchemaText echo = SchemaText.EchoExchange;
        string grown = echo.ToString().Replace("\"fields\": [", "\"fields\": [ { \"name\": \"newer\", \"type\": \"long\", \"default\": 300 },", StringComparison.Ordinal);
        var exchange = new EchoExchange { Family = 4, Type = 8, Requester = new Address(1, 2), Responder = new Address(3, 4), RequestNs = 5, ReplyNs = 9, RttNs = 4, Completeness = 0.5 };
        byte[] bytes = new byte[512];
        Assert.True(EchoExchangeCodec.TryWrite(exchange, bytes, out int length));
        Assert.Equal(AvroError.None, SchemaTranscoder.TryMake(grown, echo.ToString())!.Transcode(bytes.AsSpan(0, length), out ReadOnlySpan<byte> more));
        Assert.Equal([0xD8, 0x04, .. bytes.AsSpan(0, length)], more.ToArray());

        // Opened as a record whose id the registry explains, and none where it does not.
        var writers = new WriterSchemas { Lookup = id => id == 7 ? grown : null };
        var opener = new RecordOpener(writers, echo);
        Assert.Equal(AvroError.None, opener.Open([.. RecordFrame.ConfluentHeader(7), .. more], out ReadOnlySpan<byte> body));
        Assert.Equal(AvroError.None, EchoExchangeCodec.Read(body, out EchoExchange read));
        Assert.Equal(exchange, read);
        Assert.Equal(AvroError.UnknownSchema, opener.Open([.. RecordFrame.ConfluentHeader(8), .. more], out _));
        Assert.Equal(AvroError.UnknownSchema, opener.Open([.. RecordFrame.SingleObjectHeader(42), .. more], out _));
    }

    private static string Record(params string[] fields) => $$"""{"type":"record","name":"R","fields":[{{string.Join(',', fields)}}]}""";

    private static string Int(string name, string? standing = null) => Field(name, "\"int\"", standing);

    private static string Field(string name, string type, string? standing = null) =>
        standing is null ? $$"""{"name":"{{name}}","type":{{type}}}""" : $$"""{"name":"{{name}}","type":{{type}},"default":{{standing}}}""";
}
