using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>
/// What a network has anyway: hosts that ping servers and get answers after a round trip, some of which are lost, and now and then an
/// unreachable port. Payloads are those of Linux ping.
/// </summary>
public sealed class OrdinaryTraffic : ITraffic
{
    /// <summary>Linux ping sends 56 bytes: a struct timeval of 16, then each byte its own number.</summary>
    private const int PayloadBytes = 56;

    private const int TimevalBytes = 16;
    private const int Ipv4Bytes = 20;
    private const byte Unreachable = 3;
    private const byte PortUnreachable = 3;
    private const byte Udp = 17;
    private const ushort ResolverPort = 53;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Round trips: at least this, and as much again at random up to a hundred times as much; within a country.</summary>
    private const long LeastRoundTripNs = 300_000;

    private const long RoundTripSpreadNs = 30_000_000;

    /// <summary>A host asks its gateway, its resolver and one more, and not everybody: that would be a sweep.</summary>
    private const long ServersOfHost = 3;

    /// <summary>One answer of this many is lost.</summary>
    private const long OneLostOf = 200;

    /// <summary>One packet of this many is an error.</summary>
    private const long OneErrorOf = 500;

    private readonly OrdinaryTrafficOptions _options;
    private readonly PriorityQueue<Answer, (long TimeNs, long Order)> _answers = new();
    private readonly ushort[] _sequences;
    private SplitMix _random;
    private long _asked;
    private long _questionNs;

    /// <summary>Traffic among some hosts and servers.</summary>
    public OrdinaryTraffic(OrdinaryTrafficOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QuestionsPerSecond, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Hosts, 1u, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Servers, 1u, nameof(options));
        _options = options;
        _random = new SplitMix(seed);
        _sequences = new ushort[options.Hosts];
        Schedule();
    }

    /// <inheritdoc/>
    public long NextNs => Math.Min(_questionNs, _answers.TryPeek(out Answer _, out var due) ? due.TimeNs : ITraffic.Ended);

    /// <inheritdoc/>
    public int Write(Span<byte> frame)
    {
        if (_answers.TryPeek(out Answer answer, out var due) && due.TimeNs <= _questionNs)
        {
            _answers.Dequeue();
            return WriteEcho(frame, answer.Header, EchoType.Reply(answer.Header.Source), answer.RestOfHeader, answer.AskedNs);
        }

        if (_questionNs == ITraffic.Ended)
            throw new InvalidOperationException("the traffic has ended");
        return Ask(frame);
    }

    private int Ask(Span<byte> frame)
    {
        uint host = (uint)_random.Below(_options.Hosts);
        uint server = (host + (uint)_random.Below(ServersOfHost)) % _options.Servers;
        var header = new PacketHeader(Step(_options.FirstHost, host), Step(_options.FirstServer, server), Identification: (ushort)_random.Next());
        long timeNs = _questionNs;
        bool isError = header.Source.IsIpv4 && _random.Below(OneErrorOf) == 0;
        _asked++;
        Schedule();
        if (isError)
            return WritePortUnreachable(frame, header);
        uint rest = (0x1000 + host) << 16 | ++_sequences[host];
        if (_random.Below(OneLostOf) != 0)
        {
            // The product of two equal numbers below one has many small values and few large ones, as round trips do.
            long spreadNs = _random.Below(1 + _random.Below(RoundTripSpreadNs));
            _answers.Enqueue(new Answer(header.Reversed(), rest, timeNs), (timeNs + LeastRoundTripNs + spreadNs, _asked));
        }

        return WriteEcho(frame, header, EchoType.Request(header.Source), rest, timeNs);
    }

    private static int WriteEcho(Span<byte> frame, in PacketHeader header, byte type, uint rest, long askedNs)
    {
        Span<byte> payload = frame.Slice(FrameBuilder.PayloadOffset(header.Source), PayloadBytes);
        (long seconds, long ns) = Math.DivRem(askedNs, NsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(payload, seconds);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], ns / 1000);
        for (int i = TimevalBytes; i < PayloadBytes; i++)
            payload[i] = (byte)i;
        return FrameBuilder.Finish(frame, header, type, 0, rest, PayloadBytes);
    }

    /// <summary>The server has nobody who listens on a port: RFC 792 quotes the datagram's header and its first 8 bytes.</summary>
    private int WritePortUnreachable(Span<byte> frame, in PacketHeader asked)
    {
        PacketHeader header = asked.Reversed();
        Span<byte> quote = frame.Slice(FrameBuilder.PayloadOffset(header.Source), Ipv4Bytes + FrameBuilder.IcmpHeaderBytes);
        quote.Clear();
        quote[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(quote[2..], (ushort)quote.Length);
        BinaryPrimitives.WriteUInt16BigEndian(quote[4..], asked.Identification);
        quote[8] = asked.Ttl;
        quote[9] = Udp;
        BinaryPrimitives.WriteUInt32BigEndian(quote[12..], asked.Source.Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(quote[16..], asked.Destination.Ipv4);
        BinaryPrimitives.WriteUInt16BigEndian(quote[10..], FrameBuilder.Checksum(quote[..Ipv4Bytes]));
        BinaryPrimitives.WriteUInt16BigEndian(quote[20..], (ushort)(0xC000 + _random.Below(0x3FFF)));
        BinaryPrimitives.WriteUInt16BigEndian(quote[22..], ResolverPort);
        BinaryPrimitives.WriteUInt16BigEndian(quote[24..], FrameBuilder.IcmpHeaderBytes);
        return FrameBuilder.Finish(frame, header, Unreachable, PortUnreachable, 0, quote.Length);
    }

    private static Address Step(Address first, uint steps) => new(first.High, first.Low + steps);

    private void Schedule()
    {
        long gapNs = NsPerSecond / _options.QuestionsPerSecond;
        long offsetNs = (_asked * NsPerSecond / _options.QuestionsPerSecond) + _random.Below((gapNs / 2) + 1);
        _questionNs = offsetNs >= _options.DurationMs * 1_000_000 ? ITraffic.Ended : _options.StartNs + offsetNs;
    }

    private readonly record struct Answer(PacketHeader Header, uint RestOfHeader, long AskedNs);
}

/// <summary>What ordinary traffic is like.</summary>
/// <param name="StartNs">Time of the first packet, ns since the epoch.</param>
/// <param name="DurationMs">For how long questions are asked, ms; answers come a little later.</param>
/// <param name="QuestionsPerSecond">Requests a second, of all hosts together.</param>
/// <param name="FirstHost">The first host; the others follow it.</param>
/// <param name="Hosts">How many hosts.</param>
/// <param name="FirstServer">The first server; the others follow it.</param>
/// <param name="Servers">How many servers.</param>
public sealed record OrdinaryTrafficOptions(
    long StartNs, long DurationMs, long QuestionsPerSecond, Address FirstHost, uint Hosts, Address FirstServer, uint Servers);
