using System.Globalization;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// Fragments in any order, with gaps, overlaps, repetitions and pauses, against the stage that follows them: its verdicts are those of
/// a plain model, its books balance, and it allocates nothing.
/// </summary>
/// <remarks>
/// <code>
///   a case is a program, five bytes a fragment:
///   | family, last, content, identification | offset, units | length, units | odd bytes of the last | pause before it |
/// </code>
/// </remarks>
public sealed class FragmentTarget : IFuzzTarget
{
    private const int WarmUpPrograms = 100;
    private const int StepBytes = 5;
    private const int MaxSteps = 48;
    private const int UnitBytes = 8;

    // The last offset of all (RFC 791 section 3.1), where lengths decide whether a datagram is too long.
    private const byte HighOffset = 255;
    private const int HighOffsetUnits = 8190;

    private const long StepNs = 1_000_000;
    private static readonly long[] PausesNs = [0, 400_000_000, FragmentLimits.DecidedNs + 1, FragmentLimits.TimeoutNs + 1];

    private readonly FrameDecoder _decoder = new();
    private readonly FragmentStage _stage;
    private readonly EventBuffer _events = new(capacity: 2 * MaxSteps);
    private readonly FragmentFrames _frames = new();
    private readonly FragmentModel _model = new();
    private long _nowNs = 1_700_000_000_000_000_000;
    private long _frameNumber;
    private long _cases;
    private long _allocatedBytes;
    private readonly bool _isWarm;

    /// <summary>Makes the target.</summary>
    public FragmentTarget()
    {
        _stage = new FragmentStage(_decoder);

        // What runs for the first time may have to be set up, and the first fragment takes the table's memory.
        var chance = new SplitMix(1);
        var warmUp = new FuzzCase();
        for (int program = 0; program < WarmUpPrograms; program++)
        {
            Make(ref chance, warmUp);
            Check(warmUp);
        }

        _isWarm = true;
    }

    /// <inheritdoc/>
    public string Name => "fragment";

    /// <inheritdoc/>
    public string Summary
    {
        get
        {
            DatagramCounters books = _stage.Counters;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{_cases} programs of {books.Fragments} fragments; datagrams whole {books.Whole}, overlapping {books.Overlapping}, overlong {books.Overlong}, incomplete {books.Incomplete}; repetitions {books.Repeated}");
        }
    }

    /// <inheritdoc/>
    public void Make(ref SplitMix chance, FuzzCase made)
    {
        Span<byte> program = stackalloc byte[StepBytes * MaxSteps];
        int steps = 1 + (int)chance.Below(MaxSteps);
        for (int at = 0; at < steps * StepBytes; at += StepBytes)
        {
            program[at] = (byte)chance.Below(256);
            program[at + 1] = chance.Below(24) == 0 ? HighOffset : (byte)chance.Below(12);
            program[at + 2] = (byte)chance.Below(5);
            program[at + 3] = (byte)chance.Below(UnitBytes);
            program[at + 4] = chance.Below(16) == 0 ? (byte)chance.Below(4) : (byte)0;
        }

        made.Load(program[..(steps * StepBytes)], linkType: 1);
    }

    /// <inheritdoc/>
    public string? Check(FuzzCase made)
    {
        _cases++;
        string? wrong = Run(made.Bytes);
        // The runtime may charge a thread for compiling what it runs: only what allocates twice is wrong.
        if (wrong is null && _allocatedBytes != 0 && _isWarm)
            wrong = Run(made.Bytes) ?? (_allocatedBytes == 0 ? null : $"{_allocatedBytes} bytes of memory for fragments");
        return wrong;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private string? Run(ReadOnlySpan<byte> program)
    {
        _allocatedBytes = 0;
        string? wrong = Rest();
        for (int step = 0; wrong is null && step < MaxSteps && program.Length >= StepBytes; step++, program = program[StepBytes..])
            wrong = Step(program);
        return wrong ?? Rest();
    }

    // A pause after which no case sees what another left behind.
    private string? Rest()
    {
        _nowNs += 2 * FragmentLimits.TimeoutNs;
        string? wrong = Report();
        return wrong ?? (_stage.Counters.Open == 0 ? null : $"{_stage.Counters.Open} datagrams are open after their time");
    }

    private string? Report()
    {
        _events.Clear();
        int expected = _model.Expire(_nowNs), told = 0;
        while (_stage.TryReport(_nowNs, _events))
            told++;
        if (told != expected || _events.Count != told)
            return $"{told} datagrams reported in {_events.Count} events, not {expected}";
        _events.Clear();
        return CheckBooks();
    }

    private string? Step(ReadOnlySpan<byte> step)
    {
        long pauseNs = PausesNs[step[4] % PausesNs.Length];
        _nowNs += StepNs + pauseNs;
        if (pauseNs > FragmentLimits.TimeoutNs && Report() is { } late)
            return late;
        bool isLast = (step[0] & 2) != 0;
        int start = (step[1] == HighOffset ? HighOffsetUnits : step[1]) * UnitBytes;
        int bytes = (step[2] * UnitBytes) + (isLast ? step[3] % UnitBytes : 0);
        if (start == 0)
            bytes = Math.Max(bytes, IcmpEvent.HeaderBytes);
        var fragment = new MadeFragment((step[0] & 1) != 0, (byte)(step[0] >> 4 & 3), start, start + bytes, isLast, (byte)(step[0] >> 2 & 1));
        if (start == 0 && isLast)
            return null;
        return Decode(fragment, _frames.Make(fragment));
    }

    private string? Decode(in MadeFragment fragment, ReadOnlySpan<byte> frame)
    {
        DecodeOutcome expected = _model.Add(fragment, _nowNs);
        var info = new FrameInfo(_nowNs, ++_frameNumber, (uint)frame.Length, (uint)frame.Length, section: 1, interfaceId: 0, linkType: 1);
        _events.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        DecodeOutcome outcome = _decoder.Decode(info, frame, _events);
        if (FragmentStage.Concerns(outcome, _events))
            outcome = _stage.Take(info, frame, outcome, _events);
        _allocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        if (outcome != expected)
            return $"a fragment from {fragment.Start} to {fragment.End} is {outcome}, not {expected}";
        if (_events.Count != (outcome < DecodeOutcome.NotIcmp ? 1 : 0))
            return $"outcome {outcome} with {_events.Count} events";
        return CheckEvent(fragment, outcome) ?? CheckBooks();
    }

    private string? CheckEvent(in MadeFragment fragment, DecodeOutcome outcome)
    {
        if (_events.Count == 0)
            return null;
        ref readonly IcmpEvent e = ref _events.Events[0];
        if (e.Outcome != outcome || e.Frame != _frameNumber || e.FragmentOffset * UnitBytes != fragment.Start)
            return "the event is not of its frame";
        return fragment.Start == 0 || (e.Type == FragmentStage.NoType && e.PayloadBytes == 0) ? null : "a later fragment is taken for a message";
    }

    private string? CheckBooks()
    {
        DatagramCounters books = _stage.Counters;
        if (books.Open != _model.Open)
            return $"{books.Open} datagrams are open, not {_model.Open}";
        if (books.Evicted + books.Refused != _model.Replaced)
            return $"{books.Evicted + books.Refused} datagrams were given up, not {_model.Replaced}";
        return _decoder.Counters.Frames == _frameNumber ? null : $"{_decoder.Counters.Frames} frames counted of {_frameNumber}";
    }
}
