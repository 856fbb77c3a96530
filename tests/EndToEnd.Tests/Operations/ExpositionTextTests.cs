using System.Diagnostics.Metrics;
using IcmpStream.Cli.Telemetry;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>The text endpoint against a strict reader, and the reader against texts that it must refuse.</summary>
public class ExpositionTextTests
{
    private const string Head = "# HELP a_total words\n# TYPE a_total counter\n";

    [Theory]
    [InlineData("")]
    [InlineData("# HELP a_total words\n# TYPE a_total counter\na_total 1")]
    [InlineData("a_total 1\n")]
    [InlineData("# TYPE a_total counter\na_total 1\n")]
    [InlineData("# HELP a words\n# TYPE a counter\na 1\n")]
    [InlineData(Head + "a_total{x=\"1\"} 1\na_total{x=\"1\"} 2\n")]
    [InlineData(Head + "a_total{x=\"1\",x=\"2\"} 1\n")]
    [InlineData(Head + "a_total{__x=\"1\"} 1\n")]
    [InlineData(Head + "a_total{x=\"\\q\"} 1\n")]
    [InlineData(Head + "a_total{x=1} 1\n")]
    [InlineData(Head + "a_total{x=\"1\",} 1\n")]
    [InlineData(Head + "a_total -1\n")]
    [InlineData(Head + "a_total one\n")]
    [InlineData(Head + "b_total 1\n")]
    [InlineData(Head + "a_total  1\n")]
    [InlineData(Head + "a_total 1\n" + Head + "a_total 1\n")]
    public void The_strict_reader_refuses_what_is_wrong(string text) => Assert.Throws<FormatException>(() => ExpositionText.Parse(text));

    [Fact]
    public void Words_that_need_escapes_come_through()
    {
        const string Nasty = "a \"quoted\" back\\slash\nand a line";
        using var telemetry = new ProcessTelemetry();
        telemetry.Observe(new MetricDefinition("test.nasty", MetricKind.Gauge, "{thing}", "help with \\ and\na line", "label.with.dots"), () => -3, [new("label.with.dots", Nasty)]);
        ExpositionText text = Exposition.Of(telemetry);
        Assert.Equal(-3, text.Value("test_nasty", ("label_with_dots", Nasty)));
        Assert.Equal("help with \\ and\na line", text.Families["test_nasty"].Help);
    }

    [Theory]
    [InlineData("icmpstream.ingest.packets", true, "{packet}", "icmpstream_ingest_packets_total")]
    [InlineData("icmpstream.ingest.captured", true, "By", "icmpstream_ingest_captured_bytes_total")]
    [InlineData("dotnet.gc.pause.time", true, "s", "dotnet_gc_pause_time_seconds_total")]
    [InlineData("icmpstream.build.info", false, "1", "icmpstream_build_info")]
    public void Names_follow_the_rules_of_OpenTelemetry(string name, bool isCounter, string unit, string expected) =>
        Assert.Equal(expected, PrometheusNames.Of(name, isCounter, unit));

    [Fact]
    public void Another_meter_is_not_exported()
    {
        using var telemetry = new ProcessTelemetry();
        using var other = new Meter("SomebodyElse");
        other.CreateObservableGauge("somebody.else", () => 1);
        Assert.DoesNotContain("somebody", Exposition.Text(telemetry), StringComparison.Ordinal);
    }

    [Fact]
    public void The_runtime_says_how_the_process_is()
    {
        using var telemetry = new ProcessTelemetry();
        ExpositionText text = Exposition.Of(telemetry);
        Assert.All(MetricCatalog.Runtime, metric => Assert.Contains(metric.PrometheusName, text.Families.Keys));
        Assert.True(text.Value("dotnet_process_memory_working_set_bytes") > 1_000_000);
    }
}

/// <summary>What a scrape would read.</summary>
internal static class Exposition
{
    public static string Text(ProcessTelemetry telemetry)
    {
        var writer = new StringWriter();
        PrometheusText.Write(telemetry, writer);
        return writer.ToString();
    }

    public static ExpositionText Of(ProcessTelemetry telemetry) => ExpositionText.Parse(Text(telemetry));
}
