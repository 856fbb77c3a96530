using System.Diagnostics;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Contract;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>A foreign client, over the real protocol.</summary>
public sealed class KcatTests
{
    [Fact]
    public async Task Kcat_reads_what_was_written_with_its_keys_values_and_partitions()
    {
        const int Records = 5000;
        if (!File.Exists("/usr/bin/kcat"))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "kcat is not installed: apt-get install kcat");
            Assert.Skip("kcat is not installed");
        }

        using var kafka = EmbeddedKafka.Start();
        using var log = kafka.Connect();
        log.Topics.Apply([new TopicSpec { Name = "t", Partitions = 4, IsKeyed = true }], Bound.Most);
        (int Partition, string Key, string Value)[] written = [.. Enumerable.Range(0, Records).Select(i => (i % 4, "key" + Bound.Number(i % 97), "value" + Bound.Number(i)))];
        Bound.Write(log, "t", written);

        var start = new ProcessStartInfo("/usr/bin/kcat") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-b", kafka.Brokers, "-C", "-t", "t", "-o", "beginning", "-e", "-q", "-f", "%p %k %s\n" }) start.ArgumentList.Add(argument);
        using var kcat = Process.Start(start)!;
        var error = kcat.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var lines = (await kcat.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(kcat.WaitForExit(Bound.Most), "kcat does not end");

        Assert.Equal("", await error);
        Assert.Equal(Records, lines.Length);
        Assert.Equal(written.Select(w => $"{w.Partition} {w.Key} {w.Value}").Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
    }
}
