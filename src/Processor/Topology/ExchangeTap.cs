using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Shows the exchanges of a slot that is being closed to the rules and to the windows of round-trip times, on their way out.</summary>
internal sealed class ExchangeTap(PairWatch watch, RttWindows rtts, SlotCloser closer) : IExchangeSink
{
    private PairDomain? _domain;
    private IExchangeSink? _sink;

    /// <summary>The tap in front of a sink, for the exchanges of a domain.</summary>
    public IExchangeSink To(PairDomain domain, IExchangeSink sink)
    {
        (_domain, _sink) = (domain, sink);
        return this;
    }

    public void Accept(in EchoExchange exchange)
    {
        if (watch.IsActive)
            watch.Observe(exchange);
        rtts.Observe(_domain!, closer.Group, exchange);
        _sink!.Accept(exchange);
    }
}
