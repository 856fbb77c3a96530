using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Takes exchanges as they are decided.</summary>
public interface IExchangeSink
{
    /// <summary>Takes one.</summary>
    void Accept(in EchoExchange exchange);
}

/// <summary>Takes what the pair stage puts out. All arguments are the stage's and end with the call.</summary>
public interface IPairSink : IExchangeSink
{
    /// <summary>Takes what a pair's round-trip times in a window came to.</summary>
    void Accept(PairRtt rtt);

    /// <summary>Takes what a slot's addresses of one host partition sent and received, or only a watermark.</summary>
    void Accept(PartialBuffer partial);

    /// <summary>Takes findings, or only a watermark.</summary>
    void Accept(Finding finding);

    /// <summary>Takes an event that came behind event time and was counted, but not processed.</summary>
    void Late(in BatchEnvelope envelope, EventBuffer events, int index);
}
