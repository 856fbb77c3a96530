using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Memory that ends at a page nobody may touch: a read past the end of a frame placed there ends the process.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ReadWrite = 3, None = 0, PrivateAnonymous = 0x22;

    private readonly nuint _bytes;
    private readonly byte* _start;
    private readonly byte* _end;

    public GuardedMemory(int bytes)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint room = ((nuint)bytes + page - 1) / page * page;
        _bytes = room + page;
        nint mapped = Map(0, _bytes, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, mapped);
        _start = (byte*)mapped;
        _end = _start + room;
        Assert.Equal(0, Protect((nint)_end, page, None));
    }

    /// <summary>A copy of the bytes whose end is the end of the memory.</summary>
    public ReadOnlySpan<byte> Place(ReadOnlySpan<byte> bytes)
    {
        var placed = new Span<byte>(_end - bytes.Length, bytes.Length);
        bytes.CopyTo(placed);
        return placed;
    }

    public void Dispose() => _ = Unmap((nint)_start, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
