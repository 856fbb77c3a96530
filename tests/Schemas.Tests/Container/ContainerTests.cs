using System.IO.Compression;
using System.Text;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Container;

public sealed class ContainerTests
{
    private static readonly RunId Run = new(3, 4);

    [Theory]
    [InlineData(ContainerCompression.None)]
    [InlineData(ContainerCompression.Deflate)]
    public void Records_over_many_blocks_read_back_in_order(ContainerCompression compression)
    {
        SourceRate[] records = Records(3000);
        byte[] file = Write(records, compression);
        (List<SourceRate> read, int blocks, AvroError error) = Read(file);
        Assert.Equal(AvroError.None, error);
        Assert.True(blocks > 1);
        Assert.Equal(records, read);
    }

    [Fact]
    public void The_same_run_gives_the_same_file_and_another_run_another_marker()
    {
        SourceRate[] records = Records(10);
        Assert.Equal(Write(records, ContainerCompression.None), Write(records, ContainerCompression.None));
        Assert.NotEqual(Write(records, ContainerCompression.None)[^16..], Write(records, ContainerCompression.None, new RunId(3, 5))[^16..]);
    }

    [Fact]
    public void A_file_without_records_is_a_header()
    {
        (List<SourceRate> read, int blocks, AvroError error) = Read(Write([], ContainerCompression.None));
        Assert.Equal((0, 0, AvroError.None), (read.Count, blocks, error));
    }

    [Theory]
    [InlineData(ContainerCompression.None)]
    [InlineData(ContainerCompression.Deflate)]
    public void A_file_cut_anywhere_delivers_whole_blocks_and_an_error(ContainerCompression compression)
    {
        SourceRate[] records = Records(8);
        byte[] file = Write(records, compression, flushEvery: 2);
        byte[] header = Write([], compression);
        HashSet<int> whole = [.. Enumerable.Range(0, 5).Select(n => Write(records.AsSpan(0, 2 * n), compression, flushEvery: 2).Length)];
        for (int length = 0; length < file.Length; length += length < header.Length - 20 ? 97 : 1)
        {
            (List<SourceRate> read, _, AvroError error) = Read(file[..length]);
            Assert.Equal(whole.Contains(length), error == AvroError.None);
            Assert.Equal(records[..read.Count], read);
            Assert.Equal(0, read.Count % 2);
        }
    }

    [Fact]
    public void Damaged_files_never_throw() => Tape.Check(500, tape =>
    {
        byte[] file = Write(Records(5), tape.Flag() ? ContainerCompression.Deflate : ContainerCompression.None);
        for (int flips = 1 + tape.UpTo(3); flips > 0; flips--)
        {
            int at = tape.Flag() ? file.Length - 1 - tape.UpTo(300) : tape.UpTo(file.Length - 1);
            file[at] ^= (byte)(1 << (tape.Byte() & 7));
        }

        Read(file);
    });

    [Fact]
    public void A_wrong_marker_is_named() => Assert.Equal(AvroError.BadSync, ReadDamaged(file => file[^1] ^= 1));

    [Fact]
    public void Text_is_no_container() => Assert.Equal(AvroError.BadMagic, Read(Encoding.UTF8.GetBytes("not a container file")).Error);

    [Fact]
    public void A_compression_bomb_stops_at_the_limit()
    {
        using MemoryStream bomb = new();
        using (DeflateStream deflate = new(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i <= ContainerReader.MaxBlockBytes >> 20; i++)
                deflate.Write(zeros);
        }

        byte[] header = Write([], ContainerCompression.Deflate);
        byte[] block = new byte[bomb.Length + 40];
        AvroWriter writer = new(block);
        writer.WriteLong(1);
        writer.WriteBytes(bomb.ToArray());
        writer.WriteRaw(header.AsSpan(header.Length - 16));
        Assert.Equal(AvroError.TooLarge, Read([.. header, .. block[..writer.Written]]).Error);
    }

    [Theory]
    [InlineData("snappy", AvroError.UnknownCompression)]
    [InlineData("null", AvroError.None)]
    public void A_compression_that_is_not_ours_is_named(string codec, AvroError expected)
    {
        byte[] file = new byte[4096];
        AvroWriter writer = new(file);
        writer.WriteRaw("Obj\u0001"u8);
        writer.WriteLong(-1);
        writer.WriteLong(30);
        writer.WriteString("avro.codec");
        writer.WriteString(codec);
        writer.WriteLong(1);
        writer.WriteString("avro.schema");
        writer.WriteString("\"long\"");
        writer.WriteZero();
        writer.WriteRaw(new byte[16]);
        ContainerReader reader = new(new MemoryStream(file, 0, writer.Written));
        Assert.Equal(expected, reader.Open());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"type\":\"record\"}")]
    [InlineData("{\"type\":\"fixed\",\"size\":1,\"name\":\"\\ud800\"}")]
    [InlineData("")]
    public void A_header_without_a_schema_is_named(string schema)
    {
        byte[] file = new byte[256];
        AvroWriter writer = new(file);
        writer.WriteRaw("Obj\u0001"u8);
        writer.WriteLong(1);
        writer.WriteString("avro.schema");
        writer.WriteString(schema);
        writer.WriteZero();
        writer.WriteRaw(new byte[16]);
        Assert.Equal(AvroError.BadHeader, new ContainerReader(new MemoryStream(file, 0, writer.Written)).Open());
    }

    private static AvroError ReadDamaged(Action<byte[]> damage)
    {
        byte[] file = Write(Records(3), ContainerCompression.None);
        damage(file);
        return Read(file).Error;
    }

    private static SourceRate[] Records(int count)
    {
        byte[] tape = new byte[400];
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            random.NextBytes(tape);
            return RecordValues.Rate(new Tape([.. tape]));
        })];
    }

    private static byte[] Write(
        ReadOnlySpan<SourceRate> records, ContainerCompression compression, RunId? run = null, int flushEvery = int.MaxValue)
    {
        using MemoryStream stream = new();
        using (ContainerWriter file = new(stream, SchemaText.SourceRate, run ?? Run, compression, leaveOpen: true))
        {
            foreach (ref readonly SourceRate record in records)
            {
                SourceRateCodec.TryWrite(record, file.Reserve(SourceRateCodec.MaxBytes), out int length);
                file.Commit(length);
                if (file.Records % flushEvery == 0)
                    file.Flush();
            }
        }

        return stream.ToArray();
    }

    private static (List<SourceRate> Records, int Blocks, AvroError Error) Read(byte[] bytes)
    {
        List<SourceRate> records = [];
        int blocks = 0;
        ContainerReader file = new(new MemoryStream(bytes));
        AvroError error = file.Open();
        if (error != AvroError.None)
            return (records, 0, error);
        while (file.TryReadBlock(out error))
        {
            blocks++;
            AvroReader reader = new(file.Block);
            for (long i = 0; i < file.BlockRecords && reader.Error == AvroError.None; i++)
            {
                SourceRateCodec.Read(ref reader, out SourceRate record);
                records.Add(record);
            }

            if (reader.End() != AvroError.None)
                return (records, blocks, reader.End());
        }

        return (records, blocks, error);
    }
}
