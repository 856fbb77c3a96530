using System.CommandLine;

namespace IcmpStream.Cli.Settings;

/// <summary>
/// Something the user may say in four places: as a flag (<c>--topic-prefix P</c>), as a variable
/// (<c>ICMPSTREAM_TOPIC_PREFIX=P</c>), in the config file (<c>"topic-prefix": "P"</c>), or not at all. The first that speaks wins.
/// </summary>
public abstract class Setting
{
    /// <summary>What the variables begin with.</summary>
    public const string VariablePrefix = "ICMPSTREAM_";

    private protected Setting(string name, Option option)
    {
        Name = name;
        Option = option;
        Variable = VariablePrefix + name.Replace('-', '_').ToUpperInvariant();
    }

    /// <summary>Its name in the config file; the flag is this behind two dashes.</summary>
    public string Name { get; }

    /// <summary>The variable that can set it.</summary>
    public string Variable { get; }

    /// <summary>The flag as the parser of the command line knows it.</summary>
    public Option Option { get; }

    /// <summary>What may be said, in words that end the sentence "x is not ...".</summary>
    public abstract string Allowed { get; }

    /// <summary>All that may be said, where that is a closed set of words; else nothing.</summary>
    public virtual IReadOnlyList<string> Values => [];

    /// <summary>Throws <see cref="UsageException"/> where what was said of it is not allowed.</summary>
    public abstract void Check(SettingReader reader);

    /// <summary>True where it can be given several times.</summary>
    public virtual bool IsList => false;
}
