namespace IcmpStream.Cli.Output;

/// <summary>Times of day as text.</summary>
internal static class ClockText
{
    private const long SecondsPerHour = 3600;
    private const long SecondsPerMinute = 60;

    /// <summary>Writes <c>HH:MM:SS</c>.</summary>
    public static void Write(ByteSink sink, long secondsOfDay)
    {
        sink.WritePadded(secondsOfDay / SecondsPerHour, 2);
        sink.WriteByte((byte)':');
        sink.WritePadded(secondsOfDay / SecondsPerMinute % SecondsPerMinute, 2);
        sink.WriteByte((byte)':');
        sink.WritePadded(secondsOfDay % SecondsPerMinute, 2);
    }
}
