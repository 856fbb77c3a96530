using System.CommandLine;

namespace IcmpStream.Cli.Settings;

/// <summary>A setting whose value is a <typeparamref name="T"/>.</summary>
/// <typeparam name="T">What it says once read.</typeparam>
public abstract class Setting<T> : Setting
{
    private protected Setting(string name, Option option)
        : base(name, option)
    {
    }

    /// <summary>What it is where nobody says anything.</summary>
    public abstract T Default { get; }

    /// <inheritdoc/>
    public sealed override void Check(SettingReader reader) => reader.Read(this);

    /// <summary>
    /// Reads what was said in one place. Throws <see cref="UsageException"/> naming that place where it is not allowed.
    /// </summary>
    /// <param name="texts">All that was said there; empty for a flag without a value.</param>
    /// <param name="place">The place, as the user would name it.</param>
    public abstract T Read(IReadOnlyList<string> texts, string place);
}

/// <summary>A setting with one value.</summary>
/// <typeparam name="T">What it says once read.</typeparam>
public sealed class ValueSetting<T> : Setting<T>
{
    private readonly ValueKind<T> _kind;

    /// <summary>Declares a setting.</summary>
    /// <param name="name">Lower case, words joined by dashes.</param>
    /// <param name="placeholder">What stands for the value in the help.</param>
    /// <param name="kind">What is allowed.</param>
    /// <param name="defaultValue">What it is where nobody says anything.</param>
    /// <param name="description">One line for the help.</param>
    /// <param name="aliases">Short forms of the flag.</param>
    public ValueSetting(string name, string placeholder, ValueKind<T> kind, T defaultValue, string description, params string[] aliases)
        : base(name, new Option<string>("--" + name, aliases)
        {
            Description = description,
            HelpName = placeholder,
            Arity = ArgumentArity.ExactlyOne,
        })
    {
        _kind = kind;
        Default = defaultValue;
    }

    /// <inheritdoc/>
    public override T Default { get; }

    /// <inheritdoc/>
    public override string Allowed => _kind.Allowed;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Values => _kind.Words;

    /// <inheritdoc/>
    public override T Read(IReadOnlyList<string> texts, string place) =>
        texts.Count == 1 ? _kind.Read(texts[0], place) : throw new UsageException($"{place} takes one value: {Allowed}");
}

/// <summary>A setting that can be given several times.</summary>
/// <typeparam name="T">What each says once read.</typeparam>
public sealed class ListSetting<T> : Setting<IReadOnlyList<T>>
{
    private readonly ValueKind<T> _kind;

    /// <summary>Declares a setting; see <see cref="ValueSetting{T}"/>.</summary>
    public ListSetting(string name, string placeholder, ValueKind<T> kind, string description)
        : base(name, new Option<string[]>("--" + name)
        {
            Description = description,
            HelpName = placeholder,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        }) => _kind = kind;

    /// <inheritdoc/>
    public override IReadOnlyList<T> Default => [];

    /// <inheritdoc/>
    public override string Allowed => _kind.Allowed;

    /// <inheritdoc/>
    public override bool IsList => true;

    /// <inheritdoc/>
    public override IReadOnlyList<T> Read(IReadOnlyList<string> texts, string place)
    {
        var values = new T[texts.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = _kind.Read(texts[i], place);
        return values;
    }
}

/// <summary>A setting that is on or off; the bare flag switches it on, <c>--name=false</c> off.</summary>
public sealed class SwitchSetting : Setting<bool>
{
    /// <summary>Declares a switch that is off where nobody says anything.</summary>
    public SwitchSetting(string name, string description, params string[] aliases)
        : base(name, new Option<bool>("--" + name, aliases) { Description = description })
    {
    }

    /// <inheritdoc/>
    public override bool Default => false;

    /// <inheritdoc/>
    public override string Allowed => ValueKinds.Switch.Allowed;

    /// <inheritdoc/>
    public override bool Read(IReadOnlyList<string> texts, string place) =>
        texts.Count == 0 || ValueKinds.Switch.Read(texts[0], place);
}
