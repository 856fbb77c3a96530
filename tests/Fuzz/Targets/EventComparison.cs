using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// Compares the events of two buffers byte by byte, apart from where in a buffer things are: two decoders, or a decoder and what
/// came back from Avro, have to agree on everything else.
/// </summary>
public static class EventComparison
{
    /// <summary>The first difference in words; null where there is none. Allocates only then.</summary>
    public static string? Difference(EventBuffer left, EventBuffer right)
    {
        if (left.Count != right.Count)
            return $"{left.Count} events against {right.Count}";
        for (int i = 0; i < left.Count; i++)
        {
            if (Difference(left, i, right, i) is { } difference)
                return difference;
        }

        return null;
    }

    /// <summary>The first difference of two events in words; null where there is none. Allocates only then.</summary>
    public static string? Difference(EventBuffer left, int leftIndex, EventBuffer right, int rightIndex)
    {
        if (leftIndex >= left.Count || rightIndex >= right.Count)
            return "an event is missing";
        IcmpEvent a = left.Events[leftIndex], b = right.Events[rightIndex];
        if (!left.Prefix(a).SequenceEqual(right.Prefix(b)))
            return "payload prefixes differ";
        IcmpEventDetail c = DetailOf(left, a), d = DetailOf(right, b);
        if (!left.Lists(c).SequenceEqual(right.Lists(d)))
            return $"lists differ: {Convert.ToHexStringLower(left.Lists(c))} against {Convert.ToHexStringLower(right.Lists(d))}";
        a.PrefixOffset = b.PrefixOffset = 0;
        a.Detail = b.Detail = 0;
        c.ListsOffset = d.ListsOffset = 0;
        return Bytes(a).SequenceEqual(Bytes(b)) && Bytes(c).SequenceEqual(Bytes(d)) ? null : Differences(a, b) ?? Differences(c, d);
    }

    // A detail that says nothing is the same as none.
    private static IcmpEventDetail DetailOf(EventBuffer buffer, in IcmpEvent e) => e.Detail == 0 ? default : buffer.DetailOf(e);

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private static string? Differences<T>(T left, T right)
        where T : unmanaged
    {
        if (Bytes(left).SequenceEqual(Bytes(right)))
            return null;
        int at = Bytes(left).CommonPrefixLength(Bytes(right));
        List<string> names = [];
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
        {
            if (field.FieldType.GetCustomAttribute<InlineArrayAttribute>() is not null)
                continue;
            object? a = field.GetValue(left), b = field.GetValue(right);
            if (!Equals(a, b))
                names.Add($"{field.Name} {a} against {b}");
        }

        return $"{typeof(T).Name} differs from byte {at} on: {string.Join(", ", names)}";
    }
}
