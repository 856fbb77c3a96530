using System.Text.Json;
using IcmpStream.Cli.Commands;
using IcmpStream.Processor.Detect;

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

    /// <summary>The rules' settings.</summary>
    public static ValueSetting<string?> Rules { get; } =
        new("rules", "FILE", ValueKinds.Text, null, "JSON file with the rules' settings: home, routers, thresholds, exemptions (docs/detection)");

    /// <summary>Reads the rules' settings where a file is named; throws <see cref="UsageException"/> where they make no sense.</summary>
    internal static RuleSet ReadRules(CommandContext context)
    {
        if (context.Read(Rules) is not { } path)
            return new RuleSet();
        try
        {
            return RuleFile.Parse(File.ReadAllBytes(path));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{path}: {(e.InnerException is JsonException json ? $"not JSON: {Failure.Reason(json)}" : e.Message)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot read the rules' settings {path}: {Failure.Reason(e)}", e);
        }
    }
}
