namespace IcmpStream.Cli.Output;

/// <summary>The forms of <c>decode</c>; the names in lower case are what the user types.</summary>
internal enum DecodeFormat
{
    /// <summary>One line a message in the manner of tcpdump.</summary>
    Text,

    /// <summary>A header line, then tab-separated columns.</summary>
    Tsv,

    /// <summary>The Avro record as JSON, one object a line.</summary>
    Jsonl,

    /// <summary>What Tracee writes of such packets.</summary>
    Tracee,

    /// <summary>An Avro Object Container File.</summary>
    Avro,
}
