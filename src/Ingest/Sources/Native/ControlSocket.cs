using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>A socket that nothing is sent or received with: interfaces are asked about through it, without any privilege.</summary>
internal static class ControlSocket
{
    /// <summary>Opens one.</summary>
    public static SafeFileHandle Open()
    {
        int socket = Libc.Socket(Libc.AddressFamilyInet, Libc.SocketDatagram | Libc.SocketCloseOnExec, 0);
        return socket >= 0 ? new SafeFileHandle(socket, ownsHandle: true) : throw new SourceException($"no socket: {Libc.Reason(Libc.LastError)}");
    }
}
