using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace IcmpStream.Kafka.Cluster;

/// <summary>What one client says of itself: log lines go to the logger, the last error and a fatal one are kept.</summary>
internal sealed partial class ClientEvents(ILogger logger, Action<string>? lost)
{
    private Error? _last;
    private Error? _fatal;
    private bool _areAllDown;
    private long _toldAt;

    /// <summary>The last error reported that explains why nothing works, null before any.</summary>
    public Error? Last => Volatile.Read(ref _last);

    /// <summary>True once the client has said that it reaches no broker.</summary>
    public bool AreAllDown => Volatile.Read(ref _areAllDown);

    /// <summary>The error after which the client is of no use.</summary>
    public Error? Fatal => Volatile.Read(ref _fatal);

    public void OnError(Error error)
    {
        // That all brokers are down follows the error that says why, and says less.
        if (error.Code != ErrorCode.Local_AllBrokersDown || Last is null) Volatile.Write(ref _last, error);
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            Volatile.Write(ref _areAllDown, true);
            TellLost();
        }

        if (error.IsFatal) Interlocked.CompareExchange(ref _fatal, error, null);
        LogError(logger, error.Code, error.Reason);
    }

    public void OnLog(LogMessage message)
    {
        // A setting meant for another kind of client is passed over by design: --kafka settings are given to all of them.
        var level = message.Facility == "CONFWARN" ? LogLevel.Debug : LevelOf(message.Level);
        LogLine(logger, level, message.Name, message.Facility, message.Message);
    }

    private void TellLost()
    {
        var told = Volatile.Read(ref _toldAt);
        var now = Stopwatch.GetTimestamp();
        if (lost is null || (told != 0 && Stopwatch.GetElapsedTime(told, now) < ClusterOptions.LostInterval)) return;
        if (Interlocked.CompareExchange(ref _toldAt, now, told) == told)
            lost($"no broker answers any more, trying again until one does ({Last?.Reason.ReplaceLineEndings(" ")})");
    }

    private static LogLevel LevelOf(SyslogLevel level) => level switch
    {
        <= SyslogLevel.Critical => LogLevel.Critical,
        SyslogLevel.Error => LogLevel.Error,
        SyslogLevel.Warning => LogLevel.Warning,
        SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
        _ => LogLevel.Debug,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka client: {Code}: {Reason}")]
    private static partial void LogError(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(Message = "{Client} {Facility}: {Line}")]
    private static partial void LogLine(ILogger logger, LogLevel level, string client, string facility, string line);
}
