using System.Buffers.Binary;
using System.IO.Pipelines;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>The accelerated decoder leaves behind what the scalar one does, byte for byte. On machines without its vectors it is the scalar one.</summary>
public sealed class FastDecoderTests
{
    private const int MaxFrameBytes = 1600;

    public static TheoryData<PayloadPrivacy> Privacies => [PayloadPrivacy.Unfamiliar, PayloadPrivacy.All, PayloadPrivacy.None];

    [Theory]
    [MemberData(nameof(Privacies))]
    public void Every_capture_of_the_corpus_decodes_alike(PayloadPrivacy privacy)
    {
        int captures = 0;
        foreach (string path in Directory.EnumerateFiles(FindCorpus(), "*", SearchOption.AllDirectories).Where(IsCapture).Order(StringComparer.Ordinal))
        {
            // A small buffer fills up in the middle of a batch.
            new FastAgainstScalar(privacy, capacity: 45).Capture(path);
            captures++;
        }

        Assert.True(captures > 20, $"only {captures} captures found");
    }

    [Theory]
    [MemberData(nameof(Privacies))]
    public void Echoes_of_every_length_tag_family_and_payload_decode_alike(PayloadPrivacy privacy)
    {
        var pair = new FastAgainstScalar(privacy);
        var random = new SplitMix(1);
        byte[] frame = new byte[MaxFrameBytes];
        for (int payloadBytes = 0; payloadBytes <= 130; payloadBytes++)
        {
            for (int kind = 0; kind < PayloadKinds; kind++)
            {
                bool isIpv6 = random.Below(3) == 0;
                pair.Add(frame.AsSpan(0, Echo(frame, ref random, isIpv6, (int)random.Below(5), kind, payloadBytes)));
            }
        }

        pair.Run($"echoes, privacy {privacy}");
        Assert.Equal(131 * PayloadKinds, pair.Frames);
        Assert.True(pair.Events > pair.Frames * 3 / 4, $"{pair.Events} events of {pair.Frames} frames");
    }

