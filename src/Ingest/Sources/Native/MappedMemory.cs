using System.Buffers;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>A window over mapped memory as <see cref="Memory{T}"/>. It owns nothing: the file does.</summary>
internal sealed unsafe class MappedMemory : MemoryManager<byte>
{
    private readonly MappedFile _file;
    private readonly byte* _address;
    private readonly int _bytes;

    public MappedMemory(MappedFile file, byte* address, int bytes)
    {
        _file = file;
        _address = address;
        _bytes = bytes;
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
