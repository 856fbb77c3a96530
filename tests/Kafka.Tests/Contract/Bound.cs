using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace IcmpStream.Kafka.Tests.Contract;

/// <summary>Waiting for a condition with a bound, and the shapes that the log tests share.</summary>
internal static class Bound
{
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    public static void Until(Func<bool> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
            if (Stopwatch.GetElapsedTime(started) > Most) Assert.Fail($"{what}: not within {Most.TotalSeconds} s");
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    public static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    public static OutgoingBatch Batch(string topic, params (int Partition, string Key, string Value)[] records)
    {
        var batch = new OutgoingBatch(topic);
        foreach (var (partition, key, value) in records) batch.Add(partition, Utf8(key), Utf8(value));
        return batch;
    }

    public static void Write(ILog log, string topic, params (int Partition, string Key, string Value)[] records)
    {
        using var appender = log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live });
        appender.Append(Batch(topic, records), TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(Most, TestContext.Current.CancellationToken), "not flushed");
        Assert.Equal(records.Length, appender.Books.Delivered);
    }

    /// <summary>Everything readable of a topic now: partition, offset, key, value, in the order read.</summary>
    public static List<(int Partition, long Offset, string Key, string Value)> ReadAll(ILog log, string topic, bool readUncommitted = false)
    {
        using var reader = log.OpenReader(new ReaderOptions { Topics = [topic], ReadUncommitted = readUncommitted });
        List<(int, long, string, string)> all = [];
        Until(
            () =>
            {
                if (reader.Poll(Step, TestContext.Current.CancellationToken) is { } batch) Collect(batch, all);
                return reader.HasReachedEnds;
            },
            $"reading {topic} to its end");
        return all;
    }

    public static void Collect(RecordBatch batch, List<(int Partition, long Offset, string Key, string Value)> into)
    {
        foreach (var record in batch) into.Add((batch.Partition.Partition, record.Offset, Text(record.Key), Text(record.Value)));
    }
}
