using System.Runtime.InteropServices;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Codec;

public sealed class EventCodecTests
{
    private readonly EventBuffer _written = new(64, 1 << 20);
    private readonly EventBuffer _read = new(64, 1 << 20);
    private readonly EventBuffer _oracle = new(1);
    private readonly SensorNames _sensors = new();
    private readonly byte[] _bytes = new byte[1 << 20];

    [Fact]
    public void An_event_alone_reads_back_as_it_was() => Tape.Check(2000, tape =>
    {
        BatchEnvelope envelope = EventValues.Envelope(tape);
        ReadOnlySpan<byte> record = WriteOne(tape, envelope);
        _read.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(record, _sensors, out BatchEnvelope read, _read));
        Assert.Equal(envelope, read);
        EventEquality.AssertEqual(_written, _read);
    });

    [Fact]
    public void Packed_events_and_ticks_read_back_as_they_were() => Tape.Check(500, tape =>
    {
        BatchEnvelope envelope = EventValues.Envelope(tape);
        _written.Clear();
        int[] indices = [.. Enumerable.Range(0, tape.UpTo(4))];
        foreach (int _ in indices)
            EventValues.Add(tape, _written);
        Assert.True(IcmpEventBatchCodec.TryWrite(
            new EncodedEnvelope(envelope), envelope.FirstSequence, _written, indices, _bytes, out int written));
        _read.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(_bytes.AsSpan(0, written), _sensors, out BatchEnvelope read, _read));
        Assert.Equal(envelope, read);
        EventEquality.AssertEqual(_written, _read);
    });

    [Fact]
    public void A_record_cut_anywhere_is_an_error_and_leaves_nothing() => Tape.Check(100, tape =>
    {
        byte[] record = WriteOne(tape, EventValues.Envelope(tape)).ToArray();
        _read.Clear();
        for (int length = 0; length < record.Length; length++)
        {
            Assert.NotEqual(AvroError.None, IcmpEventBatchCodec.Read(record.AsSpan(0, length), _sensors, out _, _read));
            Assert.Equal(0, _read.Count);
        }
    });

    [Fact]
    public void Bytes_behind_the_record_are_an_error() => Tape.Check(50, tape =>
    {
        byte[] record = [.. WriteOne(tape, EventValues.Envelope(tape)), 0];
        _read.Clear();
        Assert.Equal(AvroError.TrailingBytes, IcmpEventBatchCodec.Read(record, _sensors, out _, _read));
        Assert.Equal(0, _read.Count);
    });

    [Fact]
    public void Damaged_records_never_throw_and_what_still_reads_writes_again() => Tape.Check(3000, tape =>
    {
        byte[] record = WriteOne(tape, EventValues.Envelope(tape)).ToArray();
        for (int flips = 1 + tape.UpTo(3); flips > 0; flips--)
            record[tape.UpTo(record.Length - 1)] ^= (byte)(1 << (tape.Byte() & 7));
        _read.Clear();
        if (IcmpEventBatchCodec.Read(record, _sensors, out BatchEnvelope envelope, _read) != AvroError.None)
            return;
        int[] indices = [.. Enumerable.Range(0, _read.Count)];
        Assert.True(IcmpEventBatchCodec.TryWrite(
            new EncodedEnvelope(envelope), envelope.FirstSequence, _read, indices, _bytes, out int written));
        _written.Clear();
        Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(_bytes.AsSpan(0, written), _sensors, out _, _written));
        EventEquality.AssertEqual(_read, _written);
    });

    /// <summary>The reader of plain events against the one of all events, its oracle: on events whole, damaged and cut.</summary>
    [Fact]
    public void The_plain_reader_reads_what_the_other_reads_or_nothing() => Tape.Check(2000, tape =>
    {
        _written.Clear();
        EventValues.Add(tape, _written);
        int length = IcmpEventWriter.Write(_bytes, 0, _written, _written.Events[0]);
        if (IsPlain(_written.Events[0]))
            Assert.Equal(length, ReadBoth(_bytes.AsSpan(0, length)));
        for (int damages = 4; damages > 0; damages--)
        {
            _bytes[tape.UpTo(length - 1)] ^= (byte)(1 << (tape.Byte() & 7));
            ReadBoth(_bytes.AsSpan(0, length - (tape.Flag() ? 0 : tape.UpTo(length))));
        }
    });

    /// <summary>The wide writer against the one that writes field by field, its oracle; odd values among ordinary ones.</summary>
    [Fact]
    public void The_wide_writer_writes_what_the_other_writes()
    {
        int taken = 0;
        Tape.Check(4000, tape =>
        {
            _written.Clear();
            EventValues.Add(tape, _written);
            ref IcmpEvent e = ref _written.Events[0];
            MakeOrdinary(tape, ref e);
            int expected = IcmpEventWriter.WriteAny(_bytes, 5, _written, e);
            byte[] plain = _bytes[5..expected];
            _bytes.AsSpan().Fill(0xEE);
            Assert.Equal(expected, IcmpEventWriter.Write(_bytes, 5, _written, e));
            Assert.Equal(Convert.ToHexString(plain), Convert.ToHexString(_bytes.AsSpan(5, plain.Length)));
            Assert.Equal(0xEE, _bytes[4]);
            taken += WideEventWriter.Takes(e) ? 1 : 0;
        });
        Assert.True(taken > 500 || !VarintLayout.IsSupported, $"only {taken} events were taken");
    }

    // Each on its own, so that an event with one odd value is as likely as one without.
    private static void MakeOrdinary(Tape tape, ref IcmpEvent e)
    {
        if (tape.UpTo(9) != 0)
            e.FirstNs = (1L << 55) + (tape.Long() & ((1L << 61) - 1));
        if (tape.UpTo(3) != 0)
            e.SpanNs = 0;
        if (tape.UpTo(9) != 0)
            e.Frame = tape.U32();
        if (tape.UpTo(9) != 0)
            (e.Count, e.Bytes, e.FrameBytes, e.IpId) = (e.Count >> 5, e.Bytes >> 5, e.FrameBytes >> 5, e.IpId >> 5);
        if (tape.UpTo(9) != 0)
            e.Signatures = 0;
        if (tape.UpTo(9) != 0)
            e.MessageBytes |= IcmpEvent.HeaderBytes;
        if (tape.UpTo(9) != 0)
            e.Type = (byte)(tape.U8() | 64);
        if (tape.UpTo(9) != 0)
            e.Flags = (e.Flags | EventFlags.HasChecksum | EventFlags.HasRestOfHeader) & ~EventFlags.IdentifierOnly;
    }

    [Fact]
    public void The_longest_event_fits_its_bound()
    {
        _written.Clear();
        ref IcmpEvent e = ref _written.Add();
        MemoryMarshal.AsBytes(new Span<IcmpEvent>(ref e)).Fill(0xFF);
        (e.FirstNs, e.SpanNs, e.Frame, e.Detail, e.PrefixLength, e.VlanCount) = (long.MinValue, 0, long.MinValue, 0, 0, VlanStack.Capacity);
        (e.IpVersion, e.Type, e.Code, e.PrefixOffset) = (4, 3, 4, 0);
        (e.ChecksumStatus, e.IpChecksumStatus, e.Outcome) = (ChecksumStatus.Bad, ChecksumStatus.Bad, DecodeOutcome.ListLimit);
        (e.PayloadFamily, e.InnerHeader) = (PayloadFamily.Busybox, InnerHeader.Ethernet);
        ref IcmpEventDetail detail = ref _written.AddDetail();
        MemoryMarshal.AsBytes(new Span<IcmpEventDetail>(ref detail)).Fill(0xFF);
        (detail.ListsOffset, detail.ListsLength, detail.MplsCount, detail.TunnelCount) = (0, 0, MplsStack.Capacity, TunnelStack.Capacity);
        detail.ExtensionChecksumStatus = ChecksumStatus.Bad;
        for (int i = 0; i < TunnelStack.Capacity; i++)
            detail.Tunnels[i] = TunnelKind.Lisp;
        int bound = IcmpEventWriter.MaxBytes(_written, e);
        Assert.InRange(IcmpEventWriter.Write(_bytes.AsSpan(0, bound), 0, _written, e), bound - 110, bound - WideEventWriter.Slack);

        BatchEnvelope envelope = new() { Sensor = new string('s', 64), Domain = uint.MaxValue, Stream = uint.MaxValue };
        (envelope.WatermarkNs, envelope.Seen, envelope.KernelDrops, envelope.Shed) = (long.MinValue, long.MinValue, long.MinValue, long.MinValue);
        EncodedEnvelope encoded = new(envelope, RecordFrame.SingleObjectHeader(ulong.MaxValue));
        bound = IcmpEventBatchCodec.MaxBytes(_written, 0);
        Assert.True(IcmpEventBatchCodec.TryWrite(encoded, long.MinValue, _written, 0, _bytes.AsSpan(0, bound), out _));
        Assert.True(IcmpEventBatchCodec.TryWrite(encoded, long.MinValue, _written, [0], _bytes.AsSpan(0, bound), out _));
    }

    [Fact]
    public void A_sensor_name_that_is_too_long_is_refused() =>
        Assert.Throws<ArgumentException>(() => new EncodedEnvelope(new BatchEnvelope { Sensor = new string('ä', 33) }));

    [Fact]
    public void Random_bytes_never_throw() => Tape.Check(3000, tape =>
    {
        _read.Clear();
        IcmpEventBatchCodec.Read(tape.Bytes(600), _sensors, out _, _read);
    });

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        BatchEnvelope envelope = new() { Sensor = "sensor-1", Run = new RunId(1, 2), WatermarkNs = 1, Seen = 2 };
        Random random = new(1);
        byte[] tape = new byte[4000];
        random.NextBytes(tape);
        _written.Clear();
        for (int i = 0; i < 8; i++)
            EventValues.Add(new Tape(tape[(i * 500)..]), _written);
        EncodedEnvelope encoded = new(envelope, RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint));
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
                Round();
        }));

        void Round()
        {
            for (int i = 0; i < _written.Count; i++)
            {
                encoded.SetProgress(i, i, 0, 0, final: false);
                bool fits = IcmpEventBatchCodec.TryWrite(encoded, i, _written, i, _bytes, out int length);
                AvroError framed = RecordFrame.Parse(_bytes.AsSpan(0, length), out RecordFrame frame);
                _read.Clear();
                AvroError read = IcmpEventBatchCodec.Read(frame.Body, _sensors, out _, _read);
                if (!fits || framed != AvroError.None || read != AvroError.None)
                    throw new InvalidOperationException($"{fits} {framed} {read}");
            }
        }
    }

    private static bool IsPlain(in IcmpEvent e) =>
        e.Detail == 0 && e.Signatures == 0 && (e.Flags & EventFlags.IdentifierOnly) == EventFlags.None;

    private int ReadBoth(ReadOnlySpan<byte> bytes)
    {
        _read.Clear();
        int length = IcmpEventPlainReader.Read(bytes, _read);
        Assert.Equal(length == 0 ? 0 : 1, _read.Count);
        if (length == 0)
            return 0;
        _oracle.Clear();
        AvroReader reader = new(bytes);
        IcmpEventReader.ReadAny(ref reader, _oracle);
        Assert.Equal((AvroError.None, length), (reader.Error, reader.Position));
        EventEquality.AssertEqual(_oracle, _read);
        return length;
    }

    private ReadOnlySpan<byte> WriteOne(Tape tape, in BatchEnvelope envelope)
    {
        _written.Clear();
        EventValues.Add(tape, _written);
        int bound = IcmpEventBatchCodec.MaxBytes(_written, 0);
        Assert.False(IcmpEventBatchCodec.TryWrite(
            new EncodedEnvelope(envelope), envelope.FirstSequence, _written, 0, _bytes.AsSpan(0, bound - 1), out _));
        Assert.True(IcmpEventBatchCodec.TryWrite(
            new EncodedEnvelope(envelope), envelope.FirstSequence, _written, 0, _bytes.AsSpan(0, bound), out int written));
        return _bytes.AsSpan(0, written);
    }
}
