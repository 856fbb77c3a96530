using System.Reflection;
using System.Runtime.CompilerServices;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Tests;

/// <summary>Every entry of a table, whoever adds one: no field of it may be missing from what is written.</summary>
public class CheckpointEntryTests
{
    /// <summary>All of them.</summary>
    public static TheoryData<string> Entries { get; } =
        [.. typeof(IEntry<>).Assembly.GetTypes().Where(IsEntry).Select(type => type.FullName!).Order(StringComparer.Ordinal)];

    /// <summary>Sets are places in a pool, and what they lead to is written instead; of the round in which a pair was met nothing is left between two.</summary>
    private static bool IsElsewhere(FieldInfo field) =>
        field.FieldType == typeof(AddressSet) || (field.DeclaringType == typeof(Pair) && field.Name == nameof(Pair.Round));

    [Theory]
    [MemberData(nameof(Entries))]
    public void Every_field_of_an_entry_is_written_and_read(string name)
    {
        Type type = typeof(IEntry<>).Assembly.GetType(name, throwOnError: true)!;
        MethodInfo check = typeof(CheckpointEntryTests).GetMethod(nameof(Check), BindingFlags.NonPublic | BindingFlags.Static)!;
        check.MakeGenericMethod(type).Invoke(null, null);
    }

    private static void Check<T>()
        where T : struct, IEntry<T>
    {
        var random = new Random(7);
        for (int i = 0; i < 50; i++)
        {
            object filled = Fill(typeof(T), random);
            byte[] bytes = new byte[T.EntryBytes + 1];
            bytes[^1] = 0xA5;
            var writer = new EntryWriter(bytes.AsSpan(0, T.EntryBytes));
            T.Write((T)filled, ref writer);
            Assert.True(writer.IsFull, $"{typeof(T).Name} takes fewer bytes than it says");
            var reader = new EntryReader(bytes.AsSpan(0, T.EntryBytes));
            AssertSame(filled, T.Read(ref reader), typeof(T).Name);
        }
    }

    private static bool IsEntry(Type type) =>
        type.IsValueType && type.GetInterfaces().Any(of => of.IsGenericType && of.GetGenericTypeDefinition() == typeof(IEntry<>));

    private static object Fill(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Fill(inner, random);
        if (type == typeof(bool))
            return random.Next(2) == 1;
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(random.Next(Math.Max(1, Enum.GetValues(type).Length - 1)))!;
        if (type.IsPrimitive)
            return Convert.ChangeType(random.Next(3), type, System.Globalization.CultureInfo.InvariantCulture);
        object filled = RuntimeHelpers.GetUninitializedObject(type);
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!IsElsewhere(field))
                field.SetValue(filled, Fill(field.FieldType, random));
        }

        return filled;
    }

    private static void AssertSame(object expected, object actual, string path)
    {
        Type type = expected.GetType();
        if (type.IsPrimitive || type.IsEnum)
        {
            Assert.True(expected.Equals(actual), $"{path} was {expected} and is {actual}");
            return;
        }

        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            object? before = field.GetValue(expected), after = field.GetValue(actual);
            if (before is null || after is null)
                Assert.Equal(before, after);
            else
                AssertSame(before, after, $"{path}.{field.Name}");
        }
    }
}
