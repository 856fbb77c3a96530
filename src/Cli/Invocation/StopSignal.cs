using System.Runtime.InteropServices;

namespace IcmpStream.Cli.Invocation;

/// <summary>
/// Ctrl-C and SIGTERM as a token: the first asks the command to drain and end, a second Ctrl-C ends the process at once, for a
/// user who will not wait.
/// </summary>
public sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    private StopSignal(Terminal terminal)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, terminal)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, terminal)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Listens to the signals of this process.</summary>
    public static StopSignal OfProcess(Terminal terminal) => new(terminal);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context, Terminal terminal)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        if (terminal.ErrorIsTerminal)
            terminal.Error.WriteLine("icmpstream: stopping; once more to stop at once");
        _source.Cancel();
    }
}
