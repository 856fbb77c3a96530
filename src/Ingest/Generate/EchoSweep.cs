using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Generate;

/// <summary>One source asks one address after the other, as nmap -sn does; some answer.</summary>
public sealed class EchoSweep : ITraffic
{
    /// <summary>nmap's host discovery sends no payload.</summary>
    private const int PayloadBytes = 0;

    private readonly EchoSweepOptions _options;
    private readonly Queue<(long TimeNs, Address Responder, uint RestOfHeader)> _replies = new();
    private SplitMix _random;
    private uint _asked;

    /// <summary>A sweep.</summary>
    public EchoSweep(EchoSweepOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Replies stay in order of time when each comes before the next question.
        ArgumentOutOfRangeException.ThrowIfLessThan(options.GapNs, 2, nameof(options));
        _options = options;
        _random = new SplitMix(seed);
    }

    /// <inheritdoc/>
    public long NextNs => Math.Min(NextQuestionNs, _replies.TryPeek(out var reply) ? reply.TimeNs : ITraffic.Ended);

    private long NextQuestionNs => _asked == _options.Targets ? ITraffic.Ended : _options.StartNs + (_asked * _options.GapNs);

    /// <inheritdoc/>
    public int Write(Span<byte> frame)
    {
        if (_replies.TryPeek(out var reply) && reply.TimeNs <= NextQuestionNs)
        {
            _replies.Dequeue();
            var answer = new PacketHeader(reply.Responder, _options.Source);
            return FrameBuilder.Finish(frame, answer, EchoType.Reply(answer.Source), 0, reply.RestOfHeader, PayloadBytes);
        }

        if (_asked == _options.Targets)
            throw new InvalidOperationException("the sweep has ended");
        var question = new PacketHeader(_options.Source, new Address(_options.FirstTarget.High, _options.FirstTarget.Low + _asked), Ttl: 52, (ushort)_random.Next());
        uint rest = (uint)_random.Next();
        if (_random.Below(_options.OneAnswersOf) == 0)
            _replies.Enqueue((NextQuestionNs + 1 + _random.Below(_options.GapNs - 1), question.Destination, rest));
        _asked++;
        return FrameBuilder.Finish(frame, question, EchoType.Request(question.Source), 0, rest, PayloadBytes);
    }
}

/// <summary>What a sweep is like.</summary>
/// <param name="StartNs">Time of the first request, ns since the epoch.</param>
/// <param name="GapNs">From one request to the next, ns; at least 2.</param>
/// <param name="Source">Who asks.</param>
/// <param name="FirstTarget">The first address asked; the others follow it.</param>
/// <param name="Targets">How many addresses.</param>
/// <param name="OneAnswersOf">One of so many answers.</param>
public sealed record EchoSweepOptions(long StartNs, long GapNs, Address Source, Address FirstTarget, uint Targets, long OneAnswersOf);
