using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Takes what the verdict stage puts out. All arguments are the stage's and end with the call.</summary>
public interface IVerdictSink
{
    /// <summary>Takes a revision of an alert.</summary>
    void Accept(Alert alert);

    /// <summary>Takes the rate of all addresses together that were below the reporting floor in a closed window.</summary>
    void Accept(in SourceRate rate);
}
