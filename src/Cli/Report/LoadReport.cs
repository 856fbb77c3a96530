using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using IcmpStream.Cli.Ingest;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Report;

/// <summary>One page about one run: throughput, latency, drops, books. Self-contained: it can be mailed, and opened without a network.</summary>
internal static class LoadReport
{
    private const string Style = """
        :root{color-scheme:light dark;--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df}
        body{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em}
        table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em 1em .2em 0;text-align:left}td:last-child{text-align:right;font-variant-numeric:tabular-nums}
        figure{margin:1.5em 0}figcaption{font-weight:600}svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}
        .grid{stroke:currentColor;stroke-opacity:.15}polyline{fill:none;stroke-width:1.5}
        .line0{stroke:var(--c0)}.line1{stroke:var(--c1);stroke-dasharray:5 2}.line2{stroke:var(--c2);stroke-dasharray:1 2}.line3{stroke:var(--c3);stroke-dasharray:8 3}
        .key0::before,.key1::before,.key2::before,.key3::before{content:"\25AC ";}.key0::before{color:var(--c0)}.key1::before{color:var(--c1)}.key2::before{color:var(--c2)}.key3::before{color:var(--c3)}
        .bad{color:#cf222e;font-weight:600}
        """;

    /// <summary>What allows this style and no other (Content Security Policy Level 3, section 6.7.3.3).</summary>
    private static readonly string StyleDigest = $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}";

    /// <summary>Shares of the records that the table of latencies has.</summary>
    private static readonly double[] Shares = [0.5, 0.9, 0.95, 0.99, 0.999, 1];

    /// <summary>Writes the page to <paramref name="path"/>.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static void Write(string path, string what, RunId run, IngestBooks books, IReadOnlyList<LoadSample> samples)
    {
        try
        {
            File.WriteAllText(path, Page(what, run, books, samples));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot write the report to {path}: {Failure.Reason(e)}", e);
        }
    }

    internal static string Page(string what, RunId run, IngestBooks books, IReadOnlyList<LoadSample> samples)
    {
        LoadSample last = samples[^1];
        double seconds = Math.Max(last.Ms / 1000, 1e-3);
        var latency = new DeliveryLatency(samples);
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        page.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{StyleDigest}'\">");
        page.Append($"<title>IcmpStream: {Text(what)}</title><style>{Style}</style></head><body><h1>{Text(what)}</h1>");
        Table(
            page,
            ("run", run.ToString()),
            ("version", $"{ProductVersion.Number} ({ProductVersion.Commit}), {ProductVersion.Runtime}"),
            ("librdkafka", NativeLibraries.Librdkafka()),
            ("cores", $"{Environment.ProcessorCount}"),
            ("time", string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s")));

        page.Append("<h2>Throughput</h2>");
        Table(
            page,
            ("frames a second", Rate(last.Frames, seconds)),
            ("events a second", Rate(books.Events, seconds)),
            ("records delivered a second", Rate(last.Delivered, seconds)),
            ("bytes delivered a second", Rate(last.Bytes, seconds)));
        page.Append(SvgChart.Lines("a second", "s", Rates("frames", samples, s => s.Frames), Rates("records delivered", samples, s => s.Delivered)));

        page.Append("<h2>Latency</h2><p>From the moment when a record is given to the client to its acknowledgement by all in-sync replicas, ");
        page.Append($"exact to the interval of {Number(last.Ms / Math.Max(1, samples.Count - 1))} ms at which the run was looked at; {Count(latency.Records)} records.</p>");
        Table(page, [.. Shares.Select(share => (share == 1 ? "most" : string.Create(CultureInfo.InvariantCulture, $"{share:0.###%} within"), $"{Number(latency.Percentile(share))} ms"))]);
        page.Append(SvgChart.Lines("latency, ms, by share of the records", "%", Distribution(latency)));
        page.Append(SvgChart.Lines("records in flight", "s", new ChartLine("in flight", [.. samples.Select(s => (s.Ms / 1000, (double)(s.Taken - s.Delivered - s.Failed)))])));

        page.Append("<h2>Drops</h2>");
        Table(page, ("lost before they were read", Count(last.Drops)), ("records given up", Count(books.Log.Failed)), ("events late", Count(books.LateEvents)));
        page.Append("<h2>Books</h2><ul>");
        foreach (string line in books.Lines(run).Skip(1))
            page.Append($"<li>{Text(line)}</li>");
        page.Append(books.IsBalanced ? "</ul><p>They balance.</p>" : "</ul><p class=\"bad\">They do not balance.</p>");
        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>The slope of a count, over a hundredth of the run, so that it is a curve and no comb.</summary>
    private static ChartLine Rates(string name, IReadOnlyList<LoadSample> samples, Func<LoadSample, long> count)
    {
        int step = Math.Max(1, samples.Count / 100);
        var points = new List<(double X, double Y)>();
        for (int i = step; i < samples.Count; i += step)
        {
            LoadSample from = samples[i - step], to = samples[i];
            if (to.Ms > from.Ms)
                points.Add((to.Ms / 1000, (count(to) - count(from)) / (to.Ms - from.Ms) * 1000));
        }

        return new ChartLine(name, points);
    }

    private static ChartLine Distribution(DeliveryLatency latency) =>
        new("latency", [.. Enumerable.Range(0, 101).Select(percent => ((double)percent, latency.Percentile(percent / 100.0)))]);

    private static void Table(StringBuilder page, params IEnumerable<(string Name, string Value)> rows)
    {
        page.Append("<table>");
        foreach ((string name, string value) in rows)
            page.Append($"<tr><td>{Text(name)}</td><td>{Text(value)}</td></tr>");
        page.Append("</table>");
    }

    private static string Rate(long count, double seconds) => SvgChart.Short(count / seconds);

    private static string Count(long count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
