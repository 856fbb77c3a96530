namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// One ring that the kernel writes and one thread reads. What a window shows is valid until it is consumed.
/// </summary>
internal abstract class LiveRing : IDisposable
{
    /// <summary>What the bytes of its windows are.</summary>
    public abstract RingLayout Layout { get; }

    /// <summary>What to poll for.</summary>
    public abstract int Descriptor { get; }

    /// <summary>The interface's LINKTYPE_ value.</summary>
    public abstract ushort LinkType { get; }

    /// <summary>What is ready, side by side; false where there is nothing.</summary>
    public abstract bool TryTake(out Memory<byte> window);

    /// <summary>Gives back the start of the last window.</summary>
    public abstract void Consume(int bytes);

    /// <summary>Where the frames are: the window itself, unless its entries point elsewhere.</summary>
    public virtual Memory<byte> RoomOf(Memory<byte> window) => window;

    /// <summary>True where the kernel counts what it puts into the ring, so that one can know when all of it has come out.</summary>
    public virtual bool CountsReceived => true;

    /// <summary>True where packets come out one by one, not in blocks that the kernel has let fill.</summary>
    public virtual bool ComesSingly => false;

    /// <summary>What the kernel has counted so far.</summary>
    public abstract LiveCounters ReadCounters();

    /// <summary>Packets come in from here on.</summary>
    public abstract void Begin();

    /// <summary>Nothing new comes in after this; what has come in can still be taken.</summary>
    public abstract void StopReceiving();

    /// <summary>Looks at what poll has said besides "ready", and at whether the interface is still what it was.</summary>
    public abstract void Attend(short polled);

    /// <summary>The interface is gone for good, and nothing is left to read.</summary>
    public virtual string? Failure => null;

    /// <inheritdoc/>
    public abstract void Dispose();
}
