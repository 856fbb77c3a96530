using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Codec;

/// <summary>
/// Arrays in every shape that the Avro specification allows: several blocks, and blocks with a negative count that is followed by
/// their size.
/// </summary>
public sealed class BlockTests
{
    private readonly EventBuffer _written = new(8);
    private readonly EventBuffer _read = new(8);
    private readonly SensorNames _sensors = new();
    private readonly byte[] _bytes = new byte[1 << 19];

    [Fact]
    public void Events_in_any_blocks_read_the_same() => Tape.Check(200, tape =>
    {
        _written.Clear();
        for (int i = 0; i < 3; i++)
            EventValues.Add(tape, _written);
        byte[] record = new byte[1 << 18];
        AvroWriter writer = new(record);
        writer.WriteRaw(Encode([]).AsSpan()[..^1]);
        for (int next = 0; next < 3;)
        {
            int count = 1 + tape.UpTo(2 - next);
            byte[] events = [.. Enumerable.Range(next, count).SelectMany(EncodeEvent)];
            bool sized = tape.Flag();
            writer.WriteLong(sized ? -count : count);
            if (sized)
                writer.WriteLong(events.Length);
            writer.WriteRaw(events);
            next += count;
        }

        writer.WriteZero();
        _read.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(record.AsSpan(0, writer.Written), _sensors, out _, _read));
        EventEquality.AssertEqual(_written, _read);
    });

    [Fact]
    public void Lists_in_any_blocks_become_the_ones_we_write()
    {
        byte[] foreign = new byte[1024], expected = new byte[1024], actual = new byte[1024];
        AvroWriter writer = new(foreign);
        writer.WriteZero();
        WriteSized(ref writer, 1, [2, 16, 2, 9]);
        WriteSized(ref writer, 1, [4, 16, 0]);
        writer.WriteZero();
        writer.WriteLong(1);
        writer.WriteLong(4);
        writer.WriteAddress(new Address(1, 2));
        for (int i = 0; i < 3; i++)
        {
            writer.WriteLong(1);
            writer.WriteAddress(new Address(3, (ulong)i));
        }

        writer.WriteZero();
        writer.WriteZero();
        writer.WriteZero();
        AvroReader reader = new(foreign.AsSpan(0, writer.Written));
        ListsWriter copy = new(actual);
        EventLists.Copy(ref reader, ref copy);
        Assert.Equal(AvroError.None, reader.End());

        ListsWriter ours = new(expected);
        Assert.True(ours.TryAdd(new NdOption { Option = 1, Length = 8, Data = [9] }));
        Assert.True(ours.TryAdd(new NdOption { Option = 2, Length = 8 }));
        byte[] sources = new byte[3 * Address.Size];
        for (int i = 0; i < 3; i++)
            new Address(3, (ulong)i).Write(sources.AsSpan(i * Address.Size));
        Assert.True(ours.TryAdd(new MulticastRecord { RecordType = 4, Address = new Address(1, 2), Sources = AddressList.FromWire(sources) }));
        Assert.True(actual.AsSpan(0, copy.Finish()).SequenceEqual(expected.AsSpan(0, ours.Finish())));
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(1_000_000_000, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(-1, long.MaxValue)]
    public void A_block_that_claims_more_items_than_bytes_is_cut_short(long count, long size)
    {
        AvroWriter writer = new(_bytes);
        writer.WriteRaw(Encode([]).AsSpan()[..^1]);
        writer.WriteLong(count);
        if (count < 0)
            writer.WriteLong(size);
        _read.Clear();
        Assert.Equal(AvroError.Truncated, IcmpEventBatchCodec.Read(_bytes.AsSpan(0, writer.Written), _sensors, out _, _read));
    }

    [Fact]
    public void A_negative_size_is_named()
    {
        AvroWriter writer = new(_bytes);
        writer.WriteRaw(Encode([]).AsSpan()[..^1]);
        writer.WriteLong(-1);
        writer.WriteLong(-1);
        Assert.Equal(AvroError.NegativeLength, IcmpEventBatchCodec.Read(_bytes.AsSpan(0, writer.Written), _sensors, out _, _read));
    }

    [Fact]
    public void A_record_too_large_for_what_is_left_asks_for_a_cleared_buffer()
    {
        _written.Clear();
        byte[] tape = [.. Enumerable.Repeat((byte)1, 2000)];
        for (int i = 0; i < 5; i++)
            EventValues.Add(new Tape(tape), _written);
        byte[] record = Encode([0, 1, 2, 3, 4]);
        _read.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(record, _sensors, out _, _read));
        Assert.Equal(AvroError.BufferFull, IcmpEventBatchCodec.Read(record, _sensors, out _, _read));
        Assert.Equal(5, _read.Count);
        _read.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(record, _sensors, out _, _read));
        EventEquality.AssertEqual(_written, _read);
    }

    private static void WriteSized(ref AvroWriter writer, int count, ReadOnlySpan<byte> items)
    {
        writer.WriteLong(-count);
        writer.WriteBytes(items);
    }

    private byte[] Encode(int[] indices)
    {
        BatchEnvelope envelope = new() { Sensor = "s", FirstSequence = 7 };
        byte[] record = new byte[1 << 19];
        Assert.True(IcmpEventBatchCodec.TryWrite(new EncodedEnvelope(envelope), 7, _written, indices, record, out int written));
        return record[..written];
    }

    private byte[] EncodeEvent(int index) => Encode([index])[Encode([]).Length..^1];
}
