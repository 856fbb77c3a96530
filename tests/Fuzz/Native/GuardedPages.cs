using System.ComponentModel;
using System.Runtime.InteropServices;

namespace IcmpStream.Fuzz.Native;

/// <summary>
/// Memory between two pages that nobody may touch. Bytes are placed so that they end where the second begins, or begin where the
/// first ends: reading one byte beyond is a crash of the process, whatever the code read with.
/// <code>
///   | no access |  .................. [bytes placed last] | no access |
///   | no access | [bytes placed first] .................. | no access |
/// </code>
/// </summary>
public sealed unsafe partial class GuardedPages : IDisposable
{
    private const int NoAccess = 0;
    private const int ReadWrite = 3;
    private const int Private = 0x02;
    private const int Anonymous = 0x20;

    private readonly int _pageBytes = Environment.SystemPageSize;
    private readonly nuint _mappedBytes;
    private byte* _mapped;

    /// <summary>Maps room for at least <paramref name="bytes"/>.</summary>
    /// <exception cref="Win32Exception">The kernel refuses.</exception>
    public GuardedPages(int bytes)
    {
        CapacityBytes = (bytes + _pageBytes - 1) / _pageBytes * _pageBytes;
        _mappedBytes = (nuint)(CapacityBytes + (2 * _pageBytes));
        nint mapped = Map(0, _mappedBytes, ReadWrite, Private | Anonymous, -1, 0);
        if (mapped == -1)
            throw new Win32Exception();
        _mapped = (byte*)mapped;
        if (Protect(mapped, (nuint)_pageBytes, NoAccess) != 0 || Protect((nint)(End), (nuint)_pageBytes, NoAccess) != 0)
            throw new Win32Exception();
    }

    /// <summary>How much fits.</summary>
    public int CapacityBytes { get; }

    /// <summary>All of the memory between the two pages.</summary>
    public Span<byte> All => new(Start, CapacityBytes);

    private byte* Start => _mapped + _pageBytes;

    private byte* End => Start + CapacityBytes;

    /// <summary>Copies bytes to the end.</summary>
    public ReadOnlySpan<byte> PlaceLast(ReadOnlySpan<byte> bytes)
    {
        Span<byte> place = new(End - bytes.Length, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    /// <summary>Copies bytes to the start, and fills what follows them with <paramref name="roomBytes"/> of something else.</summary>
    public ReadOnlySpan<byte> PlaceFirst(ReadOnlySpan<byte> bytes, int roomBytes, byte filling)
    {
        Span<byte> all = All;
        bytes.CopyTo(all);
        all.Slice(bytes.Length, Math.Min(roomBytes, CapacityBytes - bytes.Length)).Fill(filling);
        return all[..bytes.Length];
    }

    /// <summary>Gives the memory back; what was placed there is gone.</summary>
    public void Dispose()
    {
        if (_mapped == null)
            return;
        _ = Unmap((nint)_mapped, _mappedBytes);
        _mapped = null;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint bytes);
}
