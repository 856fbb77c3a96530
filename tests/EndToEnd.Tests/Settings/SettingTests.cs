using System.CommandLine;
using IcmpStream.Cli.Invocation;
using IcmpStream.Cli.Settings;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Settings;

public class SettingTests
{
    private static readonly ValueSetting<long> Pack = new("pack-size", "N", ValueKinds.Whole(1, 1000), 7, "a number");
    private static readonly ListSetting<KeyValuePair<string, string>> Client = new("client", "KEY=VALUE", ValueKinds.Pair, "pairs");
    private static readonly SwitchSetting Hold = new("hold", "a switch");

    [Fact]
    public void Flag_goes_before_variable_before_file_before_default()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("c.json", """{"pack-size": 3}""");
        Assert.Equal(7, Read(Pack, [], []));
        Assert.Equal(3, Read(Pack, [], [], file));
        Assert.Equal(4, Read(Pack, [], Variables(("ICMPSTREAM_PACK_SIZE", "4")), file));
        Assert.Equal(5, Read(Pack, ["--pack-size", "5"], Variables(("ICMPSTREAM_PACK_SIZE", "4")), file));
    }

    [Fact]
    public void The_commands_own_section_of_the_file_goes_before_the_common_part_but_not_before_a_variable()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("c.json", """{"pack-size": 3, "ingest": {"pack-size": 9}}""");
        Assert.Equal(9, Read(Pack, [], [], file));
        Assert.Equal(4, Read(Pack, [], Variables(("ICMPSTREAM_PACK_SIZE", "4")), file));
    }

    [Fact]
    public void A_switch_can_be_taken_back_by_the_flag()
    {
        Assert.False(Read(Hold, [], []));
        Assert.True(Read(Hold, ["--hold"], []));
        Assert.True(Read(Hold, [], Variables(("ICMPSTREAM_HOLD", "1"))));
        Assert.False(Read(Hold, ["--hold=false"], Variables(("ICMPSTREAM_HOLD", "1"))));
    }

    [Fact]
    public void A_list_is_repeated_flags_or_one_variable_or_an_object_or_an_array()
    {
        using var folder = new TemporaryFolder();
        KeyValuePair<string, string>[] expected = [new("linger.ms", "5"), new("sasl.password", "a=b,c")];
        Assert.Equal(expected, Read(Client, ["--client", "linger.ms=5", "--client", "sasl.password=a=b,c"], []));
        Assert.Equal(expected, Read(Client, [], Variables(("ICMPSTREAM_CLIENT", "linger.ms=5;sasl.password=a=b,c"))));
        Assert.Equal(expected, Read(Client, [], [], folder.Write("o.json", """{"client": {"linger.ms": 5, "sasl.password": "a=b,c"}}""")));
        Assert.Equal(expected, Read(Client, [], [], folder.Write("a.json", """{"client": ["linger.ms=5", "sasl.password=a=b,c"]}""")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("ten")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public void A_value_that_is_not_allowed_names_its_place_and_what_is_allowed(string text)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("c.json", $$"""{"pack-size": "{{text}}"}""");
        const string Allowed = "is not a whole number from 1 to 1000";
        Assert.Equal($"--pack-size: '{text}' {Allowed}", Assert.Throws<UsageException>(() => Read(Pack, ["--pack-size", text], [])).Message);
        Assert.Equal($"ICMPSTREAM_PACK_SIZE: '{text}' {Allowed}", Assert.Throws<UsageException>(() => Read(Pack, [], Variables(("ICMPSTREAM_PACK_SIZE", text)))).Message);
        Assert.Equal($"'pack-size' in {file}: '{text}' {Allowed}", Assert.Throws<UsageException>(() => Read(Pack, [], [], file)).Message);
    }

    [Theory]
    [InlineData("""{"pack-sise": 3}""", "'pack-sise'")]
    [InlineData("""{"ingest": {"hold": true, "wait": 1}}""", "'ingest.wait'")]
    [InlineData("""{"pack-size": {"a": 1}}""", "'pack-size'")]
    [InlineData("""{"ingest": 1}""", "'ingest'")]
    [InlineData("""{"pack-size": 3""", "is not JSON: line 1: ")]
    [InlineData("""[1]""", "is not JSON")]
    [InlineData("", "is not JSON: it is empty")]
    [InlineData(" \n", "is not JSON: it is empty")]
    public void A_config_file_with_something_unknown_is_refused_by_name(string json, string named)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("c.json", json);
        string message = Assert.Throws<UsageException>(() => Read(Pack, [], [], file)).Message;
        Assert.Contains(named, message);
        Assert.Contains(file, message);
    }

    [Fact]
    public void A_config_file_that_is_not_there_is_a_failure() =>
        CliRun.Of("interfaces", "--config", "/nowhere/c.json").FailedWith(1, "/nowhere/c.json", "no such file");

    private static T Read<T>(Setting<T> setting, string[] args, Dictionary<string, string> variables, string? file = null)
    {
        Setting[] all = [Pack, Client, Hold];
        var root = new RootCommand();
        var command = new Command("ingest");
        foreach (Setting one in all)
            command.Options.Add(one.Option);
        root.Subcommands.Add(command);
        ParseResult parsed = root.Parse(["ingest", .. args]);
        Assert.Empty(parsed.Errors);
        ConfigFile? config = file is null ? null : ConfigFile.Load(file, new Dictionary<string, IReadOnlyList<Setting>> { ["ingest"] = all });
        return new SettingReader(parsed, variables, config, "ingest").Read(setting);
    }

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(v => v.Name, v => v.Value);
}
