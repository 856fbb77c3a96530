using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How well a reply fits a request, from worst to best.</summary>
internal enum ReplyFit : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>It has been answered, and nothing is known of the payloads.</summary>
    RepeatUnknown,

    /// <summary>The payloads differ, and it has been answered, or met by another payload before.</summary>
    Different,

    /// <summary>It waits for an answer, and the payloads differ.</summary>
    OpenDifferent,

    /// <summary>It waits for an answer, and nothing is known of the payloads.</summary>
    OpenUnknown,

    /// <summary>It has been answered by the same payload.</summary>
    Repeat,

    /// <summary>It waits for an answer, and this is its payload.</summary>
    OpenEqual,
}

/// <summary>What a reply is to a request, the same for one responder and for many.</summary>
internal static class ReplyFits
{
    /// <summary>How well a reply fits a request in a state, by what is known of the two payloads.</summary>
    public static ReplyFit Of(RequestState state, PayloadVerdict verdict)
    {
        bool open = (state & RequestState.Answered) == RequestState.Open;
        return verdict switch
        {
            PayloadVerdict.Equal => open ? ReplyFit.OpenEqual : ReplyFit.Repeat,
            PayloadVerdict.Unknown => open ? ReplyFit.OpenUnknown : ReplyFit.RepeatUnknown,
            _ => open && (state & RequestState.Mismatched) == RequestState.Open ? ReplyFit.OpenDifferent : ReplyFit.Different,
        };
    }

    /// <summary>True where the reply is the answer.</summary>
    public static bool Answers(this ReplyFit fit) => fit is ReplyFit.OpenEqual or ReplyFit.OpenUnknown;

    /// <summary>What a reply that fits makes of a request in a state.</summary>
    public static EchoOutcome OutcomeFor(this ReplyFit fit, RequestState state) => fit switch
    {
        ReplyFit.OpenEqual or ReplyFit.OpenUnknown => (state & RequestState.TimedOut) != RequestState.Open ? EchoOutcome.Late : EchoOutcome.Matched,
        ReplyFit.OpenDifferent or ReplyFit.Different => EchoOutcome.Mismatch,
        _ => EchoOutcome.Duplicate,
    };
}
