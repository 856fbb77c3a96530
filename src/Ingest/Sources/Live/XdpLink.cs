using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>The program's hold on an interface, shared by the rings of its queues: closing it takes the program off.</summary>
internal sealed class XdpLink : IDisposable
{
    private readonly SafeFileHandle _link;
    private readonly SafeFileHandle _control;
    private readonly LinkWatch _watch;
    private readonly Lock _gate = new();

    public XdpLink(SafeFileHandle link, SafeFileHandle control, NetworkDevice device, Action<string>? events)
    {
        (_link, _control) = (link, control);
        int socket = (int)control.DangerousGetHandle();
        _watch = new LinkWatch(device, name => NetworkDevice.Find(socket, name), index => NetworkDevice.NameOf(socket, index), events);
    }

    /// <summary>Why nothing can come any more; null while it can. A socket of AF_XDP is bound for life, and a new one takes the privilege.</summary>
    public string? Failure { get; private set; }

    /// <summary>Looks at what has become of the interface.</summary>
    public void Look(bool isUrgent)
    {
        lock (_gate)
        {
            bool isBack = _watch.Look(isUrgent);
            if (isBack || _watch.IsGone)
                Failure ??= $"{_watch.Device.Name} was removed: its XDP sockets went with it, start again when it is back";
        }
    }

    /// <summary>Takes the program off: the host gets everything from here on.</summary>
    public void Detach() => _link.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _control.Dispose();
    }
}
