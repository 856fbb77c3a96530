using System.Runtime.InteropServices;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>
/// Decodes the same frames by the scalar decoder, one by one, and by the accelerated one, in batches and one by one, and compares every byte
/// that they leave behind.
/// </summary>
internal sealed class FastAgainstScalar(PayloadPrivacy privacy = PayloadPrivacy.Unfamiliar, int capacity = EventBuffer.DefaultCapacity)
{
    private readonly FrameDecoder _scalar = new(new DecodeOptions { Accelerated = false, Privacy = privacy });
    private readonly FrameDecoder _single = new(new DecodeOptions { Privacy = privacy });
    private readonly FrameDecoder _fast = new(new DecodeOptions { Privacy = privacy });
    private readonly EventBuffer _expected = new(capacity);
    private readonly EventBuffer _bySingle = new(capacity);
    private readonly EventBuffer _byBatch = new(capacity);
    private readonly FrameBatch _batch = new();
    private readonly List<(FrameInfo Info, byte[] Bytes)> _frames = [];

    /// <summary>Frames compared.</summary>
    public int Frames { get; private set; }

    /// <summary>Events that the frames compared gave.</summary>
    public long Events => _scalar.Counters.Events;

    /// <summary>Compares a capture.</summary>
    public void Capture(string path)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, path));
        bool more = true;
        while (more)
        {
            Assert.True(source.Reader.TryRead(out System.IO.Pipelines.ReadResult read));
            FrameCursor cursor = source.OpenCursor(read), one = source.OpenCursor(read);
            while (_fast.Decode(ref cursor, _byBatch, _batch) is > 0 and int decoded)
            {
                for (int index = 0; index < decoded; index++)
                {
                    Assert.True(one.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame));
                    Assert.Equal(info, _batch.Infos[index]);
                    Decode(info, frame, _batch.Outcomes[index]);
                }

                if (_byBatch.IsFull)
                    Compare(path);
            }

            Assert.False(one.TryRead(out _, out _));
            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        Compare(path);
    }

    /// <summary>Adds a frame to those that <see cref="Run"/> compares, in this order.</summary>
    public void Add(ReadOnlySpan<byte> frame, uint originalBytes = 0, ushort linkType = 1)
    {
        int number = _frames.Count + 1;
        uint captured = (uint)frame.Length;
        var info = new FrameInfo(1_700_000_000_000_000_000 + (number * 1001), number, Math.Max(captured, originalBytes), captured, 1, (ushort)(number % 3), linkType);
        _frames.Add((info, frame.ToArray()));
    }

    /// <summary>Compares the frames added, and forgets them.</summary>
    public void Run(string what)
    {
        foreach ((FrameInfo Info, byte[] Bytes)[] chunk in _frames.Chunk(FrameBatch.Capacity))
        {
            // Side by side, and the last one ends where the memory does: what is read behind a frame is another frame, or nothing.
            byte[] memory = [.. chunk.SelectMany(frame => frame.Bytes)];
            int offset = 0;
            _batch.Clear();
            foreach ((FrameInfo info, byte[] bytes) in chunk)
            {
                _batch.Add(info, offset);
                offset += bytes.Length;
            }

            Assert.Equal(chunk.Length, _fast.Decode(memory, _batch, _byBatch));
            for (int index = 0; index < chunk.Length; index++)
                Decode(chunk[index].Info, chunk[index].Bytes, _batch.Outcomes[index]);
            Compare(what);
        }

        _frames.Clear();
    }

    private void Decode(in FrameInfo info, ReadOnlySpan<byte> frame, DecodeOutcome batched)
    {
        Frames++;
        DecodeOutcome expected = _scalar.Decode(info, frame, _expected);
        Assert.Equal(expected, batched);
        Assert.Equal(expected, _single.Decode(info, frame, _bySingle));
    }

    private void Compare(string what)
    {
        Compare(what + ", batched", _byBatch, _fast);
        Compare(what + ", one by one", _bySingle, _single);
        _expected.Clear();
        _byBatch.Clear();
        _bySingle.Clear();
    }

    private void Compare(string what, EventBuffer actual, FrameDecoder decoder)
    {
        Assert.True(_expected.Count == actual.Count, $"{what}: {_expected.Count} events, not {actual.Count}");
        Assert.Equal(_expected.DetailCount, actual.DetailCount);
        Assert.Equal(_expected.IsFull, actual.IsFull);
        Assert.Equal(_expected.FreeArena.Length, actual.FreeArena.Length);
        for (int index = 0; index < _expected.Count; index++)
        {
            ref IcmpEvent e = ref _expected.Events[index];
            ReadOnlySpan<byte> one = Bytes(ref e), other = Bytes(ref actual.Events[index]);
            int at = one.CommonPrefixLength(other);
            Assert.True(at == IcmpEvent.Size, $"{what}: frame {e.Frame}: byte {at} of the event is {other[Math.Min(at, 127)]}, not {one[Math.Min(at, 127)]}");
            Assert.True(_expected.Prefix(e).SequenceEqual(actual.Prefix(actual.Events[index])), $"{what}: frame {e.Frame}: prefix");
            if (e.Detail == 0)
                continue;
            ref IcmpEventDetail detail = ref _expected.DetailOf(e);
            Assert.True(Bytes(ref detail).SequenceEqual(Bytes(ref actual.DetailOf(e))), $"{what}: frame {e.Frame}: detail");
            Assert.True(_expected.Lists(detail).SequenceEqual(actual.Lists(actual.DetailOf(e))), $"{what}: frame {e.Frame}: lists");
        }

        for (int outcome = 0; outcome <= byte.MaxValue; outcome++)
            Assert.Equal(_scalar.Counters[(DecodeOutcome)outcome], decoder.Counters[(DecodeOutcome)outcome]);
    }

    private static ReadOnlySpan<byte> Bytes<T>(ref T value)
        where T : struct => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1));
}
