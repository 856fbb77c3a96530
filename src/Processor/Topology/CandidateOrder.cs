using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>The order in which candidates are handled: total, and the same however they came.</summary>
internal static class CandidateOrder
{
    /// <summary>Which of two comes first: what is due first; requests before replies before ends; then as messages are matched.</summary>
    public static Comparison<PartialCandidate> By(EchoOptions options) => (a, b) =>
    {
        int order = options.DueNs(a).CompareTo(options.DueNs(b));
        order = order != 0 ? order : Math.Min((int)a.Kind, (int)CandidateKind.Timeout) - Math.Min((int)b.Kind, (int)CandidateKind.Timeout);
        order = order != 0 ? order : Compare(a.TimeNs, a.Run, a.Stream, a.Frame, b);
        return order != 0 ? order : CompareRest(a, b);
    };

    /// <summary>The order of messages: by time, run, stream and frame.</summary>
    public static int Compare(long timeNs, RunId run, uint stream, long frame, in PartialCandidate other)
    {
        int order = timeNs.CompareTo(other.TimeNs);
        order = order != 0 ? order : run.High.CompareTo(other.Run.High);
        order = order != 0 ? order : run.Low.CompareTo(other.Run.Low);
        order = order != 0 ? order : stream.CompareTo(other.Stream);
        return order != 0 ? order : frame.CompareTo(other.Frame);
    }

    // Of two messages of one frame.
    private static int CompareRest(in PartialCandidate a, in PartialCandidate b)
    {
        int order = a.Requester.CompareTo(b.Requester);
        order = order != 0 ? order : a.Responder.CompareTo(b.Responder);
        order = order != 0 ? order : a.Identifier.CompareTo(b.Identifier);
        order = order != 0 ? order : a.Sequence.CompareTo(b.Sequence);
        order = order != 0 ? order : a.Type.CompareTo(b.Type);
        return order != 0 ? order : a.PayloadHash.CompareTo(b.PayloadHash);
    }
}
