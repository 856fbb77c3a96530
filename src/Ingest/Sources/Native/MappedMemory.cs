using System.Buffers;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// A window over mapped memory as <see cref="Memory{T}"/>. It owns nothing: the file does. The window moves, so that reading a file
/// allocates once, not once per window: memory that was taken from it before a move must no longer be used.
/// </summary>
internal sealed unsafe class MappedMemory : MemoryManager<byte>
{
    private readonly MappedFile _file;
    private byte* _address;
    private int _bytes;

    public MappedMemory(MappedFile file) => _file = file;

    /// <summary>Moves the window.</summary>
    public Memory<byte> Move(byte* address, int bytes)
    {
        _address = address;
        _bytes = bytes;
        return Memory;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        // A span that was taken before the file was closed cannot be called back; one that is asked for later can be refused.
        ObjectDisposedException.ThrowIf(_file.IsClosed, _file);
        return new Span<byte>(_address, _bytes);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_bytes, nameof(elementIndex));
        ObjectDisposedException.ThrowIf(_file.IsClosed, _file);
        return new MemoryHandle(_address + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Mapped memory does not move.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The file owns the memory.
    }
}
