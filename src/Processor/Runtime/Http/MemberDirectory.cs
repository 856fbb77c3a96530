using System.Text;
using IcmpStream.Kafka;

namespace IcmpStream.Processor.Runtime.Http;

/// <summary>
/// Which process answers for which partition, as the members say it in the member topic, with their first commit of a partition. Read
/// when it is asked for, since that is seldom.
/// </summary>
internal sealed class MemberDirectory(ILog log, ProcessorOptions options)
{
    /// <summary>The key under which a partition's owner is written.</summary>
    public static byte[] Key(string group, LogPartition partition) => Encoding.UTF8.GetBytes($"{group}/{partition}");

    /// <summary>HOST:PORT of the owner, or null where nobody has said.</summary>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    public string? OwnerOf(LogPartition partition)
    {
        byte[] key = Key(options.Group, partition);
        string? owner = null;
        long lastAnswer = options.Time.GetTimestamp();
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [options.Topics.Member.Name] });
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(options.LogTimeout, CancellationToken.None) is not { } batch)
            {
                if (!reader.HasReachedEnds && options.Time.GetElapsedTime(lastAnswer) >= options.LogTimeout)
                    throw new LogException(LogError.Timeout, $"the log did not answer within {options.LogTimeout.TotalSeconds:g} s");
                continue;
            }

            foreach (LogRecord record in batch)
            {
                if (record.Key.SequenceEqual(key))
                    owner = record.IsTombstone ? null : Encoding.UTF8.GetString(record.Value);
            }
        }

        return owner;
    }
}
