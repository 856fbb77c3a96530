using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Takes what the host stage puts out. All arguments are the stage's and end with the call.</summary>
public interface IHostSink : IExchangeSink
{
    /// <summary>Takes the rate of an address in a closed window.</summary>
    void Accept(in SourceRate rate);

    /// <summary>Takes findings, and rates to be added up, or only a watermark.</summary>
    void Accept(Finding finding);
}
