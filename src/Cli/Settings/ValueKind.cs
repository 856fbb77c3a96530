using System.Diagnostics.CodeAnalysis;

namespace IcmpStream.Cli.Settings;

/// <summary>Reads a value from text.</summary>
/// <typeparam name="T">The value.</typeparam>
/// <param name="text">The text.</param>
/// <param name="value">The value, where it was understood.</param>
/// <returns>False where the text is not allowed.</returns>
public delegate bool ValueParser<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>A kind of value: how it is read, and what is allowed, in words.</summary>
/// <typeparam name="T">The value.</typeparam>
public sealed class ValueKind<T>
{
    private readonly ValueParser<T> _parser;
    private readonly bool _mayBeSecret;

    /// <summary>A kind of value.</summary>
    /// <param name="allowed">Ends the sentence "x is not ...".</param>
    /// <param name="parser">Reads it.</param>
    /// <param name="mayBeSecret">True where a message must not repeat the text.</param>
    public ValueKind(string allowed, ValueParser<T> parser, bool mayBeSecret = false)
    {
        Allowed = allowed;
        _parser = parser;
        _mayBeSecret = mayBeSecret;
    }

    /// <summary>What is allowed, in words that end the sentence "x is not ...".</summary>
    public string Allowed { get; }

    /// <summary>All that is allowed, where that is a closed set of words; else nothing.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>What is wrong with one text, where its grammar is more than a sentence; null where <see cref="Allowed"/> says it.</summary>
    public Func<string, string?>? Problem { get; init; }

    /// <summary>Reads a value, or throws <see cref="UsageException"/> naming <paramref name="place"/> and what is wrong, or allowed.</summary>
    public T Read(string text, string place)
    {
        if (_parser(text, out T? value))
            return value;
        throw new UsageException(Problem?.Invoke(text) is { } problem
            ? $"{place}: '{text}': {problem}"
            : $"{place}: {(_mayBeSecret ? "what is given" : $"'{text}'")} is not {Allowed}");
    }
}
