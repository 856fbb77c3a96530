using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// A decoder that is held against the others: all must say the same of every frame. The first one registered is the oracle.
/// </summary>
public interface IDecoderUnderTest
{
    /// <summary>What to call it.</summary>
    string Name { get; }

    /// <summary>Decodes a frame into a buffer with room for it; variants are settings that all decoders know.</summary>
    DecodeOutcome Decode(byte variant, in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into);
}
