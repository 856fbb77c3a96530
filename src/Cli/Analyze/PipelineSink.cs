using IcmpStream.Ingest.Publish;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>Hands a stream's events to the stages in this process, where the log would be.</summary>
internal sealed class PipelineSink(AnalyzePipeline pipeline) : IEventSink
{
    public void Accept(in BatchEnvelope batch, EventBuffer events) => pipeline.Accept(batch, events);
}