    [Fact]
    public void Groups_of_equal_echoes_decode_alike()
    {
        var random = new SplitMix(2);
        byte[] frame = new byte[MaxFrameBytes];
        for (int kind = 0; kind < PayloadKinds; kind++)
        {
            foreach (int payloadBytes in (int[])[0, 1, 8, 17, 18, 31, 32, 33, 40, 47, 48, 55, 56, 57, 63, 64, 65, 120, 150, 256, 272, 273, 512, 1458])
            {
                var pair = new FastAgainstScalar();
                for (int number = 0; number < 21; number++)
                    pair.Add(frame.AsSpan(0, Echo(frame, ref random, isIpv6: kind % 2 == 1, tags: payloadBytes % 3, kind, payloadBytes)));
                pair.Run($"21 echoes of {payloadBytes} bytes of kind {kind}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Privacies))]
    public void Long_payloads_of_mixed_lengths_decode_alike(PayloadPrivacy privacy)
    {
        var random = new SplitMix(8);
        byte[] frame = new byte[MaxFrameBytes];
        var pair = new FastAgainstScalar(privacy);
        for (int number = 0; number < 4_000; number++)
        {
            int kind = random.Below(2) == 0 ? 0 : (int)random.Below(PayloadKinds);
            int payloadBytes = random.Below(4) == 0 ? (int)random.Below(80) : 60 + (int)random.Below(random.Below(2) == 0 ? 60 : 1400);
            pair.Add(frame.AsSpan(0, Echo(frame, ref random, random.Below(3) == 0, (int)random.Below(3), kind, payloadBytes)));
        }

        pair.Run($"long payloads, privacy {privacy}");
        Assert.True(pair.Events > 3_000);
    }

    [Theory]
    [MemberData(nameof(Privacies))]
    public void Errors_and_times_among_echoes_decode_alike(PayloadPrivacy privacy)
    {
        var random = new SplitMix(9);
        byte[] frame = new byte[MaxFrameBytes];
        var pair = new FastAgainstScalar(privacy);
        for (int number = 0; number < 8_000; number++)
        {
            bool isIpv6 = random.Below(3) == 0;
            int length = random.Below(3) == 0
                ? Echo(frame, ref random, isIpv6, (int)random.Below(3), kind: 0, payloadBytes: 56)
                : Message(frame, ref random, isIpv6);
            int cut = random.Below(20) == 0 ? (int)random.Below(length) : length;
            pair.Add(frame.AsSpan(0, cut), (uint)length);
        }

        pair.Run($"errors, privacy {privacy}");
        Assert.True(pair.Events > 7_000);
    }

    [Fact]
    public void Frames_cut_after_any_byte_decode_alike()
    {
        var random = new SplitMix(3);
        byte[] frame = new byte[MaxFrameBytes];
        var pair = new FastAgainstScalar();
        for (int tags = 0; tags <= 3; tags++)
        {
            foreach (bool isIpv6 in (bool[])[false, true])
            {
                foreach (int payloadBytes in (int[])[0, 30, 56, 64, 100])
                {
                    int length = Echo(frame, ref random, isIpv6, tags, kind: 0, payloadBytes);
                    for (int cut = 0; cut <= length; cut++)
                        pair.Add(frame.AsSpan(0, cut), originalBytes: (uint)length);
                }
            }
        }

        pair.Run("cut frames");
        Assert.True(pair.Frames > 4000);
    }

    [Fact]
    public void Frames_with_any_bit_turned_decode_alike()
    {
        var random = new SplitMix(4);
        byte[] frame = new byte[MaxFrameBytes];
        foreach (bool isIpv6 in (bool[])[false, true])
        {
            int length = Echo(frame, ref random, isIpv6, tags: 1, kind: 0, payloadBytes: 56);
            var pair = new FastAgainstScalar();
            for (int bit = 0; bit < length * 8; bit++)
            {
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
                pair.Add(frame.AsSpan(0, length));
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            pair.Run(isIpv6 ? "IPv6, one bit turned" : "IPv4, one bit turned");
        }
    }

    [Fact]
    public void Frames_changed_at_random_decode_alike()
    {
        var random = new SplitMix(5);
        byte[] frame = new byte[MaxFrameBytes];
        var pair = new FastAgainstScalar();
        for (int number = 0; number < 20_000; number++)
        {
            int length = Echo(frame, ref random, random.Below(3) == 0, (int)random.Below(4), (int)random.Below(PayloadKinds), (int)random.Below(100));
            for (long changes = random.Below(4); changes > 0; changes--)
                frame[(int)random.Below(Math.Min(length, 90))] = (byte)random.Next();
            int cut = random.Below(8) == 0 ? (int)random.Below(length) : length;
            pair.Add(frame.AsSpan(0, cut), (uint)length, random.Below(50) == 0 ? (ushort)113 : (ushort)1);
        }

        pair.Run("changed frames");
        Assert.Equal(20_000, pair.Frames);
    }

    [Fact]
    public async Task A_buffer_that_fills_within_a_batch_loses_no_frame()
    {
        byte[] frame = new byte[MaxFrameBytes];
        var random = new SplitMix(6);
        using var file = new MemoryStream();
        using (var writer = new PcapWriter(file))
        {
            for (int number = 0; number < 500; number++)
                writer.Write(number * 1_000L, frame.AsSpan(0, Echo(frame, ref random, isIpv6: false, tags: 0, kind: number % PayloadKinds, payloadBytes: 56)));
        }

        using var source = new CaptureSource(new MemoryStream(file.ToArray()), "memory");
        source.Start();
        var decoder = new FrameDecoder();
        var events = new EventBuffer(capacity: 13);
        var batch = new FrameBatch();
        long expected = 0;
        bool more = true;
        while (more)
        {
            more = Read(source, await source.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(500, expected);
        Assert.Equal(500, decoder.Counters.Frames);

        bool Read(CaptureSource source, ReadResult read)
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (decoder.Decode(ref cursor, events, batch) > 0)
            {
                foreach (ref readonly FrameInfo info in batch.Infos)
                    Assert.Equal(++expected, info.FrameNumber);
                if (events.IsFull)
                    events.Clear();
            }

            source.AdvanceTo(cursor);
            return !cursor.IsEnd;
        }
    }

    [Fact]
    public void Decoding_batches_allocates_nothing()
    {
        byte[] frame = new byte[MaxFrameBytes];
        var random = new SplitMix(7);
        var decoder = new FrameDecoder();
        var events = new EventBuffer();
        var batch = new FrameBatch();
        byte[] memory = new byte[FrameBatch.Capacity * MaxFrameBytes];
        for (int number = 0; number < FrameBatch.Capacity; number++)
        {
            int length = Echo(frame, ref random, number % 5 == 4, number % 3, number % PayloadKinds, 56);
            frame.AsSpan(0, length).CopyTo(memory.AsSpan(number * MaxFrameBytes));
            batch.Add(new FrameInfo(number, number + 1, (uint)length, (uint)length, 1, 0, 1), number * MaxFrameBytes);
        }

        int decoded = 0;
        Assert.Equal(0, Allocation.Least(() =>
        {
            events.Clear();
            decoded = decoder.Decode(memory, batch, events);
        }));
        Assert.Equal(FrameBatch.Capacity, decoded);
    }

    [Fact]
    public void A_frame_outside_the_memory_is_refused()
    {
        var decoder = new FrameDecoder();
        var batch = new FrameBatch();
        batch.Add(new FrameInfo(0, 1, 98, 98, 1, 0, 1), 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Decode(new byte[100], batch, new EventBuffer()));
    }

    private const int PayloadKinds = 12;

    private static int Echo(Span<byte> frame, ref SplitMix random, bool isIpv6, int tags, int kind, int payloadBytes)
    {
        PacketHeader header = isIpv6
            ? new PacketHeader(new Address(0x2001_0DB8_0000_0000, random.Next()), new Address(random.Next() | (1UL << 61), random.Next()))
            : new PacketHeader(Address.FromIpv4((uint)random.Next()), Address.FromIpv4((uint)random.Next()), Identification: (ushort)random.Next());
        int offset = FrameBuilder.PayloadOffset(header.Source);
        Fill(frame.Slice(offset, payloadBytes), ref random, kind);
        bool isReply = random.Below(2) == 0;
        byte type = (isIpv6, isReply) switch { (true, true) => 129, (true, false) => 128, (false, true) => 0, _ => 8 };
        int length = FrameBuilder.Finish(frame, header, type, random.Below(20) == 0 ? (byte)random.Below(3) : (byte)0, (uint)random.Next(), payloadBytes);
        if (!isIpv6)
            Vary(frame[14..34], ref random);
        for (int tag = 0; tag < tags; tag++)
        {
            frame[12..length].CopyTo(frame[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], tag == 0 ? (ushort)0x8100 : random.Below(2) == 0 ? (ushort)0x88A8 : (ushort)0x9100);
            BinaryPrimitives.WriteUInt16BigEndian(frame[14..], (ushort)random.Next());
            length += 4;
        }

        if (random.Below(20) == 0)
            frame[(int)random.Below(length)]++;
        int trailer = (int)random.Below(4) * 5;
        random.Fill(frame.Slice(length, trailer));
        return length + trailer;
    }

    // An error that quotes some echo, whole or cut or changed, or a timestamp, or any other message.
    private static int Message(Span<byte> frame, ref SplitMix random, bool isIpv6)
    {
        Span<byte> quoted = stackalloc byte[300];
        int quotedBytes = Echo(quoted, ref random, isIpv6, tags: 0, kind: 0, payloadBytes: (int)random.Below(120)) - 14;
        int payloadBytes = random.Below(4) == 0 ? (int)random.Below(quotedBytes + 1) : Math.Min(quotedBytes, 28 + (8 * (int)random.Below(10)));
        PacketHeader header = isIpv6
            ? new PacketHeader(new Address(0x2001_0DB8_0000_0000, random.Next()), new Address(0x2001_0DB8_0000_0000, random.Next()))
            : new PacketHeader(Address.FromIpv4((uint)random.Next()), Address.FromIpv4((uint)random.Next()));
        Span<byte> payload = frame.Slice(FrameBuilder.PayloadOffset(header.Source), payloadBytes);
        quoted.Slice(14, payloadBytes).CopyTo(payload);
        for (long changes = random.Below(3); changes > 0 && payloadBytes > 0; changes--)
            payload[(int)random.Below(payloadBytes)] = (byte)random.Next();
        byte type = random.Below(10) == 0 ? (byte)random.Next() : isIpv6 ? (byte)(1 + random.Below(4)) : (byte)random.Below(20);
        uint rest = random.Below(3) == 0 ? (uint)random.Next() : 0;
        int length = FrameBuilder.Finish(frame, header, type, (byte)random.Below(random.Below(10) == 0 ? 256 : 5), rest, payloadBytes);
        if (random.Below(20) == 0)
            frame[(int)random.Below(length)]++;
        return length;
    }

    // Don't fragment, a class of service, now and then a fragment; the checksum stays right.
    private static void Vary(Span<byte> ip, ref SplitMix random)
    {
        ip[1] = (byte)random.Next();
        ip[8] = (byte)random.Next();
        ip[6] = random.Below(3) == 0 ? (byte)0x40 : random.Below(30) == 0 ? (byte)random.Next() : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], FrameBuilder.Checksum(ip));
    }

    private static void Fill(Span<byte> payload, ref SplitMix random, int kind)
    {
        byte start = (byte)random.Next();
        for (int index = 0; index < payload.Length; index++)
        {
            payload[index] = kind switch
            {
                4 => (byte)('a' + (index % 23)),
                5 => 0,
                6 => start,
                7 => (byte)(start + index),
                8 => (byte)random.Next(),
                9 => (byte)random.Below(4),
                10 => "\x45\0\0\x1C\x01\x02\0\0@\x01\0\0\x7F\0\0\x01\x7F\0\0\x01GET /tunnel HTTP/1.1"u8[index % 40],
                _ => (byte)index,
            };
        }

        ulong seconds = 1_600_000_000 + (ulong)random.Below(200_000_000), microseconds = (ulong)random.Below(kind == 11 ? 3_000_000 : 1_000_000);
        if (kind is 0 or 1 or 2 or 11 && payload.Length >= 16)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, kind == 1 ? BinaryPrimitives.ReverseEndianness(seconds) : kind == 2 ? random.Next() : seconds);
            BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], kind == 1 ? BinaryPrimitives.ReverseEndianness(microseconds) : random.Below(4) == 0 ? (ulong)random.Below(60) : microseconds);
        }

        if (kind == 3 && payload.Length >= 8)
        {
            BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)seconds);
            BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)microseconds);
        }
    }

    private static bool IsCapture(string path) => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap";

    private static string FindCorpus()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string folder = Path.Combine(up.FullName, "tests", "corpus");
            if (Directory.Exists(folder))
                return folder;
        }

        throw new DirectoryNotFoundException("tests/corpus is not above the test binaries");
    }
}
