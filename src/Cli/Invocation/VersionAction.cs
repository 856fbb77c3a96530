using System.CommandLine;
using System.CommandLine.Invocation;

namespace IcmpStream.Cli.Invocation;

/// <summary>Version, commit, runtime and native libraries: what a bug report needs.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"icmpstream {ProductVersion.Number}");
        output.WriteLine($"commit     {ProductVersion.Commit}");
        output.WriteLine($"runtime    {ProductVersion.Runtime}");
        output.WriteLine($"librdkafka {NativeLibraries.Librdkafka()}");
        output.WriteLine($"libbpf     {NativeLibraries.Libbpf()}");
        return ExitCode.Success;
    }
}
