using System.Diagnostics;

namespace IcmpStream.Schemas.Tests.Interop;

/// <summary>Runs Apache Avro's tools: Debian packages avro-bin and python3-avro. Missing, they skip a test on a laptop and fail it in CI.</summary>
public static class ForeignTool
{
    // The system's own interpreter: the one that Debian's python3-avro belongs to.
    private const string Interpreter = "/usr/bin/python3";

    private static readonly Lazy<bool> HasPythonAvro = new(() => File.Exists(Interpreter) && Exit(Interpreter, "-c", "import avro.datafile") == 0);

    public static void RequirePython() => Require(HasPythonAvro.Value, "python3-avro");

    public static void RequireC() => Require(File.Exists("/usr/bin/avrocat") && File.Exists("/usr/bin/avroappend"), "avro-bin");

    public static void Python(string mode, string directory)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Interop", "interop.py");
        Run(Interpreter, null, script, mode, directory);
    }

    /// <summary>Runs a command that must succeed; its output goes to a file, if one is named.</summary>
    public static void Run(string command, string? output, params string[] arguments)
    {
        using Process process = Start(command, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using (Stream sink = output is null ? Stream.Null : File.Create(output))
            process.StandardOutput.BaseStream.CopyTo(sink);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {errors.Result}");
    }

    private static int Exit(string command, params string[] arguments)
    {
        using Process process = Start(command, arguments);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private static Process Start(string command, string[] arguments) =>
        Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static void Require(bool present, string package)
    {
        if (present)
            return;
        string reason = $"the Debian package {package} is not installed";
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
