using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>
/// Lets a namespace reach ports of this process: it listens on the same loopback ports there, and passes what comes on to its own. A socket
/// stays in the namespace of the thread that made it, so that one thread makes the listeners, over there, and ends.
/// </summary>
public sealed partial class NamespaceDoor : IDisposable
{
    // CLONE_NEWNET of linux/sched.h
    private const int NetworkNamespace = 0x40000000;

    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpListener> _listeners = [];

    /// <summary>Opens the door.</summary>
    /// <param name="space">The namespace, as ip-netns(8) names it.</param>
    /// <param name="addresses">host:port of loopback, separated by commas.</param>
    public NamespaceDoor(string space, string addresses)
    {
        int[] ports = Array.ConvertAll(addresses.Split(','), address => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture));
        int error = 0;
        var thread = new Thread(() =>
        {
            using SafeFileHandle file = File.OpenHandle($"/run/netns/{space}");
            error = Enter((int)file.DangerousGetHandle(), NetworkNamespace) == 0 ? 0 : Marshal.GetLastPInvokeError();
            if (error != 0)
                return;
            foreach (int port in ports)
            {
                var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                _listeners.Add(listener);
            }
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, error);
        foreach ((TcpListener listener, int port) in _listeners.Zip(ports))
            _ = ServeAsync(listener, port);
    }

    public void Dispose()
    {
        _end.Cancel();
        _listeners.ForEach(listener => listener.Dispose());
        _end.Dispose();
    }

    private async Task ServeAsync(TcpListener listener, int port)
    {
        CancellationToken end = _end.Token;
        while (!end.IsCancellationRequested)
        {
            TcpClient guest;
            try
            {
                guest = await listener.AcceptTcpClientAsync(end);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _ = PassAsync(guest, port, end);
        }
    }

    private static async Task PassAsync(TcpClient guest, int port, CancellationToken end)
    {
        using (guest)
        using (var host = new TcpClient())
        {
            try
            {
                await host.ConnectAsync(IPAddress.Loopback, port, end);
                (guest.NoDelay, host.NoDelay) = (true, true);
                await Task.WhenAny(guest.GetStream().CopyToAsync(host.GetStream(), end), host.GetStream().CopyToAsync(guest.GetStream(), end));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // Either side has gone; the other one sees its connection close.
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Enter(int descriptor, int kind);
}
