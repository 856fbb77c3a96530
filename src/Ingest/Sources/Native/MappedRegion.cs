using System.Buffers;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// Memory that is shared with the kernel through a descriptor: a ring, or the room of frames. As <see cref="Memory{T}"/>, so that
/// every slice of it is checked; nothing can be taken from it once it is unmapped.
/// </summary>
internal sealed unsafe class MappedRegion : MemoryManager<byte>
{
    private readonly nint _address;
    private readonly int _bytes;
    private bool _isUnmapped;

    private MappedRegion(nint address, int bytes)
    {
        _address = address;
        _bytes = bytes;
    }

    /// <summary>Where it starts: for the kernel, which takes frames' room by its address.</summary>
    public ulong Address => (ulong)_address;

    /// <summary>Maps a descriptor's memory.</summary>
    /// <param name="descriptor">A socket, a BPF map or a memory file.</param>
    /// <param name="bytes">How much, at most 2 GiB, where a <see cref="Memory{T}"/> ends.</param>
    /// <param name="offset">Where in the descriptor's memory.</param>
    /// <param name="isWritable">False for what only the kernel writes.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="SourceException">The kernel refuses.</exception>
    public static MappedRegion Map(int descriptor, long bytes, long offset, bool isWritable, string what)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, int.MaxValue);
        int protection = isWritable ? Libc.ProtectRead | Libc.ProtectWrite : Libc.ProtectRead;
        nint address = Libc.Map(0, (nuint)bytes, protection, Libc.MapShared | Libc.MapPopulate, descriptor, offset);
        return address == -1
            ? throw new SourceException($"{what} of {bytes} bytes cannot be mapped: {Libc.Reason(Libc.LastError)}")
            : new MappedRegion(address, (int)bytes);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_isUnmapped, this);
        return new Span<byte>((void*)_address, _bytes);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_bytes, nameof(elementIndex));
        ObjectDisposedException.ThrowIf(_isUnmapped, this);
        return new MemoryHandle((byte*)_address + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Mapped memory does not move.
    }

    /// <summary>Unmaps it.</summary>
    public void Unmap() => Dispose(disposing: true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_isUnmapped)
            return;
        _isUnmapped = true;
        _ = Libc.Unmap(_address, (nuint)_bytes);
    }
}
