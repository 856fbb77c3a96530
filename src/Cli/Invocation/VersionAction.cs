using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace IcmpStream.Cli.Invocation;

/// <summary>Version, commit, runtime and native libraries: what a bug report needs.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    /// <summary>Digits of a commit that tell it from all others of a repository.</summary>
    private const int CommitDigits = 12;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        string informational = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        string[] parts = informational.Split('+', 2);
        string commit = parts.Length == 2 ? parts[1][..Math.Min(CommitDigits, parts[1].Length)] : "unknown";
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"icmpstream {parts[0]}");
        output.WriteLine($"commit     {commit}");
        output.WriteLine($"runtime    {RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");
        output.WriteLine($"librdkafka {NativeLibraries.Librdkafka()}");
        return ExitCode.Success;
    }
}
