using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Traffic written message by message; frames come out in order of time.</summary>
internal sealed class Script : ITraffic
{
    public const long StartNs = 1_700_000_000_000_000_000;

    private readonly List<(long TimeNs, byte[] Frame)> _frames = [];
    private readonly byte[] _scratch = new byte[ITraffic.MaxFrameBytes];
    private int _next;
    private bool _isSorted;

    public long NextNs
    {
        get
        {
            if (!_isSorted)
            {
                // Stable: what was written first comes first among equals.
                (long, byte[])[] sorted = [.. _frames.OrderBy(frame => frame.TimeNs)];
                _frames.Clear();
                _frames.AddRange(sorted);
                _isSorted = true;
            }

            return _next == _frames.Count ? ITraffic.Ended : _frames[_next].TimeNs;
        }
    }

    public int Write(Span<byte> frame)
    {
        if (NextNs == ITraffic.Ended)
            throw new InvalidOperationException("the script has ended");
        byte[] next = _frames[_next++].Frame;
        next.CopyTo(frame);
        return next.Length;
    }

    /// <summary>Adds a message.</summary>
    public Script Add(double ms, Address source, Address destination, byte type, byte code, uint rest, ReadOnlySpan<byte> payload, byte ttl = 64)
    {
        payload.CopyTo(_scratch.AsSpan(FrameBuilder.PayloadOffset(source)));
        int length = FrameBuilder.Finish(_scratch, new PacketHeader(source, destination, ttl), type, code, rest, payload.Length);
        _frames.Add((StartNs + (long)(ms * 1_000_000), _scratch[..length]));
        return this;
    }

    /// <summary>Adds a frame as it is.</summary>
    public Script Add(double ms, byte[] frame)
    {
        _frames.Add((StartNs + (long)(ms * 1_000_000), frame));
        return this;
    }

    public Script Request(double ms, string from, string to, int identifier, int sequence, ReadOnlySpan<byte> payload, byte ttl = 64) =>
        Add(ms, Ip(from), Ip(to), Ip(from).IsIpv4 ? (byte)8 : (byte)128, 0, Rest(identifier, sequence), payload, ttl);

    public Script Reply(double ms, string from, string to, int identifier, int sequence, ReadOnlySpan<byte> payload, byte ttl = 64) =>
        Add(ms, Ip(from), Ip(to), Ip(from).IsIpv4 ? (byte)0 : (byte)129, 0, Rest(identifier, sequence), payload, ttl);

    /// <summary>An ordinary ping with its answer: iputils' payload, a timeval and then byte i with value i.</summary>
    public Script Ping(double ms, string from, string to, int identifier, int sequence, double rttMs = 2, bool isAnswered = true, int bytes = 56, byte ttl = 64)
    {
        byte[] payload = Iputils(StartNs + (long)(ms * 1_000_000), bytes);
        Request(ms, from, to, identifier, sequence, payload, ttl);
        return isAnswered ? Reply(ms + rttMs, to, from, identifier, sequence, payload) : this;
    }

    /// <summary>An error of a router about a request.</summary>
    public Script Error(double ms, string router, string from, string to, byte type, byte code, int identifier, int sequence, string? receiver = null)
    {
        byte[] quote = new byte[ITraffic.MaxFrameBytes];
        Iputils(StartNs, 56).CopyTo(quote.AsSpan(FrameBuilder.PayloadOffset(Ip(from))));
        int length = FrameBuilder.Finish(quote, new PacketHeader(Ip(from), Ip(to), 1), Ip(from).IsIpv4 ? (byte)8 : (byte)128, 0, Rest(identifier, sequence), 56);
        return Add(ms, Ip(router), Ip(receiver ?? from), type, code, 0, quote.AsSpan(14, Math.Min(length - 14, Ip(from).IsIpv4 ? 28 : 48)));
    }

    public static byte[] Iputils(long timeNs, int bytes)
    {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < bytes; i++)
            payload[i] = (byte)i;
        if (bytes >= 16)
        {
            BitConverter.TryWriteBytes(payload, timeNs / 1_000_000_000);
            BitConverter.TryWriteBytes(payload.AsSpan(8), timeNs % 1_000_000_000 / 1000);
        }

        return payload;
    }

    public static Address Ip(string text) => Address.TryParse(text, out Address address) ? address : throw new FormatException(text);

    private static uint Rest(int identifier, int sequence) => ((uint)(ushort)identifier << 16) | (ushort)sequence;
}
