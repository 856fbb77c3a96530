using System.Text;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Framing;

public sealed class FramingTests
{
    // Fingerprints of the primitive types, from share/test/data/schema-tests.txt of Apache Avro.
    [Theory]
    [InlineData("\"null\"", 0x63dd24e7cc258f8a)]
    [InlineData("\"boolean\"", 0x9f42fc78a4d4f764)]
    [InlineData("\"int\"", 0x7275d51a3f395c8f)]
    [InlineData("\"long\"", 0xd054e14493f41db7)]
    [InlineData("\"float\"", 0x4d7c02cb3ea8d790)]
    [InlineData("\"double\"", 0x8e7535c032ab957e)]
    [InlineData("\"bytes\"", 0x4fc016dac3201965)]
    [InlineData("\"string\"", 0x8f014872634503c7)]
    public void Fingerprints_equal_the_published_ones(string schema, ulong expected)
    {
        Assert.True(ParsingCanonicalForm.TryTransform(Encoding.UTF8.GetBytes(schema), out string form));
        Assert.Equal(expected, AvroFingerprint.Of(Encoding.UTF8.GetBytes(form)));
    }

    // Cases of the same file: names, namespaces, order, attributes that are stripped.
    [Theory]
    [InlineData("""{"type":"int"}""", "\"int\"")]
    [InlineData("""[ "int", "string" ]""", """["int","string"]""")]
    [InlineData("""{"fields":[], "type":"record", "name":"foo"}""", """{"name":"foo","type":"record","fields":[]}""")]
    [InlineData(
        """{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}""",
        """{"name":"x.y.foo","type":"record","fields":[]}""")]
    [InlineData(
        """{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}""",
        """{"name":"a.b.foo","type":"record","fields":[]}""")]
    [InlineData(
        """{"type":"record","name":"foo","doc":"x","fields":[{"type":{"type":"boolean"},"name":"f1","default":true}]}""",
        """{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}""")]
    [InlineData(
        """{"type":"enum", "name":"foo", "symbols":["A1"], "default":"A1"}""",
        """{"name":"foo","type":"enum","symbols":["A1"]}""")]
    [InlineData(
        """{"namespace":"x.y.z", "type":"enum", "name":"foo", "doc":"foo bar", "symbols":["A1", "A2"]}""",
        """{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}""")]
    [InlineData("""{"name":"foo","type":"fixed","size":15}""", """{"name":"foo","type":"fixed","size":15}""")]
    [InlineData(
        """{"namespace":"x.y.z", "type":"fixed", "name":"foo", "doc":"foo bar", "size":"032"}""",
        """{"name":"x.y.z.foo","type":"fixed","size":32}""")]
    [InlineData("""{ "items":{"type":"null"}, "type":"array"}""", """{"type":"array","items":"null"}""")]
    [InlineData("""{ "values":"string", "type":"map"}""", """{"type":"map","values":"string"}""")]
    [InlineData(
        """{"type":"record","name":"N","namespace":"a","fields":[{"name":"n","type":["null","N"]}]}""",
        """{"name":"a.N","type":"record","fields":[{"name":"n","type":["null","a.N"]}]}""")]
    public void Canonical_forms_equal_the_specification(string schema, string expected)
    {
        Assert.True(ParsingCanonicalForm.TryTransform(Encoding.UTF8.GetBytes(schema), out string form));
        Assert.Equal(expected, form);
    }

    [Fact]
    public void Headers_parse_back_to_what_they_say()
    {
        byte[] confluent = [.. RecordFrame.ConfluentHeader(0x01020304), 9];
        Assert.Equal([0, 1, 2, 3, 4, 9], confluent);
        Assert.Equal(AvroError.None, RecordFrame.Parse(confluent, out RecordFrame frame));
        Assert.Equal((RecordFraming.Confluent, 0x01020304, 1), (frame.Framing, frame.SchemaId, frame.Body.Length));

        byte[] single = [.. RecordFrame.SingleObjectHeader(0x0102030405060708), 9, 9];
        Assert.Equal([0xC3, 0x01, 8, 7, 6, 5, 4, 3, 2, 1, 9, 9], single);
        Assert.Equal(AvroError.None, RecordFrame.Parse(single, out frame));
        Assert.Equal((RecordFraming.SingleObject, 0x0102030405060708UL, 2), (frame.Framing, frame.Fingerprint, frame.Body.Length));
    }

    [Theory]
    [InlineData("", AvroError.Truncated)]
    [InlineData("00010203", AvroError.Truncated)]
    [InlineData("C3", AvroError.Truncated)]
    [InlineData("C301010203040506", AvroError.Truncated)]
    [InlineData("C30201020304050607", AvroError.BadMagic)]
    [InlineData("7B226A736F6E227D", AvroError.BadMagic)]
    public void Headers_that_are_none_are_named(string hex, AvroError expected) =>
        Assert.Equal(expected, RecordFrame.Parse(Convert.FromHexString(hex), out _));

    [Fact]
    public void A_record_reads_only_under_the_schema_that_wrote_it()
    {
        WriterSchemas schemas = new();
        SchemaText alert = SchemaText.Alert;
        byte[] single = RecordFrame.SingleObjectHeader(alert.Fingerprint), confluent = RecordFrame.ConfluentHeader(7);
        Assert.Equal(AvroError.None, Open(schemas, single, alert));
        Assert.Equal(AvroError.UnknownSchema, Open(schemas, single, SchemaText.Finding));
        Assert.Equal(AvroError.UnknownSchema, Open(schemas, confluent, alert));
        Assert.False(schemas.Register(7, "no schema"));
        Assert.True(schemas.Register(7, alert.ToString()));
        Assert.Equal(AvroError.None, Open(schemas, confluent, alert));
        Assert.Equal(AvroError.UnknownSchema, Open(schemas, confluent, SchemaText.Partial));
    }

    private static AvroError Open(WriterSchemas schemas, byte[] value, SchemaText reader) => new RecordOpener(schemas, reader).Open(value, out _);

    [Fact]
    public void Every_schema_of_the_contract_is_there_under_its_name()
    {
        Assert.Equal(
            ["Alert", "EchoExchange", "Finding", "IcmpEventBatch", "PairRtt", "Partial", "SourceRate"],
            SchemaText.All.Select(schema => schema.Name).Order(StringComparer.Ordinal));
        Assert.All(SchemaText.All, schema => Assert.Same(schema, SchemaText.Of(schema.Name)));
        Assert.Equal(SchemaText.All.Count, SchemaText.All.Select(schema => schema.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void Transforming_random_text_never_throws() => Tape.Check(1000, tape =>
    {
        byte[] text = [.. SchemaText.SourceRate.Utf8Json.Span];
        for (int flips = tape.UpTo(4); flips > 0; flips--)
            text[tape.UpTo(text.Length - 1)] = tape.Byte();
        ParsingCanonicalForm.TryTransform(text, out _);
        ParsingCanonicalForm.TryTransform(tape.Bytes(100), out _);
    });
}
