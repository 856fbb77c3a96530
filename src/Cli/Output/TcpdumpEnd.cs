namespace IcmpStream.Cli.Output;

/// <summary>How tcpdump ends the line of a message.</summary>
internal enum TcpdumpEnd
{
    /// <summary>With the message's length.</summary>
    Length,

    /// <summary>With a mark that says that the capture ends before what would be printed.</summary>
    Cut,

    /// <summary>With nothing.</summary>
    Nothing,
}
