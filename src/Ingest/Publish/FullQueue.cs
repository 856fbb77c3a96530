namespace IcmpStream.Ingest.Publish;

/// <summary>What becomes of events for which the log's queue has no room, because brokers are slow or away.</summary>
public enum FullQueue : byte
{
    /// <summary>The reader waits: right for a capture, which loses nothing; a ring then drops in the kernel, which counts it.</summary>
    Wait,

    /// <summary>What comes now is dropped and counted: the log keeps the beginning of an attack.</summary>
    ShedNewest,

    /// <summary>What has waited longest is dropped and counted: the log stays close to now.</summary>
    ShedOldest,
}
