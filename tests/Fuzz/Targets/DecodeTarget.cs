using System.Text;
using IcmpStream.Fuzz.Frames;
using IcmpStream.Fuzz.Native;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// Mutated frames against the decoders. Each frame is decoded where its last byte is the last that may be read, and again where
/// its first byte is the first, with other bytes behind it; then what was decoded goes through Avro and back, and the frame through
/// the accelerated decoder.
/// </summary>
public sealed class DecodeTarget : IFuzzTarget
{
    // More than any vector that a decoder may load at once, twice over.
    private const int RoomBytes = 512;

    private readonly FrameMutator _mutator;
    private readonly GuardedPages _pages = new(FuzzCase.MaxBytes);
    private readonly ScalarDecoder _scalar = new();
    private readonly IDecoderUnderTest[] _decoders;
    private readonly EventBuffer _first = new(capacity: 2);
    private readonly EventBuffer _again = new(capacity: 2);
    private readonly EventRoundTrip _roundTrip = new();
    private readonly LaneCheck _lanes = new();
    private long _cases;

    /// <summary>Holds the scalar decoder against itself, and <paramref name="others"/> against it.</summary>
    public DecodeTarget(SeedFrames seeds, params IDecoderUnderTest[] others)
    {
        _mutator = new FrameMutator(seeds);
        _decoders = [_scalar, .. others];
    }

    /// <inheritdoc/>
    public string Name => "decode";

    /// <inheritdoc/>
    public string Summary
    {
        get
        {
            StringBuilder text = new();
            foreach (DecodeOutcome outcome in Enum.GetValues<DecodeOutcome>())
            {
                if (_scalar.Count(outcome) is var count and > 0)
                    text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {outcome} {count}");
            }

            return $"{_cases} frames; {_lanes.Frames} decoded side by side by the accelerated decoder; outcomes of the scalar one, which decodes each twice:{text}";
        }
    }

    /// <inheritdoc/>
    public void Make(ref SplitMix chance, FuzzCase made)
    {
        _mutator.Make(ref chance, made);
        made.Variant = (byte)chance.Below(ScalarDecoder.Settings.Count);
    }

    /// <inheritdoc/>
    public string? Check(FuzzCase made)
    {
        _cases++;
        FrameInfo info = new(
            timeNs: 1_700_000_000_123_456_789, frameNumber: 42, made.OriginalBytes, (uint)made.Length, section: 1, interfaceId: 3, made.LinkType);
        ReadOnlySpan<byte> frame = _pages.PlaceLast(made.Bytes);
        string? wrong = Decode(_scalar, made.Variant, info, frame, _first, out DecodeOutcome outcome)
            ?? EventChecks.Check(outcome, info, frame.Length, _first, ScalarDecoder.Settings[made.Variant % ScalarDecoder.Settings.Count])
            ?? _roundTrip.Check(_first);
        foreach (IDecoderUnderTest decoder in _decoders)
            wrong ??= Compare(decoder, made, info, outcome);
        return wrong ?? _lanes.Check(made, info, outcome, _first);
    }

    /// <summary>Gives the guarded memory back.</summary>
    public void Dispose()
    {
        _lanes.Dispose();
        _pages.Dispose();
    }

    // The same frame in two other places.
    private string? Compare(IDecoderUnderTest decoder, FuzzCase made, in FrameInfo info, DecodeOutcome expected)
    {
        if (decoder != _scalar)
        {
            ReadOnlySpan<byte> last = _pages.PlaceLast(made.Bytes);
            string? wrong = Decode(decoder, made.Variant, info, last, _again, out DecodeOutcome alike) ?? Differs(decoder, expected, alike, "");
            if (wrong is not null)
                return wrong;
        }

        // Other bytes behind it each time: what a decoder reads there by mistake should not look the same twice.
        ReadOnlySpan<byte> first = _pages.PlaceFirst(made.Bytes, RoomBytes, (byte)(0xFF - made.Length));
        return Decode(decoder, made.Variant, info, first, _again, out DecodeOutcome outcome)
            ?? Differs(decoder, expected, outcome, " with bytes behind the frame");
    }

    private string? Differs(IDecoderUnderTest decoder, DecodeOutcome expected, DecodeOutcome actual, string where)
    {
        if (actual != expected)
            return $"{decoder.Name} says {actual}{where}, not {expected}";
        string? difference = EventComparison.Difference(_first, _again);
        return difference is null ? null : $"{decoder.Name} differs{where}: {difference}";
    }

    // What runs for the first time may have to be compiled or set up, and that allocates: only what allocates twice is wrong.
    private static string? Decode(
        IDecoderUnderTest decoder, byte variant, in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into, out DecodeOutcome outcome)
    {
        long allocated = 0;
        outcome = default;
        for (int attempt = 0; attempt < 2; attempt++)
        {
            into.Clear();
            long before = GC.GetAllocatedBytesForCurrentThread();
            outcome = decoder.Decode(variant, info, frame, into);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0)
                return null;
        }

        return $"{decoder.Name} allocates {allocated} bytes";
    }
}
