namespace IcmpStream.Processor.Runtime;

/// <summary>Full names of the topics that the processor reads and writes.</summary>
public sealed record ProcessorTopics
{
    /// <summary>Names the topics of one installation.</summary>
    public ProcessorTopics(string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(prefix);
        Event = prefix + "icmp.event.v1";
        Partial = prefix + "icmp.partial.v1";
        Finding = prefix + "icmp.finding.v1";
        Echo = prefix + "icmp.echo.v1";
        Rate = prefix + "icmp.rate.v1";
        Alert = prefix + "icmp.alert.v1";
        Late = prefix + "icmp.late.v1";
        DeadLetter = prefix + "icmp.dlq.v1";
    }

    /// <summary>Input of the pair stage.</summary>
    public string Event { get; init; }

    /// <summary>From the pair stage to the host stage.</summary>
    public string Partial { get; init; }

    /// <summary>From the pair and host stages to the verdict stage.</summary>
    public string Finding { get; init; }

    /// <summary>Exchanges.</summary>
    public string Echo { get; init; }

    /// <summary>Rates.</summary>
    public string Rate { get; init; }

    /// <summary>Alerts.</summary>
    public string Alert { get; init; }

    /// <summary>Late events.</summary>
    public string Late { get; init; }

    /// <summary>Records that could not be read.</summary>
    public string DeadLetter { get; init; }

    /// <summary>The topics that are read.</summary>
    public IReadOnlyList<string> Inputs => [Event, Partial, Finding];
}
