using IcmpStream.Kafka;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// Says when a group has handled everything up to the ends that the events had at the start: stage by stage, since the outputs of
/// one are the inputs of the next, and whoever of the group handles them.
/// </summary>
/// <remarks>
/// Outputs are in the log before, or together with, the offsets that caused them. So once all offsets of one input are committed up
/// to an end, the end of the next input is known.
/// </remarks>
internal sealed class EndOfInput
{
    private readonly ILog _log;
    private readonly ProcessorOptions _options;
    private readonly string[] _topics;
    private int _stage;
    private IReadOnlyList<LogPosition> _ends;

    public EndOfInput(ILog log, ProcessorOptions options)
    {
        _log = log;
        _options = options;
        _topics = [.. options.Inputs];
        _ends = EndsOf(_topics[0]);
    }

    /// <summary>Partitions that were behind when it was last looked, in words: where, how far, of how much.</summary>
    public IReadOnlyList<string> Behind { get; private set; } = [];

    /// <summary>True once all is committed; looks at the log.</summary>
    /// <param name="own">
    /// What this process has committed itself. The log should say the same; librdkafka's mock cluster forgets offsets that were committed in
    /// a transaction.
    /// </param>
    public bool IsReached(IEnumerable<LogPosition> own)
    {
        Dictionary<LogPartition, long> known = own.ToDictionary(position => position.Partition, position => position.Offset);
        while (_stage < _topics.Length)
        {
            LogPartition[] partitions = [.. _ends.Select(end => end.Partition)];
            IReadOnlyList<LogPosition> committed = _log.CommittedOffsets(_options.Group, partitions, _options.LogTimeout);
            Behind = [.. _ends.Zip(committed, (end, position) => (end, offset: Math.Max(position.Offset, known.GetValueOrDefault(end.Partition))))
                .Where(at => at.offset < at.end.Offset)
                .Select(at => $"{at.end.Partition} at {at.offset} of {at.end.Offset}")];
            if (Behind.Count > 0)
                return false;

            _stage++;
            if (_stage < _topics.Length)
                _ends = EndsOf(_topics[_stage]);
        }

        return true;
    }

    private IReadOnlyList<LogPosition> EndsOf(string topic)
    {
        int partitions = _log.Topics.List(_options.LogTimeout).TryGetValue(topic, out int count)
            ? count
            : throw new LogException(LogError.TopicMissing, $"topic {topic} does not exist: create it with `icmpstream topics apply`");
        return _log.EndOffsets([.. Enumerable.Range(0, partitions).Select(p => new LogPartition(topic, p))], _options.LogTimeout);
    }
}
