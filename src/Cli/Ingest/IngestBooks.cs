using System.Text;
using System.Text.Json;
using IcmpStream.Cli.Output;
using IcmpStream.Cli.Presentation;
using IcmpStream.Ingest.Decode;
using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Ingest;

/// <summary>What went in and what became of it: packets in = events + named outcomes; records = delivered + failed by reason.</summary>
/// <param name="Frames">Frames read.</param>
/// <param name="Events">Events given to the log.</param>
/// <param name="LateEvents">Late ones among them.</param>
/// <param name="Outcomes">Frames by outcome.</param>
/// <param name="Ticks">Records without events.</param>
/// <param name="Records">Records given to the log, ticks among them.</param>
/// <param name="Log">What the log says of them.</param>
internal sealed record IngestBooks(long Frames, long Events, long LateEvents, DecodeCounters Outcomes, long Ticks, long Records, AppendBooks Log)
{
    /// <summary>Packets that travel in folded events, by their count.</summary>
    public long Folded { get; init; }

    /// <summary>Packets, of events and of folded ones, dropped because the log's queue was full.</summary>
    public long Shed { get; init; }

    /// <summary>Packets of events that wait on disk for the next start; they are among <see cref="Events"/> and <see cref="Folded"/>.</summary>
    public long Spilled { get; init; }

    /// <summary>Packets that an earlier process had left on disk, and that the log has now.</summary>
    public long Recovered { get; init; }

    /// <summary>Events that an earlier attempt at the run had written.</summary>
    public long Resumed { get; init; }

    /// <summary>The books of fragmented datagrams.</summary>
    public DatagramCounters? Datagrams { get; init; }

    /// <summary>True where every packet and every record is accounted for.</summary>
    public bool IsBalanced => Frames == Outcomes.Frames && Events + Folded + Resumed == Outcomes.Events && Records == Log.Taken && Log.InFlight == 0;

    /// <summary>Says it in words.</summary>
    public IEnumerable<string> Lines(RunId run)
    {
        yield return $"run {run}";
        long decoded = Events + Folded + Resumed;
        yield return $"{Counted.Of(Frames, "frame")} = {Counted.Of(decoded, "event")} + {Counted.Of(Frames - decoded, "other")} ({string.Join(", ", Others())})";
        if (Resumed > 0)
            yield return $"{Counted.Of(decoded, "event")} = {Resumed} in the log already + {Events} written now";
        if (Folded > 0 || Shed > 0)
            yield return $"{Counted.Of(decoded, "event")} = {Events} whole + {Folded} folded; {Shed} of them shed, because the log's queue was full";
        if (Spilled > 0)
            yield return $"{Spilled} of them wait on disk, to be sent at the next start";
        if (Recovered > 0)
            yield return $"{Counted.Of(Recovered, "packet")} of an earlier run sent from disk";
        yield return $"{Counted.Of(Events, "event")} and {Counted.Of(Ticks, "tick")} in {Counted.Of(Records, "record")} = {Log.Delivered} delivered + {Log.Failed} failed{Reasons()}";
        if (Datagrams is not null && DatagramLine.Of(Datagrams) is { } datagrams)
            yield return datagrams;
        if (LateEvents > 0)
            yield return $"{LateEvents} of the events are late";
    }

    /// <summary>Says it as one JSON object.</summary>
    public void PrintJson(Terminal terminal, RunId run) => JsonLine.Write(terminal, json =>
    {
        json.WriteString("run", run.ToString());
        json.WriteNumber("frames", Frames);
        json.WriteNumber("events", Events);
        json.WriteNumber("late", LateEvents);
        json.WriteNumber("folded", Folded);
        json.WriteNumber("shed", Shed);
        json.WriteNumber("spilled", Spilled);
        json.WriteNumber("recovered", Recovered);
        json.WriteNumber("resumed", Resumed);
        json.WriteStartObject("outcomes");
        foreach (DecodeOutcome outcome in Enum.GetValues<DecodeOutcome>().Where(o => Outcomes[o] > 0))
            json.WriteNumber(Name(outcome), Outcomes[outcome]);
        json.WriteEndObject();
        json.WriteNumber("records", Records);
        json.WriteNumber("ticks", Ticks);
        json.WriteNumber("delivered", Log.Delivered);
        json.WriteStartObject("failed");
        foreach ((AppendFailure reason, long count) in Failures())
            json.WriteNumber(Name(reason), count);
        json.WriteEndObject();
        json.WriteBoolean("balanced", IsBalanced);
    });

    private static string Name(DecodeOutcome outcome) => Encoding.UTF8.GetString(Symbols<DecodeOutcome>.Of((byte)outcome));

    private static string Name(AppendFailure reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    private List<string> Others()
    {
        var others = Enum.GetValues<DecodeOutcome>().Where(outcome => outcome >= DecodeOutcome.NotIcmp && Outcomes[outcome] > 0)
            .Select(outcome => $"{Outcomes[outcome]} {Name(outcome)}").ToList();
        return others.Count == 0 ? ["none"] : others;
    }

    private string Reasons() => Log.Failed == 0 ? "" : $" ({string.Join(", ", Failures().Select(f => $"{f.Count} {Name(f.Reason)}"))})";

    private IEnumerable<(AppendFailure Reason, long Count)> Failures() =>
        Enum.GetValues<AppendFailure>().Where(reason => Log.FailedBy(reason) > 0).Select(reason => (reason, Log.FailedBy(reason)));
}
