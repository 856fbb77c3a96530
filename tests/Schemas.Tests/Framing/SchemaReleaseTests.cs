namespace IcmpStream.Schemas.Tests.Framing;

public sealed class SchemaReleaseTests
{
    private const string Base = """
        {"type":"record","name":"R","namespace":"n","fields":[
          {"name":"a","type":"int"},
          {"name":"k","type":{"type":"enum","name":"K","symbols":["x","y"]}},
          {"name":"f","type":{"type":"fixed","name":"F","size":4}},
          {"name":"u","type":["null","F"],"default":null},
          {"name":"l","type":{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"b","type":"string"},{"name":"again","type":["null","I"],"default":null}]}}}]}
        """;

    public static TheoryData<string, string, string> Changes => new()
    {
        { """{"name":"a","type":"int"},""", """{"name":"a","type":"int"},{"name":"z","type":"int"},""", "z: the field is missing" },
        { """{"name":"a","type":"int"},""", "", "a: the field is missing" },
        { """{"name":"a","type":"int"},""", """{"name":"a","type":"long"},""", "a: int does not read long" },
        { """{"name":"a","type":"int"},""", """{"name":"a","type":"string"},""", "a: string does not read int" },
        { """["x","y"]""", """["x"]""", "symbol y is not known" },
        { """["x","y"]""", """["x","y","z"]""", "symbol z is not known" },
        { "\"size\":4", "\"size\":5", "size of fixed n.F" },
        { """["null","F"]""", """["null","string"]""", "no branch of the union reads" },
        { """{"name":"b","type":"string"}""", """{"name":"b","type":"boolean"}""", "l[].b: boolean does not read string" },
        { "\"name\":\"R\"", "\"name\":\"Q\"", "record n.Q does not read record n.R" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_that_one_side_cannot_read_is_named_with_its_place(string from, string to, string expected)
    {
        string changed = Base.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Base, changed);
        Assert.Contains(Both(Base, changed), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":"a","type":"int"},""", """{"name":"a","type":"int"},{"name":"z","type":["null","string"],"default":null},""")]
    [InlineData("""{"name":"u","type":["null","F"],"default":null},""", "")]
    [InlineData("\"name\":\"R\"", "\"name\":\"R\",\"doc\":\"other words\"")]
    public void A_change_that_both_sides_read_is_none(string from, string to)
    {
        string changed = Base.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Base, changed);
        Assert.Empty(Both(Base, changed));
    }

    [Fact]
    public void Every_working_schema_has_been_released_and_is_compatible_both_ways_with_every_release()
    {
        Assert.All(SchemaText.All, schema => Assert.Contains(SchemaRelease.All, release => release.Name == schema.Name));
        Assert.All(SchemaText.All, schema => Assert.Empty(SchemaRelease.Problems(schema)));
    }

    private static IEnumerable<string> Both(string one, string other) => [.. SchemaResolution.Problems(one, other), .. SchemaResolution.Problems(other, one)];
}
