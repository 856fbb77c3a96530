using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IcmpStream.Cli.Settings;

/// <summary>The kinds of values that settings have.</summary>
public static class ValueKinds
{
    /// <summary>Any text but the empty one.</summary>
    public static ValueKind<string?> Text { get; } = new("a text of at least one character", (string text, out string? value) =>
    {
        value = text;
        return text.Length > 0;
    });

    /// <summary>Any text, the empty one included.</summary>
    public static ValueKind<string> AnyText { get; } = new("a text", (string text, [MaybeNullWhen(false)] out string value) =>
    {
        value = text;
        return true;
    });

    /// <summary>On or off.</summary>
    public static ValueKind<bool> Switch { get; } = new("true, false, 1 or 0", (string text, out bool value) =>
    {
        value = text is "1" || string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);
        return value || text is "0" || string.Equals(text, "false", StringComparison.OrdinalIgnoreCase);
    });

    /// <summary><c>key=value</c>; the value may be empty and may hold further equal signs.</summary>
    public static ValueKind<KeyValuePair<string, string>> Pair { get; } =
        new("of the form key=value", (string text, out KeyValuePair<string, string> value) =>
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            value = equals > 0 ? new(text[..equals].Trim(), text[(equals + 1)..].Trim()) : default;
            return equals > 0;
        },
        mayBeSecret: true);

    /// <summary>A whole number between two bounds, both allowed.</summary>
    public static ValueKind<long> Whole(long least, long most = long.MaxValue) =>
        new(
            most == long.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}",
            (string text, out long value) =>
                long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most);

    /// <summary>Like <see cref="Whole"/>, where saying nothing means something else than any number.</summary>
    public static ValueKind<long?> OptionalWhole(long least, long most = long.MaxValue)
    {
        ValueKind<long> whole = Whole(least, most);
        return new(whole.Allowed, (string text, out long? value) =>
        {
            bool read = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
            value = number;
            return read && number >= least && number <= most;
        });
    }

    /// <summary>Seconds above 0, fractions allowed.</summary>
    public static ValueKind<TimeSpan?> Seconds { get; } = new("a number of seconds above 0, at most 31536000 (a year)", (string text, out TimeSpan? value) =>
    {
        bool read = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds > 0 && seconds <= MaxSeconds;
        value = read ? TimeSpan.FromSeconds(seconds) : null;
        return read;
    });

    /// <summary>A year: longer than any run, short enough that no arithmetic on it overflows.</summary>
    private const double MaxSeconds = 365 * 86_400;

    /// <summary>One of an enum's names, in lower case, or nothing.</summary>
    public static ValueKind<T?> OneOf<T>()
        where T : struct, Enum
    {
        string[] names = Array.ConvertAll(Enum.GetNames<T>(), name => name.ToLowerInvariant());
        string allowed = names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
        return new(allowed, (string text, out T? value) =>
        {
            int index = Array.IndexOf(names, text);
            value = index < 0 ? null : Enum.GetValues<T>()[index];
            return index >= 0;
        })
        {
            Words = names,
        };
    }
}
