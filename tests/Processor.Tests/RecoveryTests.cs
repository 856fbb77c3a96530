using IcmpStream.Kafka;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Tests.Support;

namespace IcmpStream.Processor.Tests;

/// <summary>Restarts from checkpoints, good ones and others, on threads and the clock; <see cref="SimulationTests"/> has the interleavings.</summary>
public sealed class RecoveryTests : IDisposable
{
    private static readonly List<Packet> Traffic = Scenario.Make(43, exchanges: 300, attacks: Attacks.Each(43));

    private static readonly string Expected = Harness.Run(Traffic).Text();

    private const int EventPartitions = 2;

    private readonly LogHarness _log = new(EventPartitions, EventPartitions);
    private readonly List<string> _notes = [];

    public void Dispose() => _log.Dispose();

    private ProcessorOptions Options => _log.Options with
    {
        CheckpointInterval = TimeSpan.FromMilliseconds(20),
        CommitInterval = TimeSpan.FromMilliseconds(2),
        Note = Note,
    };

    [Theory]
    [InlineData(Guarantee.ExactlyOnce)]
    [InlineData(Guarantee.AtLeastOnce)]
    public async Task A_restart_reads_only_what_came_after_the_checkpoint(Guarantee guarantee)
    {
        Assert.True(await RunHalfAsync(Options with { Guarantee = guarantee }) > 0);
        ProcessorExit second = await EndAsync(Options with { Guarantee = guarantee });
        Assert.Equal((2 * EventPartitions) + 1, second.Books.Restored);
        Assert.Empty(_notes);
        Assert.InRange(second.Books.Replayed, 0, Recorded() / 4);
        Assert.Equal(Expected, _log.Read().Text());
    }

    [Fact]
    public async Task A_damaged_chunk_is_named_and_the_partition_read_again()
    {
        await RunHalfAsync(Options);
        Overwrite(record => record.Key.Length > 0 && record.Value.StartsWith("ISC1"u8), value => value[^1] ^= 1);
        ProcessorExit second = await EndAsync(Options);
        Assert.Equal(0, second.Books.Restored);
        Assert.Contains(_notes, note => note.Contains("a chunk is damaged", StringComparison.Ordinal));
        Assert.Equal(Expected, _log.Read().Text());
    }

    [Fact]
    public async Task A_manifest_that_is_none_is_passed_over()
    {
        await RunHalfAsync(Options);
        Overwrite(record => record.Value.StartsWith("{"u8), value => value[0] = (byte)'[');
        Assert.Equal(0, (await EndAsync(Options)).Books.Restored);
        Assert.Equal(Expected, _log.Read().Text());
    }

