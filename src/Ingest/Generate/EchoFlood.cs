using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>
/// Echo requests from many sources to one victim at a steady rate with jitter of half a gap; the victim answers none, as one that
/// is overwhelmed.
/// </summary>
public sealed class EchoFlood : ITraffic
{
    private const int PayloadBytes = 56;
    private const long NsPerSecond = 1_000_000_000;

    private readonly EchoFloodOptions _options;
    private readonly long _packets;
    private SplitMix _random;
    private long _sent;

    /// <summary>A flood.</summary>
    public EchoFlood(EchoFloodOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PacketsPerSecond, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sources, 1u, nameof(options));
        _options = options;
        _packets = checked(options.PacketsPerSecond * options.DurationMs / 1000);
        _random = new SplitMix(seed);
        Schedule();
    }

    /// <inheritdoc/>
    public long NextNs { get; private set; }

    /// <summary>How many packets it has in all.</summary>
    public long Packets => _packets;

    /// <inheritdoc/>
    public int Write(Span<byte> frame)
    {
        if (NextNs == ITraffic.Ended)
            throw new InvalidOperationException("the flood has ended");
        uint source = (uint)_random.Below(_options.Sources);
        var header = new PacketHeader(Step(_options.FirstSource, source), _options.Victim, Ttl: (byte)(48 + (source % 16)), (ushort)_sent);
        frame.Slice(FrameBuilder.PayloadOffset(header.Source), PayloadBytes).Fill((byte)'X');
        // hping3 counts one sequence per source; the identifier is the tool's process id.
        uint rest = (0x4000 + source) << 16 | (ushort)_sent;
        int length = FrameBuilder.Finish(frame, header, EchoType.Request(header.Source), 0, rest, PayloadBytes);
        _sent++;
        Schedule();
        return length;
    }

    private static Address Step(Address first, uint steps) => new(first.High, first.Low + steps);

    private void Schedule()
    {
        long gapNs = NsPerSecond / _options.PacketsPerSecond;
        NextNs = _sent == _packets
            ? ITraffic.Ended
            : _options.StartNs + (_sent * NsPerSecond / _options.PacketsPerSecond) + _random.Below((gapNs / 2) + 1);
    }
}

/// <summary>What a flood is like.</summary>
/// <param name="StartNs">Time of the first packet, ns since the epoch.</param>
/// <param name="DurationMs">How long it lasts, ms.</param>
/// <param name="PacketsPerSecond">Its rate.</param>
/// <param name="FirstSource">The first source; the others follow it.</param>
/// <param name="Sources">How many sources.</param>
/// <param name="Victim">Where all of it goes.</param>
public sealed record EchoFloodOptions(long StartNs, long DurationMs, long PacketsPerSecond, Address FirstSource, uint Sources, Address Victim);
