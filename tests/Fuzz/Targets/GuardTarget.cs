using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IcmpStream.Fuzz.Native;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// A target with a fault on purpose, for the test that a read outside the guarded memory is found: one case of few reads the byte
/// behind its last.
/// </summary>
public sealed class GuardTarget : IFuzzTarget
{
    /// <summary>Its name: not among those that a run without a name takes.</summary>
    public const string TargetName = "guard";

    private const byte FaultyCase = 3;

    private readonly GuardedPages _pages = new(1);

    /// <inheritdoc/>
    public string Name => TargetName;

    /// <inheritdoc/>
    public string Summary => "one of few cases reads a byte too many";

    /// <inheritdoc/>
    public void Make(ref SplitMix chance, FuzzCase made) => made.Load([(byte)chance.Below(FaultyCase + 1)], 0);

    /// <inheritdoc/>
    public string? Check(FuzzCase made)
    {
        ReadOnlySpan<byte> placed = _pages.PlaceLast(made.Bytes);
        int at = made.Bytes[0] == FaultyCase ? placed.Length : 0;
        return Unsafe.Add(ref MemoryMarshal.GetReference(placed), at) == made.Bytes[0] ? null : "a byte behind the frame was read";
    }

    /// <inheritdoc/>
    public void Dispose() => _pages.Dispose();
}
