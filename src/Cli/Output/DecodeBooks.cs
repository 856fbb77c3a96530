using IcmpStream.Cli.Presentation;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>Says how many frames there were, and what became of them.</summary>
internal static class DecodeBooks
{
    /// <summary>One line with the sum, then one for each outcome that was seen.</summary>
    public static void Print(TextWriter writer, DecodeRun run)
    {
        writer.WriteLine($"icmpstream: {Counted.Of(run.Outcomes.Frames, "frame")} = {Counted.Of(run.Outcomes.Events, "message")} + {Counted.Of(run.Outcomes.Frames - run.Outcomes.Events, "other")}");
        foreach (DecodeOutcome outcome in Enum.GetValues<DecodeOutcome>())
        {
            if (run.Outcomes[outcome] > 0)
                writer.WriteLine($"icmpstream: {System.Text.Encoding.UTF8.GetString(Symbols<DecodeOutcome>.Of((byte)outcome))}: {run.Outcomes[outcome]}");
        }
    }
}
