using System.Runtime.InteropServices;

namespace IcmpStream.Schemas.Tests.Values;

/// <summary>Holds two buffers together bit by bit: events and details but for where things lie, and what lies there.</summary>
public static class EventEquality
{
    public static void AssertEqual(EventBuffer expected, int expectedIndex, EventBuffer actual, int actualIndex)
    {
        IcmpEvent left = expected.Events[expectedIndex], right = actual.Events[actualIndex];
        Assert.Equal(expected.Prefix(left), actual.Prefix(right));
        Assert.Equal(left.Detail != 0, right.Detail != 0);
        if (left.Detail != 0)
        {
            IcmpEventDetail leftDetail = expected.DetailOf(left), rightDetail = actual.DetailOf(right);
            Assert.Equal(expected.Lists(leftDetail), actual.Lists(rightDetail));
            leftDetail.ListsOffset = rightDetail.ListsOffset = 0;
            Assert.Equal(Bits(ref leftDetail), Bits(ref rightDetail));
        }

        (left.Detail, right.Detail) = (0, 0);
        (left.PrefixOffset, right.PrefixOffset) = (0, 0);
        Assert.Equal(Bits(ref left), Bits(ref right));
    }

    public static void AssertEqual(EventBuffer expected, EventBuffer actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            AssertEqual(expected, i, actual, i);
    }

    private static byte[] Bits<T>(ref T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)).ToArray();
}
