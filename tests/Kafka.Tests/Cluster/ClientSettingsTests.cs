using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Tests.Cluster;

public sealed class ClientSettingsTests
{
    private static ClusterOptions Options(params string[] settings) => new() { Brokers = "broker:9092", Settings = [.. settings.Select(ClusterOptions.ParseSetting)] };

    [Fact]
    public void A_producer_is_idempotent_acknowledged_by_all_and_never_gives_a_record_up()
    {
        var replay = ClientSettings.Producer(Options(), new AppenderOptions());
        Assert.Equal("true", replay["enable.idempotence"]);
        Assert.Equal("all", replay["acks"]);
        Assert.Equal("0", replay["message.timeout.ms"]);
        Assert.Equal("50", replay["linger.ms"]);
        Assert.Equal("5", ClientSettings.Producer(Options(), new AppenderOptions { Profile = AppendProfile.Live })["linger.ms"]);
        Assert.Equal("1500", ClientSettings.Producer(Options(), new AppenderOptions { DeliveryTimeout = TimeSpan.FromSeconds(1.5) })["message.timeout.ms"]);
    }

    [Fact]
    public void A_member_reads_what_is_committed_and_commits_for_itself()
    {
        var member = ClientSettings.Member(Options(), new MemberOptions { Group = "g", Topics = ["t"], InstanceId = "i-1", SessionTimeout = TimeSpan.FromSeconds(6) });
        Assert.Equal("read_committed", member["isolation.level"]);
        Assert.Equal("false", member["enable.auto.commit"]);
        Assert.Equal("cooperative-sticky", member["partition.assignment.strategy"]);
        Assert.Equal("earliest", member["auto.offset.reset"]);
        Assert.Equal("1", member["fetch.queue.backoff.ms"]);
        Assert.Equal("i-1", member["group.instance.id"]);
        Assert.Equal(("6000", "2000"), (member["session.timeout.ms"], member["heartbeat.interval.ms"]));
    }

    [Fact]
    public void Settings_of_the_user_go_first_and_the_last_of_a_name_wins()
    {
        var settings = ClientSettings.Producer(Options("linger.ms=1", "linger.ms=7", "compression.type=zstd"), new AppenderOptions());
        Assert.Equal(("7", "zstd"), (settings["linger.ms"], settings["compression.type"]));
    }

    [Theory]
    [InlineData("enable.auto.commit=true")]
    [InlineData("isolation.level=read_uncommitted")]
    [InlineData("group.id=other")]
    [InlineData("bootstrap.servers=elsewhere:9092")]
    public void What_correctness_hangs_on_is_refused_with_the_reason(string setting)
    {
        var failure = Assert.Throws<LogException>(() => ClientSettings.Admin(Options(setting)));
        Assert.Equal(LogError.Configuration, failure.Error);
        Assert.Contains(setting[..setting.IndexOf('=', StringComparison.Ordinal)], failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_hidden_and_the_rest_is_shown_in_order()
    {
        var shown = ClientSettings.Redact(ClientSettings.Admin(Options(
            "sasl.username=me", "sasl.password=hunter2", "ssl.key.pem=-----BEGIN hunter2", "ssl.key.password=hunter2", "sasl.oauthbearer.client.secret=hunter2", "sasl.oauthbearer.config=token=hunter2")));
        Assert.DoesNotContain(shown, setting => setting.Value.Contains("hunter2", StringComparison.Ordinal));
        Assert.Contains(new KeyValuePair<string, string>("sasl.username", "me"), shown);
        Assert.Equal(shown.Select(setting => setting.Key).Order(StringComparer.Ordinal), shown.Select(setting => setting.Key));
    }

    [Fact]
    public void A_setting_without_a_key_is_refused_without_repeating_it()
    {
        var failure = Assert.Throws<LogException>(() => ClusterOptions.ParseSetting("hunter2"));
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new KeyValuePair<string, string>("a.b", "c=d"), ClusterOptions.ParseSetting("a.b=c=d"));
    }

    [Fact]
    public void Empty_brokers_are_refused() =>
        Assert.Contains("--brokers", Assert.Throws<LogException>(() => KafkaLog.Connect(new ClusterOptions { Brokers = " " })).Message, StringComparison.Ordinal);
}
