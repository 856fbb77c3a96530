using System.Diagnostics;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>
/// The accelerated decoder against the scalar one with less than this machine has: the runtime is told to leave instruction sets alone, in a
/// process of its own, since it looks once.
/// </summary>
public sealed class InstructionSetTests
{
    internal const string NoAvx512 = "DOTNET_EnableAVX512";
    private const string NoAvx512OfOld = "DOTNET_EnableAVX512F";
    internal const string NoAvx2 = "DOTNET_EnableAVX2";
    internal const string NoVectors = "DOTNET_EnableHWIntrinsic";
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData(NoAvx512, NoAvx512OfOld)]
    [InlineData(NoAvx2)]
    [InlineData(NoVectors)]
    public async Task The_accelerated_decoder_decodes_alike_without(params string[] sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["-noLogo", "-noColor", "-class", typeof(FastDecoderTests).FullName!, "-class", typeof(FastPayloadTests).FullName!, "-class", typeof(InstructionSetsHere).FullName!])
        {
            RedirectStandardOutput = true,
        };
        foreach (string set in sets)
            start.Environment[set] = "0";
        using Process child = Process.Start(start)!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        string output;
        try
        {
            output = await child.StandardOutput.ReadToEndAsync(bound.Token);
            await child.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            child.Kill();
            throw;
        }

        Assert.True(child.ExitCode == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }
}
