using System.Globalization;
using System.Text;
using IcmpStream.Cli.Analyze;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>What became of the cases: by rule true positives, false positives, misses and time to detect; and which rule spoke where which was expected.</summary>
internal sealed class Score
{
    private readonly SortedDictionary<string, (int Found, int False, int Missed, List<double> Ms)> _rules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Expected, string Spoke), int> _confusion = [];

    /// <summary>Alerts that may open about made-up subjects before they are seen to be one attack.</summary>
    private const int MaxOfCrowd = 4;

    public List<string> Faults { get; } = [];

    /// <summary>Runs a case and takes its result.</summary>
    public async Task RunAsync(EvalCase @case)
    {
        Alert[] opened = await OpenedAsync(@case);
        foreach (Expected expected in @case.Expected)
        {
            Alert? alert = opened.FirstOrDefault(a => IsOf(a, expected));
            double ms = alert is null ? 0 : (alert.OpenedNs - (@case.Capture is null ? Script.StartNs : alert.FirstNs)) / 1e6;
            if (alert is null)
                Fault(expected.Rule, @case, $"no {expected.Rule} about {expected.Subject}; spoke: {string.Join(", ", opened.Select(a => $"{a.Rule} {a.Subject} {a.Severity}"))}");
            else if (alert.Severity < expected.AtLeast)
                Fault(expected.Rule, @case, $"{expected.Rule} is only {alert.Severity}");
            else if (ms > expected.WithinMs)
                Fault(expected.Rule, @case, $"{expected.Rule} came after {ms:F0} ms, not within {expected.WithinMs:F0}");
            else
                Count(expected.Rule, (1, 0, 0), ms);
            Confuse(expected.Rule, alert?.Rule ?? opened.FirstOrDefault()?.Rule ?? "(nothing)");
        }

        foreach (IGrouping<Expected, Alert> again in opened.GroupBy(a => Array.Find(@case.Expected, e => IsOf(a, e))).OfType<IGrouping<Expected, Alert>>().Where(g => g.Key is not null && g.Count() > (g.Key.Subject == Expected.AnySubject ? MaxOfCrowd : 1)))
            Faults.Add($"{@case.Name}: {again.Count()} alerts of {again.Key.Rule} about {again.Key.Subject}, where the attack is one");
        foreach (Alert alert in opened.Where(a => a.Severity >= Severity.Medium && !@case.Expected.Any(e => IsOf(a, e))))
        {
            Count(alert.Rule, (0, 1, 0), null);
            Confuse("(nothing)", alert.Rule);
            Faults.Add($"{@case.Name}: {alert.Severity} {alert.Rule} about {alert.Subject}, which nobody expects: {alert.Evidence.FirstOrDefault()}");
        }
    }

    /// <summary>The tables.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"rule",-20} {"true",5} {"false",6} {"missed",7}   median time to detect");
        foreach ((string rule, (int found, int wrong, int missed, List<double> ms)) in _rules)
        {
            string median = ms.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{ms.Order().ElementAt(ms.Count / 2):F0} ms");
            text.AppendLine(CultureInfo.InvariantCulture, $"{rule,-20} {found,5} {wrong,6} {missed,7}   {median}");
        }

        text.AppendLine().AppendLine("expected -> spoke");
        foreach (((string expected, string spoke), int count) in _confusion)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {expected,-20} -> {spoke,-20} {count}");
        return text.ToString();
    }

    private static bool IsOf(Alert alert, Expected expected) =>
        alert.Rule == expected.Rule && (alert.Subject == expected.Subject || expected.Subject == Expected.AnySubject);

    /// <summary>Runs a case: every revision of every alert.</summary>
    public static async Task<IReadOnlyList<Alert>> AlertsAsync(EvalCase @case)
    {
        using var folder = new TemporaryFolder();
        string path = @case.Capture ?? folder.PathOf("case.pcap");
        if (@case.Make is not null)
            Write(@case.Make(), path);
        CorpusCases.Compare(@case, path);
        var analysis = new CaptureAnalysis(default, new AnalyzeOptions());
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, path));
        await analysis.RunAsync(source, TestContext.Current.CancellationToken);
        return [.. analysis.Result.Alerts()];
    }

    /// <summary>The last revision of each alert, in the order in which they opened.</summary>
    private static async Task<Alert[]> OpenedAsync(EvalCase @case) =>
        [.. (await AlertsAsync(@case)).GroupBy(alert => alert.Id).Select(group => group.MaxBy(alert => alert.Revision)!).OrderBy(alert => alert.OpenedNs)];

    private static void Write(ITraffic traffic, string path)
    {
        byte[] frame = new byte[ITraffic.MaxFrameBytes];
        using var writer = new PcapWriter(File.Create(path));
        for (long timeNs = traffic.NextNs; timeNs != ITraffic.Ended; timeNs = traffic.NextNs)
            writer.Write(timeNs, frame.AsSpan(0, traffic.Write(frame)));
    }

    private void Fault(string rule, EvalCase @case, string words)
    {
        Count(rule, (0, 0, 1), null);
        Faults.Add($"{@case.Name}: {words}");
    }

    private void Count(string rule, (int Found, int False, int Missed) add, double? ms)
    {
        (int found, int wrong, int missed, List<double> times) = _rules.TryGetValue(rule, out var known) ? known : (0, 0, 0, []);
        if (ms is { } time)
            times.Add(time);
        _rules[rule] = (found + add.Found, wrong + add.False, missed + add.Missed, times);
    }

    private void Confuse(string expected, string spoke) => _confusion[(expected, spoke)] = _confusion.GetValueOrDefault((expected, spoke)) + 1;
}
