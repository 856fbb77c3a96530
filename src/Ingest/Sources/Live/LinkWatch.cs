using System.Diagnostics;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// Watches what becomes of an interface while it is read: down, up again, renamed, removed, back under a new number. Each change is told
/// once. A removed one is looked for again with a back-off, without a spin.
/// </summary>
internal sealed class LinkWatch
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    private readonly Func<string, NetworkDevice?> _find;
    private readonly Func<int, string?> _nameOf;
    private readonly Action<string>? _tell;
    private readonly Func<long> _clock;
    private TimeSpan _retry = FirstRetry;
    private long _due;
    private NetworkDevice _device;

    /// <summary>Watches an interface that is there.</summary>
    /// <param name="device">The interface.</param>
    /// <param name="find">Finds an interface by its name.</param>
    /// <param name="nameOf">Finds a name by its number.</param>
    /// <param name="tell">Takes a line for the user; null for none.</param>
    /// <param name="clock">A stopwatch's ticks; null for the system's.</param>
    public LinkWatch(NetworkDevice device, Func<string, NetworkDevice?> find, Func<int, string?> nameOf, Action<string>? tell, Func<long>? clock = null)
    {
        (_device, _find, _nameOf, _tell, _clock) = (device, find, nameOf, tell, clock ?? Stopwatch.GetTimestamp);
        Schedule(LastRetry);
    }

    /// <summary>The interface as it was seen last.</summary>
    public NetworkDevice Device => _device;

    /// <summary>True while there is no such interface.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Looks, where it is time to or <paramref name="isUrgent"/>; true when an interface is there that has to be bound to.</summary>
    public bool Look(bool isUrgent)
    {
        if (!isUrgent && _clock() < _due)
            return false;
        return IsGone ? LookForReturn() : LookAtDevice();
    }

    private bool LookAtDevice()
    {
        string? name = _nameOf(_device.Index);
        if (name is null)
        {
            IsGone = true;
            _retry = FirstRetry;
            Schedule(_retry);
            _tell?.Invoke($"{_device.Name} was removed; waiting for it to come back");
            return LookForReturn();
        }

        if (name != _device.Name)
        {
            _tell?.Invoke($"{_device.Name} is called {name} now; reading goes on");
            _device = _device with { Name = name };
        }

        if (_find(name) is { } now && now.Index == _device.Index && now.IsUp != _device.IsUp)
        {
            _tell?.Invoke(now.IsUp ? $"{name} is up again" : $"{name} went down; waiting for it to come up");
            _device = now;
        }

        Schedule(_device.IsUp ? TimeSpan.FromSeconds(1) : FirstRetry);
        return false;
    }

    private bool LookForReturn()
    {
        if (_find(_device.Name) is { } found)
        {
            IsGone = false;
            _device = found;
            Schedule(FirstRetry);
            return true;
        }

        _retry = _retry * 2 < LastRetry ? _retry * 2 : LastRetry;
        Schedule(_retry);
        return false;
    }

    private void Schedule(TimeSpan delay) => _due = _clock() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
}
