namespace IcmpStream.Schemas.Tests.Interop;

/// <summary>
/// Apache Avro's C tools and Python library read what we write and write what we read, for records that FsCheck draws, field by
/// field.
/// </summary>
public sealed class ApacheAvroTests : IDisposable
{
    private const int Records = 40;

    private readonly string _directory = Directory.CreateTempSubdirectory("icmpstream-interop-").FullName;
    private readonly IReadOnlyList<RecordSet> _sets = RecordSet.DrawAll(Records);

    public ApacheAvroTests()
    {
        foreach (RecordSet set in _sets)
            File.WriteAllBytes(In(set, ".avsc"), set.Schema.Utf8Json.Span);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Python_reads_what_we_write()
    {
        ForeignTool.RequirePython();
        foreach (RecordSet set in _sets)
        {
            set.WriteContainer(In(set, ".plain.avro"), ContainerCompression.None);
            set.WriteContainer(In(set, ".packed.avro"), ContainerCompression.Deflate);
        }

        ForeignTool.Python("read", _directory);
        Assert.All(_sets, set => JsonLines.AssertEqual(set.Lines, File.ReadAllLines(In(set, ".plain.avro.jsonl"))));
        Assert.All(_sets, set => JsonLines.AssertEqual(set.Lines, File.ReadAllLines(In(set, ".packed.avro.jsonl"))));
    }

    [Fact]
    public void We_read_what_python_writes()
    {
        ForeignTool.RequirePython();
        foreach (RecordSet set in _sets)
            File.WriteAllLines(In(set, ".jsonl"), set.Lines);
        ForeignTool.Python("write", _directory);
        Assert.All(_sets, set => Assert.Equal(set.Lines, set.ReadContainer(In(set, ".null.avro"))));
        Assert.All(_sets, set => Assert.Equal(set.Lines, set.ReadContainer(In(set, ".deflate.avro"))));
    }

    /// <summary>Avrocat's JSON ends bytes at their first zero; what stands behind it is held by what avroappend writes.</summary>
    [Fact]
    public void Avrocat_reads_what_we_write()
    {
        ForeignTool.RequireC();
        ForeignTool.RequirePython();
        foreach (RecordSet set in _sets)
        {
            set.WriteContainer(In(set, ".plain.avro"), ContainerCompression.None);
            set.WriteContainer(In(set, ".packed.avro"), ContainerCompression.Deflate);
            File.WriteAllLines(In(set, ".jsonl"), set.Lines);
            ForeignTool.Run("avrocat", In(set, ".plain.avrocat"), In(set, ".plain.avro"));
            ForeignTool.Run("avrocat", In(set, ".packed.avrocat"), In(set, ".packed.avro"));
        }

        ForeignTool.Python("avrojson", _directory);
        Assert.All(_sets, set => AssertFiles(set, ".expected", ".plain.avrocat.jsonl"));
        Assert.All(_sets, set => AssertFiles(set, ".expected", ".packed.avrocat.jsonl"));
    }

    [Fact]
    public void We_read_what_avroappend_writes_behind_our_records()
    {
        ForeignTool.RequireC();
        foreach (RecordSet set in _sets)
        {
            set.WriteContainer(In(set, ".source.avro"), ContainerCompression.Deflate);
            set.WriteContainer(In(set, ".target.avro"), ContainerCompression.None);
            ForeignTool.Run("avroappend", null, In(set, ".source.avro"), In(set, ".target.avro"));
            Assert.Equal([.. set.Lines, .. set.Lines], set.ReadContainer(In(set, ".target.avro")));
        }
    }

    /// <summary>
    /// Python's own canonical form repeats the definition of a type wherever it is used again, which the specification does not, so
    /// the two texts cannot be equal; what Python makes of ours and of the schema must be.
    /// </summary>
    [Fact]
    public void Canonical_forms_mean_the_same_to_python()
    {
        ForeignTool.RequirePython();
        foreach (RecordSet set in _sets)
            File.WriteAllText(In(set, ".ours.avsc"), set.Schema.CanonicalForm);
        ForeignTool.Python("canonical", _directory);
        Assert.All(_sets, set => Assert.Equal(File.ReadAllText(In(set, ".canonical")), File.ReadAllText(In(set, ".ours.canonical"))));
    }

    private void AssertFiles(RecordSet set, string expected, string actual) =>
        JsonLines.AssertEqual(File.ReadAllLines(In(set, expected)), File.ReadAllLines(In(set, actual)));

    private string In(RecordSet set, string ending) => Path.Combine(_directory, set.Schema.Name + ending);
}
