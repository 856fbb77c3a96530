using System.Text;
using IcmpStream.Cli.Output;
using IcmpStream.Cli.Presentation;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Process;

/// <summary>What a processor did, told at its end.</summary>
internal static class ProcessPage
{
    /// <summary>True where every event is accounted for.</summary>
    public static bool IsBalanced(ProcessorBooks books) => books.Events == books.Processed + books.Late + books.Duplicate;

    /// <summary>Says it in words.</summary>
    public static IEnumerable<string> Lines(ProcessorBooks books)
    {
        yield return $"{books.Events} events = {books.Processed} processed + {books.Late} late + {books.Duplicate} duplicate";
        yield return $"{books.Records} records read, {books.Replayed} of them again to rebuild state, {books.DeadLetters} to the dead letters, in {books.Commits} commits";
        if (books.Checkpoints > 0 || books.Restored > 0)
            yield return $"checkpoints: {books.Checkpoints} of together {books.CheckpointBytes} bytes written, {books.Restored} partitions restored from one";
        if (books.Copies > 0)
            yield return $"{books.Copies} packets were copies that another sensor had seen, and are counted once";
        if (books.OfOthers > 0)
            yield return $"{books.OfOthers} records between stages were another group's, and passed over";
        if (books.Missing > 0)
            yield return $"{books.Missing} events never came";
        if (books.Evicted > 0)
            yield return $"{books.Evicted} requests and addresses were dropped by limits";
        if (books.Unforwarded > 0)
            yield return $"{books.Unforwarded} broadcast requests and stray replies were too many to be matched with each other";
        yield return $"{books.Exchanges.Values.Sum()} exchanges, {books.Rates} rates, {books.Alerts.Values.Sum()} alerts opened";
    }

    /// <summary>Says it as one JSON object.</summary>
    public static void PrintJson(Terminal terminal, ProcessorBooks books) => JsonLine.Write(terminal, json =>
    {
        json.WriteNumber("records", books.Records);
        json.WriteNumber("replayed", books.Replayed);
        json.WriteNumber("dead_letters", books.DeadLetters);
        json.WriteNumber("events", books.Events);
        json.WriteNumber("processed", books.Processed);
        json.WriteNumber("late", books.Late);
        json.WriteNumber("duplicate", books.Duplicate);
        json.WriteNumber("copies", books.Copies);
        json.WriteNumber("of_other_groups", books.OfOthers);
        json.WriteNumber("missing", books.Missing);
        json.WriteNumber("evicted", books.Evicted);
        json.WriteNumber("unforwarded", books.Unforwarded);
        json.WriteStartObject("exchanges");
        foreach ((EchoOutcome outcome, long count) in books.Exchanges)
            json.WriteNumber(Encoding.UTF8.GetString(Symbols<EchoOutcome>.Of((byte)outcome)), count);
        json.WriteEndObject();
        json.WriteNumber("rates", books.Rates);
        json.WriteStartObject("alerts");
        foreach ((string rule, long count) in books.Alerts)
            json.WriteNumber(rule, count);
        json.WriteEndObject();
        json.WriteNumber("commits", books.Commits);
        json.WriteNumber("aborts", books.Aborts);
        json.WriteNumber("checkpoints", books.Checkpoints);
        json.WriteNumber("checkpoint_bytes", books.CheckpointBytes);
        json.WriteNumber("restored", books.Restored);
        json.WriteBoolean("balanced", IsBalanced(books));
    });
}
