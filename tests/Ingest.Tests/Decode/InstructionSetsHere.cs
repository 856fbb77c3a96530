using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Run in the processes that <see cref="InstructionSetTests"/> starts, so that they test what they say.</summary>
public sealed class InstructionSetsHere
{
    [Fact]
    public void What_the_environment_turns_off_is_off()
    {
        Assert.False(IsOff(InstructionSetTests.NoAvx512) && Avx512F.IsSupported);
        Assert.False(IsOff(InstructionSetTests.NoAvx2) && (Avx2.IsSupported || Avx512F.IsSupported));
        Assert.False(IsOff(InstructionSetTests.NoVectors) && (Avx2.IsSupported || Vector256.IsHardwareAccelerated));
    }

    private static bool IsOff(string set) => Environment.GetEnvironmentVariable(set) == "0";
}
