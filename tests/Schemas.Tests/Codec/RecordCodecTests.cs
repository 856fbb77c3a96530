using System.Text;
using System.Text.Json;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Codec;

public sealed class RecordCodecTests
{
    private readonly byte[] _bytes = new byte[1 << 20];
    private readonly PartialBuffer _partial = new();
    private readonly PartialBuffer _partialRead = new();

    [Fact]
    public void Exchanges_read_back_as_they_were() => Tape.Check(500, tape =>
    {
        EchoExchange record = RecordValues.Echo(tape);
        Assert.True(EchoExchangeCodec.TryWrite(record, _bytes.AsSpan(0, EchoExchangeCodec.MaxBytes), out int length));
        Assert.Equal(AvroError.None, EchoExchangeCodec.Read(_bytes.AsSpan(0, length), out EchoExchange read));
        Assert.Equal(record, read);
        AssertEveryCut(length, static bytes => EchoExchangeCodec.Read(bytes, out _));
        Assert.False(EchoExchangeCodec.TryWrite(record, _bytes.AsSpan(0, length - 1), out _));
    });

    [Fact]
    public void Rates_read_back_as_they_were() => Tape.Check(500, tape =>
    {
        SourceRate record = RecordValues.Rate(tape);
        Assert.True(SourceRateCodec.TryWrite(record, _bytes.AsSpan(0, SourceRateCodec.MaxBytes), out int length));
        Assert.Equal(AvroError.None, SourceRateCodec.Read(_bytes.AsSpan(0, length), out SourceRate read));
        Assert.Equal(record, read);
        AssertEveryCut(length, static bytes => SourceRateCodec.Read(bytes, out _));
        Assert.False(SourceRateCodec.TryWrite(record, _bytes.AsSpan(0, length - 1), out _));
    });

    [Fact]
    public void Round_trip_times_read_back_as_they_were() => Tape.Check(200, tape =>
    {
        PairRtt record = RecordValues.Rtt(tape);
        Assert.True(PairRttCodec.TryWrite(record, _bytes.AsSpan(0, PairRttCodec.MaxBytes(record)), out int length));
        Assert.Equal(AvroError.None, PairRttCodec.Read(_bytes.AsSpan(0, length), out PairRtt read));
        Assert.Equivalent(record, read, strict: true);
        Assert.Equal(record.Cells, read.Copy().Cells);
        Assert.Equivalent(record, read.Copy(), strict: true);
        AssertEveryCut(Math.Min(length, 300), static bytes => PairRttCodec.Read(bytes, out _));
        Assert.False(PairRttCodec.TryWrite(record, _bytes.AsSpan(0, length - 1), out _));
    });

    [Fact]
    public void More_cells_than_there_are_buckets_and_buckets_that_are_none_are_refused()
    {
        PairRtt record = new();
        for (int i = 0; i <= RttBuckets.Count; i++)
            record.Cells.Add(new RttCell(0, 1));
        Assert.True(PairRttCodec.TryWrite(record, _bytes, out int length));
        Assert.Equal(AvroError.TooLarge, PairRttCodec.Read(_bytes.AsSpan(0, length), out _));
        record.Cells.Clear();
        record.Cells.Add(new RttCell(RttBuckets.Count, 1));
        Assert.True(PairRttCodec.TryWrite(record, _bytes, out length));
        Assert.Equal(AvroError.OutOfRange, PairRttCodec.Read(_bytes.AsSpan(0, length), out _));
    }

    [Fact]
    public void Partials_read_back_as_they_were() => Tape.Check(100, tape =>
    {
        RecordValues.Fill(tape, _partial);
        Assert.True(PartialCodec.TryWrite(_partial, _bytes.AsSpan(0, _partial.MaxEncodedBytes), out int length));
        Assert.Equal(AvroError.None, PartialCodec.Read(_bytes.AsSpan(0, length), _partialRead));
        Assert.Equal(Json(json => StageJson.Write(json, _partial)), Json(json => StageJson.Write(json, _partialRead)));
        AssertEveryCut(Math.Min(length, 600), bytes => PartialCodec.Read(bytes, _partialRead));
    });

    [Fact]
    public void Findings_read_back_as_they_were() => Tape.Check(100, tape =>
    {
        Finding record = RecordValues.Finding(tape);
        Assert.True(FindingCodec.TryWrite(record, _bytes, out int length));
        Assert.Equal(AvroError.None, FindingCodec.Read(_bytes.AsSpan(0, length), out Finding read));
        Assert.Equal(Json(json => StageJson.Write(json, record)), Json(json => StageJson.Write(json, read)));
        AssertEveryCut(length, static bytes => FindingCodec.Read(bytes, out _));
    });

    [Fact]
    public void Alerts_read_back_as_they_were() => Tape.Check(100, tape =>
    {
        Alert record = RecordValues.Alert(tape);
        Assert.True(AlertCodec.TryWrite(record, _bytes, out int length));
        Assert.Equal(AvroError.None, AlertCodec.Read(_bytes.AsSpan(0, length), out Alert read));
        Assert.Equal(Json(json => RecordJson.Write(json, record)), Json(json => RecordJson.Write(json, read)));
        AssertEveryCut(length, static bytes => AlertCodec.Read(bytes, out _));
    });

