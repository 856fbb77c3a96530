using System.Text.Json;

namespace IcmpStream.Kafka.Cluster;

/// <summary>What is read of librdkafka's statistics (STATISTICS.md of 2.15).</summary>
internal static class ClientStatistics
{
    /// <summary>
    /// Messages sent to brokers since the client was made, <c>txmsgs</c>: one that is sent again counts again. (<c>txretries</c> of a broker knows nothing of
    /// messages: they go back to their partition's queue and leave in another request.)
    /// </summary>
    /// <param name="json">The statistics, UTF-8.</param>
    public static long Transmitted(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (!reader.ValueTextEquals("txmsgs"u8))
            {
                reader.Skip();
                continue;
            }

            reader.Read();
            return reader.GetInt64();
        }

        return 0;
    }
}
