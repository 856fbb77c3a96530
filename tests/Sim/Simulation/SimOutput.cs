using System.Globalization;
using System.Text.Json;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Sim;

/// <summary>What a reader of committed records finds in the output topics.</summary>
internal static class SimOutput
{
    /// <summary>Every record of the topics whose records do not depend on how the stages were interleaved, as sorted text.</summary>
    public static List<string> Read(MemoryLog log, TopicCatalog topics)
    {
        var records = new List<string>();
        foreach (TopicSpec topic in new[] { topics.Partial, topics.Echo, topics.Rtt, topics.Rate, topics.Alert, topics.Late, topics.DeadLetter })
        {
            using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [topic.Name] });
            while (reader.Poll(TimeSpan.Zero, CancellationToken.None) is { } batch)
            {
                foreach (LogRecord record in batch)
                    records.Add(string.Create(CultureInfo.InvariantCulture, $"{batch.Partition} {Convert.ToHexString(record.Key)} {Convert.ToHexString(record.Value)}"));
            }
        }

        records.Sort(StringComparer.Ordinal);
        return records;
    }

    /// <summary>Why two runs differ, in words; null where they do not.</summary>
    /// <param name="expected">The reference run's records.</param>
    /// <param name="found">This run's.</param>
    /// <param name="once">True where each must be there as often; false where it may repeat.</param>
    public static string? Difference(List<string> expected, List<string> found, bool once)
    {
        if (!once)
            found = [.. found.Distinct(StringComparer.Ordinal)];
        if (expected.SequenceEqual(found, StringComparer.Ordinal))
            return null;
        return $"{expected.Count} records expected, {found.Count} found; {Surplus(expected, found)} are missing, {Surplus(found, expected)} are too many";
    }

    private static string Surplus(List<string> of, List<string> over)
    {
        var left = over.GroupBy(record => record, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var surplus = new List<string>();
        foreach (string record in of)
        {
            int count = left.GetValueOrDefault(record);
            left[record] = count - 1;
            if (count <= 0)
                surplus.Add(record);
        }

        string first = surplus.Count > 0 ? $" (the first: {InWords(surplus[0])})" : "";
        return surplus.Count.ToString(CultureInfo.InvariantCulture) + first;
    }

    // An alert says more as JSON.
    private static string InWords(string record)
    {
        byte[] value = Convert.FromHexString(record[(record.LastIndexOf(' ') + 1)..]);
        if (RecordFrame.Parse(value, out RecordFrame frame) != AvroError.None || frame.Fingerprint != SchemaText.Alert.Fingerprint || AlertCodec.Read(frame.Body, out Alert alert) != AvroError.None)
            return record[..Math.Min(160, record.Length)];
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
            RecordJson.Write(json, alert);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }
}
