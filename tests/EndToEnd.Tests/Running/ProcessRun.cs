using System.Diagnostics;

namespace IcmpStream.EndToEnd.Tests.Running;

/// <summary>The built executable as a process of its own, for what only a process has: exit codes, pipes, signals, users.</summary>
public sealed class ProcessRun : IDisposable
{
    /// <summary>No run of a test takes longer on a slow machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource _errorsEnded = new();

    private ProcessRun(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                if (line.Data is null)
                    _errorsEnded.TrySetResult();
                else
                    _errors.Add(line.Data);
            }
        };
        _process.BeginErrorReadLine();
        _output = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>The executable beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "icmpstream");

    /// <summary>Its number; a wrapper that becomes another program keeps it.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string[] Errors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    public static ProcessRun Start(string program, params string[] args) => new(new ProcessStartInfo(program, args));

    /// <summary>A line of bash, in which <c>$icmpstream</c> is the executable.</summary>
    public static ProcessRun Bash(string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", line]);
        start.Environment["icmpstream"] = Executable;
        return new ProcessRun(start);
    }

    /// <summary>Waits for the end; longer than <see cref="Patience"/> only for what has more to do.</summary>
    public async Task<(int ExitCode, string Output, string[] Errors)> EndAsync(TimeSpan? patience = null)
    {
        await _process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        string output = await _output.WaitAsync(Patience);
        await _errorsEnded.Task.WaitAsync(Patience);
        return (_process.ExitCode, output, Errors);
    }

    /// <summary>Waits until a line of the standard error has all of it.</summary>
    public async Task WaitForErrorAsync(string word)
    {
        var clock = Stopwatch.StartNew();
        while (!Errors.Any(line => line.Contains(word, StringComparison.Ordinal)))
        {
            Assert.False(_process.HasExited, $"it ended before it said '{word}': {string.Join('\n', Errors)}");
            Assert.True(clock.Elapsed < Patience, $"it never said '{word}'");
            await Task.Delay(20);
        }
    }

    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