    [Fact]
    public void The_longest_exchange_rate_and_round_trip_times_fit_their_bounds()
    {
        Address address = new(ulong.MaxValue, ulong.MaxValue);
        EchoExchange echo = new() { Family = byte.MaxValue, Type = byte.MaxValue, Identifier = ushort.MaxValue, Sequence = ushort.MaxValue };
        (echo.RequestNs, echo.ReplyNs, echo.RttNs) = (long.MinValue, long.MinValue, long.MinValue);
        (echo.RequestBytes, echo.ReplyBytes, echo.Domain) = (uint.MaxValue, uint.MaxValue, uint.MaxValue);
        (echo.ErrorType, echo.ErrorCode, echo.ErrorSource) = (byte.MaxValue, byte.MaxValue, address);
        Assert.True(EchoExchangeCodec.TryWrite(echo, _bytes.AsSpan(0, EchoExchangeCodec.MaxBytes), out _));
        SourceRate rate = new() { Address = address, Domain = uint.MaxValue };
        (rate.WindowStartNs, rate.WindowNs, rate.Packets, rate.Bytes) = (long.MinValue, long.MinValue, long.MinValue, long.MinValue);
        (rate.Requests, rate.Replies, rate.Errors) = (long.MinValue, long.MinValue, long.MinValue);
        (rate.Other, rate.Peers) = (long.MinValue, long.MinValue);
        Assert.True(SourceRateCodec.TryWrite(rate, _bytes.AsSpan(0, SourceRateCodec.MaxBytes), out _));
        PairRtt rtt = new() { Family = byte.MaxValue, Domain = uint.MaxValue, WindowStartNs = long.MinValue, WindowNs = long.MinValue };
        (rtt.Count, rtt.MinNs, rtt.MaxNs, rtt.SumNs, rtt.Dropped) = (long.MinValue, long.MinValue, long.MinValue, long.MinValue, long.MinValue);
        (rtt.P50Ns, rtt.P90Ns, rtt.P95Ns, rtt.P99Ns) = (long.MinValue, long.MinValue, long.MinValue, long.MinValue);
        Assert.True(PairRttCodec.TryWrite(rtt, _bytes.AsSpan(0, PairRttCodec.MaxBytes(rtt)), out _));
        for (int i = 0; i < RttBuckets.Count; i++)
            rtt.Cells.Add(new RttCell(RttBuckets.Count - 1, long.MinValue));
        Assert.True(PairRttCodec.TryWrite(rtt, _bytes.AsSpan(0, PairRttCodec.MaxBytes(rtt)), out _));
    }

    [Fact]
    public void Random_and_damaged_bytes_never_throw() => Tape.Check(1000, tape =>
    {
        Assert.True(AlertCodec.TryWrite(RecordValues.Alert(tape), _bytes, out int length));
        Damage(tape, length);
        AlertCodec.Read(_bytes.AsSpan(0, length), out _);
        Assert.True(FindingCodec.TryWrite(RecordValues.Finding(tape), _bytes, out length));
        Damage(tape, length);
        FindingCodec.Read(_bytes.AsSpan(0, length), out _);
        RecordValues.Fill(tape, _partial);
        Assert.True(PartialCodec.TryWrite(_partial, _bytes, out length));
        Damage(tape, length);
        PartialCodec.Read(_bytes.AsSpan(0, length), _partialRead);
        PairRtt rtt = RecordValues.Rtt(tape);
        Assert.True(PairRttCodec.TryWrite(rtt, _bytes, out length));
        Damage(tape, length);
        PairRttCodec.Read(_bytes.AsSpan(0, length), out _);
        byte[] random = tape.Bytes(300);
        PairRttCodec.Read(random, out _);
        AlertCodec.Read(random, out _);
        FindingCodec.Read(random, out _);
        PartialCodec.Read(random, _partialRead);
        EchoExchangeCodec.Read(random, out _);
        SourceRateCodec.Read(random, out _);
    });

    [Fact]
    public void Exchanges_rates_and_partials_allocate_nothing()
    {
        byte[] tape = new byte[6000];
        new Random(2).NextBytes(tape);
        EchoExchange echo = RecordValues.Echo(new Tape(tape));
        SourceRate rate = RecordValues.Rate(new Tape(tape));
        Tape source = new(tape);
        do
            RecordValues.Fill(source, _partial);
        while (_partial.Count == 0);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 200; i++)
                Round();
        }));

        void Round()
        {
            bool fits = EchoExchangeCodec.TryWrite(echo, _bytes, out int length);
            AvroError error = EchoExchangeCodec.Read(_bytes.AsSpan(0, length), out _);
            fits &= SourceRateCodec.TryWrite(rate, _bytes, out length);
            error |= SourceRateCodec.Read(_bytes.AsSpan(0, length), out _);
            fits &= PartialCodec.TryWrite(_partial, _bytes, out length);
            error |= PartialCodec.Read(_bytes.AsSpan(0, length), _partialRead);
            if (!fits || error != AvroError.None)
                throw new InvalidOperationException($"{fits} {error}");
        }
    }

    private delegate AvroError Reading(ReadOnlySpan<byte> bytes);

    private void AssertEveryCut(int length, Reading read)
    {
        for (int cut = 0; cut < length; cut++)
            Assert.NotEqual(AvroError.None, read(_bytes.AsSpan(0, cut)));
    }

    private void Damage(Tape tape, int length)
    {
        for (int flips = 1 + tape.UpTo(3); flips > 0; flips--)
            _bytes[tape.UpTo(length - 1)] ^= (byte)(1 << (tape.Byte() & 7));
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, JsonValues.LineOptions))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
