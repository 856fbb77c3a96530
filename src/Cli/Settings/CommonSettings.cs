namespace IcmpStream.Cli.Settings;

/// <summary>Settings that several commands share.</summary>
public static class CommonSettings
{
    /// <summary>The config file.</summary>
    public static ValueSetting<string?> Config { get; } =
        new("config", "FILE", ValueKinds.Text, null, "JSON file with settings; a flag or an ICMPSTREAM_* variable goes before it");

    /// <summary>No progress, no notes.</summary>
    public static SwitchSetting Quiet { get; } = new("quiet", "no progress and no notes, only data and errors", "-q");

    /// <summary>JSON instead of tables.</summary>
    public static SwitchSetting Json { get; } = new("json", "JSON instead of text on the standard output");

    /// <summary>Counters at the end.</summary>
    public static SwitchSetting Verbose { get; } = new("verbose", "counters on the standard error at the end", "-v");
}
