using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IcmpStream.Fuzz.Native;

namespace IcmpStream.Ingest.Tests.Fuzz;

public class GuardedPagesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(5000)]
    public void The_byte_behind_what_is_placed_last_cannot_be_read(int bytes)
    {
        using GuardedPages pages = new(8192);
        ReadOnlySpan<byte> placed = pages.PlaceLast(new byte[bytes]);
        Assert.True(GuardedMemory.IsAccessible(ref At(placed, bytes - 1)));
        Assert.False(GuardedMemory.IsAccessible(ref At(placed, bytes)));
    }

    [Fact]
    public void The_byte_before_what_is_placed_first_cannot_be_read()
    {
        using GuardedPages pages = new(8192);
        ReadOnlySpan<byte> placed = pages.PlaceFirst([1, 2, 3], 2, 0xEE);
        Assert.False(GuardedMemory.IsAccessible(ref At(placed, -1)));
        Assert.Equal(new byte[] { 1, 2, 3, 0xEE, 0xEE, 0 }, MemoryMarshal.CreateReadOnlySpan(ref At(placed, 0), 6));
    }

    private static ref byte At(ReadOnlySpan<byte> span, int index) => ref Unsafe.Add(ref MemoryMarshal.GetReference(span), index);
}
