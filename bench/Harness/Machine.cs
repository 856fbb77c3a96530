using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IcmpStream.Bench.Harness;

/// <summary>Where and of what a measurement was made.</summary>
/// <param name="Commit">Short hash of the commit, with "+" where the tree has changes; "unknown" outside a checkout.</param>
/// <param name="Description">Processor, cores, runtime.</param>
internal sealed record Machine(string Commit, string Description)
{
    public static Machine Here(string root)
    {
        string commit = Git(root, "rev-parse", "--short", "HEAD") ?? "unknown";
        if (Git(root, "status", "--porcelain") is { Length: > 0 })
            commit += "+";
        string processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor"
            : RuntimeInformation.ProcessArchitecture.ToString();
        return new Machine(commit, $"{processor}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}");
    }

    private static string? Git(string root, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git on this machine: the commit is unknown, and the measurement stands.
            return null;
        }
    }
}