    [Theory]
    [InlineData("\"Format\":", "0.")]
    [InlineData("\"Version\":", ".0")]
    public async Task A_checkpoint_of_another_version_is_refused_by_name_and_the_partition_read_again(string field, string version)
    {
        await RunHalfAsync(Options);
        Overwrite(record => record.Value.StartsWith("{"u8), value =>
        {
            int digit = value.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(field)) + field.Length;
            Assert.False(char.IsAsciiDigit((char)value[digit + 1]), "a version of one digit is expected");
            value[digit] = (byte)'0';
        });
        Assert.Equal(0, (await EndAsync(Options)).Books.Restored);
        Assert.Equal((2 * EventPartitions) + 1, _notes.Count(note => note.Contains("it is of version ", StringComparison.Ordinal) && note.Contains(version, StringComparison.Ordinal)));
        Assert.Equal(Expected, _log.Read().Text());
    }

    [Fact]
    public async Task Another_configuration_begins_at_the_beginning()
    {
        await RunHalfAsync(Options);
        await EndAsync(Options with { Pair = Options.Pair with { MaxOpenSlots = 639 } });
        Assert.Equal(EventPartitions, _notes.Count(note => note.Contains("the configuration has changed", StringComparison.Ordinal)));
        Assert.Equal(Expected, _log.Read().Text());
    }

    [Fact]
    public async Task A_rule_that_is_switched_off_at_a_restart_is_silent_from_then_on_and_nothing_is_lost()
    {
        List<Packet> later = [.. Enumerable.Range(0, 5).Select(i => Packet.Error(60_000 + (i * 100), $"192.0.2.{i + 1}", "10.5.0.5", "198.51.100.200", i))];
        RuleSet rules = new RuleSet().With(RuleIds.Traceroute, new RuleSet().Traceroute with { Enabled = false });
        string[] all = Harness.Run([.. Traffic, .. later]).Text().Split('\n');
        Assert.Contains(all, IsOfTheLater);

        await RunHalfAsync(Options);
        await EndAsync(Options with { Pair = Options.Pair with { Rules = rules }, Host = Options.Host with { Rules = rules } }, later);
        Assert.Equal(all.Where(line => !IsOfTheLater(line)), _log.Read().Text().Split('\n'));

        static bool IsOfTheLater(string line) => line.Contains("traceroute", StringComparison.Ordinal) && line.Contains("10.5.0.5", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_interval_there_are_no_checkpoints()
    {
        ProcessorOptions options = Options with { CheckpointInterval = TimeSpan.Zero };
        Assert.Equal(0, await RunHalfAsync(options));
        Assert.Empty(_log.Values(_log.Topics.Checkpoint.Name));
        Assert.Equal(0, (await EndAsync(options)).Books.Restored);
        Assert.Equal(Expected, _log.Read().Text());
    }

    // Everything but the end of the stream, until every partition has a checkpoint of all that is there; gives the bytes of state told.
    private async Task<long> RunHalfAsync(ProcessorOptions options)
    {
        _log.Publish(Traffic, batch: 20, final: false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var host = new ProcessorHost(_log.Log, options with { UntilEnd = false });
        Task<ProcessorExit> run = host.RunAsync(stop.Token);
        long start = Environment.TickCount64;
        while (options.CheckpointInterval > TimeSpan.Zero && !HasCheckpoints())
        {
            Assert.True(Environment.TickCount64 - start < 60_000, "no checkpoint within a minute");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await run;
        return host.StateBytes;
    }

    private bool HasCheckpoints()
    {
        LogPartition[] inputs = [.. Options.Inputs.SelectMany(topic => Enumerable.Range(0, _log.Log.List(TimeSpan.Zero)[topic]).Select(p => new LogPartition(topic, p)))];
        var store = new Runtime.Checkpoints.CheckpointStore(_log.Log, new Runtime.Checkpoints.CheckpointTopic(_log.Topics.Checkpoint.Name, EventPartitions), Options);
        var manifests = store.Manifests(inputs);
        IReadOnlyList<LogPosition> ends = _log.Log.EndOffsets(inputs, TimeSpan.Zero);
        return ends.All(end => manifests.TryGetValue(end.Partition, out var manifest) && manifest.Offset == end.Offset);
    }

    private async Task<ProcessorExit> EndAsync(ProcessorOptions options, IReadOnlyList<Packet>? rest = null)
    {
        _log.Publish(rest ?? [], final: true);
        ProcessorExit exit = await _log.RunAsync(options);
        Assert.Equal(ExitReason.Ended, exit.Reason);
        return exit;
    }

    private long Recorded() => Options.Inputs.Sum(topic => (long)_log.Values(topic).Count);

    // As compaction does: what is kept comes behind what is gone, and some of it damaged.
    private void Overwrite(Func<LogRecord, bool> which, Action<byte[]> damage)
    {
        using ILogReader reader = _log.Log.OpenReader(new ReaderOptions { Topics = [_log.Topics.Checkpoint.Name] });
        var copy = new OutgoingBatch(_log.Topics.Checkpoint.Name);
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken) is not { } batch)
                continue;
            foreach (LogRecord record in batch)
            {
                byte[] value = record.Value.ToArray();
                if (which(record))
                    damage(value);
                copy.Add(batch.Partition.Partition, record.Key, value);
            }
        }

        foreach (LogPosition end in reader.EndsAtOpening)
            _log.Log.DeleteRecords(end.Partition, end.Offset);
        using ILogAppender appender = _log.Log.OpenAppender(new AppenderOptions());
        appender.Append(copy, TestContext.Current.CancellationToken);
    }

    private void Note(string line)
    {
        lock (_notes)
            _notes.Add(line);
    }
}
