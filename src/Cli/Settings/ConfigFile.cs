using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace IcmpStream.Cli.Settings;

/// <summary>
/// The JSON file of <c>--config</c>: settings by name for all commands, and, under a command's name, for that command alone,
/// which wins: <c>{"brokers": "kafka:9092", "ingest": {"pack": 512}}</c>.
/// </summary>
public sealed class ConfigFile
{
    private readonly IConfigurationRoot _root;
    private readonly string _path;

    private ConfigFile(IConfigurationRoot root, string path)
    {
        _root = root;
        _path = path;
    }

    /// <summary>
    /// Reads a file. Throws <see cref="UsageException"/> where it is not JSON or has a key that no setting has,
    /// <see cref="CommandFailedException"/> where it cannot be read.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="commands">The settings of every command, by the command's name.</param>
    public static ConfigFile Load(string path, IReadOnlyDictionary<string, IReadOnlyList<Setting>> commands)
    {
        var file = new ConfigFile(Parse(path), path);
        file.Check(commands);
        return file;
    }

    /// <summary>What the file says of a setting.</summary>
    /// <param name="command">The command that asks.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="values">All values; one, but for lists.</param>
    /// <param name="place">Where it stands, as the user would name it.</param>
    public bool TryRead(string command, Setting setting, out IReadOnlyList<string> values, out string place)
    {
        foreach (string key in (string[])[$"{command}:{setting.Name}", setting.Name])
        {
            IConfigurationSection section = _root.GetSection(key);
            if (!section.Exists())
                continue;
            values = Values(section);
            place = Place(section);
            return true;
        }

        values = [];
        place = "";
        return false;
    }

    private static IConfigurationRoot Parse(string path)
    {
        if (Directory.Exists(path))
            throw new CommandFailedException($"cannot read the config file {path}: it is a directory");
        try
        {
            using var text = new FileStream(path, FileMode.Open, FileAccess.Read);
            return new ConfigurationBuilder().AddJsonStream(text).Build();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot read the config file {path}: {Failure.Reason(e)}", e);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException)
        {
            throw new UsageException($"the config file {path} is not JSON: {((e.InnerException ?? e) is JsonException json ? Failure.Reason(json) : e.Message)}", e);
        }
    }

    /// <summary>A list is an array of values, or an object whose members are key=value pairs.</summary>
    private static string[] Values(IConfigurationSection section) => section.Value is { } value
        ? [value]
        : [.. section.GetChildren().Select(child => IsIndex(child.Key) ? child.Value ?? "" : $"{child.Path[(section.Path.Length + 1)..]}={child.Value}")];

    private static bool IsIndex(string key) => key.All(char.IsAsciiDigit);

    private void Check(IReadOnlyDictionary<string, IReadOnlyList<Setting>> commands)
    {
        foreach (IConfigurationSection section in _root.GetChildren())
        {
            if (commands.TryGetValue(section.Key, out IReadOnlyList<Setting>? ofCommand))
            {
                if (section.Value is { Length: > 0 })
                    throw new UsageException($"{Place(section)} names a command and must hold an object of its settings");
                foreach (IConfigurationSection inner in section.GetChildren())
                    Check(inner, ofCommand);
            }
            else
            {
                Check(section, commands.Values.SelectMany(settings => settings));
            }
        }
    }

    private void Check(IConfigurationSection section, IEnumerable<Setting> settings)
    {
        Setting? setting = settings.FirstOrDefault(s => string.Equals(s.Name, section.Key, StringComparison.Ordinal))
            ?? throw new UsageException($"{Place(section)} is no setting");
        if (!setting.IsList && section.Value is null)
            throw new UsageException($"{Place(section)} must be one value: {setting.Allowed}");
    }

    private string Place(IConfigurationSection section) => $"'{section.Path.Replace(':', '.')}' in {_path}";
}
