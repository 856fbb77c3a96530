using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Everything that the pipeline put out, to be read in the order of the result files once it has finished.
/// </summary>
public sealed class AnalyzeResult : IAnalyzeSink
{
    private readonly ExchangeStore _exchanges = new();
    private readonly List<PairRtt> _rtts = [];
    private readonly List<SourceRate> _rates = [];
    private readonly List<Alert> _alerts = [];
    private readonly bool _alertsAlone;

    /// <summary>An empty result.</summary>
    /// <param name="alertsAlone">True to forget exchanges, round-trip times and rates: memory then does not grow with the capture.</param>
    public AnalyzeResult(bool alertsAlone = false) => _alertsAlone = alertsAlone;

    /// <summary>Exchanges put out.</summary>
    public int ExchangeCount => _exchanges.Count;

    /// <summary>Exchanges as <c>echo.jsonl</c> has them.</summary>
    public IEnumerable<EchoExchange> Exchanges()
    {
        foreach (int index in _exchanges.Order())
            yield return _exchanges[index];
    }

    /// <summary>Round-trip times as <c>rtt.jsonl</c> has them.</summary>
    public IReadOnlyList<PairRtt> Rtts()
    {
        _rtts.Sort(ResultOrder.Compare);
        return _rtts;
    }

    /// <summary>Rates as <c>rates.jsonl</c> has them.</summary>
    public IReadOnlyList<SourceRate> Rates()
    {
        _rates.Sort(static (a, b) => ResultOrder.Compare(a, b));
        return _rates;
    }

    /// <summary>Alerts as <c>alerts.jsonl</c> has them, all revisions.</summary>
    public IReadOnlyList<Alert> Alerts()
    {
        _alerts.Sort(ResultOrder.Compare);
        return _alerts;
    }

    /// <inheritdoc/>
    public void Accept(in EchoExchange exchange)
    {
        if (!_alertsAlone)
            _exchanges.Add(exchange);
    }

    /// <inheritdoc/>
    public void Accept(PairRtt rtt)
    {
        ArgumentNullException.ThrowIfNull(rtt);
        if (!_alertsAlone)
            _rtts.Add(rtt.Copy());
    }

    /// <inheritdoc/>
    public void Accept(in SourceRate rate)
    {
        if (!_alertsAlone)
            _rates.Add(rate);
    }

    /// <inheritdoc/>
    public void Accept(Alert alert) => _alerts.Add(alert);
}
