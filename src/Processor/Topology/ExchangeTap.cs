using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Shows exchanges to the rules on their way out.</summary>
internal sealed class ExchangeTap(PairWatch watch) : IExchangeSink
{
    private IExchangeSink? _sink;

    /// <summary>The tap in front of a sink.</summary>
    public IExchangeSink To(IExchangeSink sink)
    {
        _sink = sink;
        return this;
    }

    public void Accept(in EchoExchange exchange)
    {
        watch.Observe(exchange);
        _sink!.Accept(exchange);
    }
}
