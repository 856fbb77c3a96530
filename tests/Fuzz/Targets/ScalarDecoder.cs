using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>The scalar decoder, under each of the settings that change what it does.</summary>
public sealed class ScalarDecoder : IDecoderUnderTest
{
    private readonly FrameDecoder[] _decoders = [.. Settings.Select(options => new FrameDecoder(options))];

    /// <summary>The settings: a case's variant is an index into them.</summary>
    public static IReadOnlyList<DecodeOptions> Settings { get; } =
    [
        new DecodeOptions { Accelerated = false },
        new DecodeOptions { Accelerated = false, Privacy = PayloadPrivacy.All },
        new DecodeOptions { Accelerated = false, Privacy = PayloadPrivacy.None, FollowTunnels = false },
    ];

    /// <inheritdoc/>
    public string Name => "scalar";

    /// <summary>How many frames had an outcome, under any of the settings.</summary>
    public long Count(DecodeOutcome outcome) => _decoders.Sum(decoder => decoder.Counters[outcome]);

    /// <inheritdoc/>
    public DecodeOutcome Decode(byte variant, in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into) =>
        _decoders[variant % _decoders.Length].Decode(info, frame, into);
}
