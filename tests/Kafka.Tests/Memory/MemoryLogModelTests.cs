using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Tests.Contract;

namespace IcmpStream.Kafka.Tests.Memory;

/// <summary>
/// Whatever happens in whatever order - polls, commits, aborts, crashes, zombies that go on, expulsions, members that come and go - a
/// consumer that copies its input in transactions copies each record once and in order, and no partition has two owners.
/// </summary>
public sealed class MemoryLogModelTests
{
    private const int Partitions = 3;
    private const int Seats = 3;

    [Fact]
    public void Copying_in_transactions_is_exactly_once_under_any_interleaving()
    {
        var acts = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary();
        Prop.ForAll(acts, Run).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithStartSize(200).WithEndSize(600).WithQuietOnSuccess(true));
    }

    private static void Run(byte[] acts)
    {
        using var log = new MemoryLog();
        log.CreateTopic("in", Partitions, isKeyed: false);
        log.CreateTopic("out", Partitions, isKeyed: false);
        var seats = new Copier?[Seats];
        List<Copier> zombies = [];
        var written = 0;
        foreach (var act in acts)
        {
            var at = act % Seats;
            switch (act / Seats % 13)
            {
                case 0 or 1 or 2 or 3:
                    (seats[at] ??= new Copier(log, at)).Poll();
                    break;
                case 4 or 5:
                    seats[at]?.Commit();
                    break;
                case 6:
                    seats[at]?.Abort();
                    break;
                case 7:
                    // It is not called for a while, and somebody else takes its seat; half of the time the group notices first.
                    if (seats[at] is { } crashed)
                    {
                        zombies.Add(crashed);
                        if (act >= 128) log.Expel("g", crashed.Member.Id);
                    }

                    seats[at] = null;
                    break;
                case 8:
                    if (seats[at] is { } silent) log.Expel("g", silent.Member.Id);
                    break;
                case 9 or 11:
                    if (zombies.Count > 0) zombies[act % zombies.Count].Commit();
                    break;
                case 10:
                    seats[at]?.Member.Dispose();
                    seats[at] = null;
                    break;
                default:
                    for (var i = 0; i < 5; i++, written++) Bound.Write(log, "in", (written % Partitions, "k", Bound.Number(written)));
                    break;
            }

            for (var seat = 0; seat < Seats; seat++)
                if (seats[seat] is { IsOver: true }) seats[seat] = null;
            CheckOwners(log, [.. seats.OfType<Copier>(), .. zombies]);
        }

        // The coordinator's timeouts, as in the end they come.
        foreach (var gone in seats.OfType<Copier>().Concat(zombies))
        {
            log.Expel("g", gone.Member.Id);
            log.ExpireTransaction(gone.Member.TransactionalId!);
        }

        var last = new Copier(log, 0);
        for (var i = 0; i < 200; i++) last.Poll();
        last.Commit();
        foreach (var zombie in zombies) zombie.Commit();
        CheckCopies(log);
        last.Member.Dispose();
    }

    private static void CheckOwners(MemoryLog log, IReadOnlyList<Copier> copiers)
    {
        HashSet<LogPartition> owned = [];
        foreach (var copier in copiers)
        {
            if (!log.IsMember(copier.Member)) continue;
            foreach (var partition in copier.Member.Assignment) Assert.True(owned.Add(partition), $"{partition} has two owners");
        }
    }

    private static void CheckCopies(MemoryLog log)
    {
        var input = Bound.ReadAll(log, "in");
        var output = Bound.ReadAll(log, "out");
        for (var partition = 0; partition < Partitions; partition++)
            Assert.Equal(input.Where(r => r.Partition == partition).Select(r => r.Value), output.Where(r => r.Partition == partition).Select(r => r.Value));
    }

    /// <summary>Copies what it reads, partition by partition, as a processor's loop would.</summary>
    private sealed class Copier
    {
        private readonly Dictionary<LogPartition, long> _next = [];
        private bool _working;

        public Copier(MemoryLog log, int seat) => Member = log.Join(new MemberOptions
        {
            Group = "g",
            Topics = ["in"],
            TransactionalId = "copier-" + Bound.Number(seat),
            MaxBatchRecords = 3,
        });

        public MemoryMember Member { get; }

        public bool IsOver { get; private set; }

        public void Poll()
        {
            var poll = Member.Poll(TimeSpan.Zero, TestContext.Current.CancellationToken);
            switch (poll.Kind)
            {
                case PollKind.Records:
                    Copy(poll.Batch!);
                    break;
                case PollKind.Revoked:
                    Commit();
                    break;
                case PollKind.Lost:
                    Abort();
                    break;
                case PollKind.Fenced:
                    End();
                    break;
            }
        }

        public void Commit()
        {
            if (!_working) return;
            _working = false;
            switch (Member.Commit([.. _next.Select(next => new LogPosition(next.Key, next.Value))], TimeSpan.Zero))
            {
                case CommitOutcome.Aborted:
                    Rewind();
                    break;
                case CommitOutcome.Fenced:
                    End();
                    break;
            }

            _next.Clear();
        }

        public void Abort()
        {
            if (!_working) return;
            _working = false;
            Member.Abort(TimeSpan.Zero);
            Rewind();
            _next.Clear();
        }

        private void Copy(RecordBatch batch)
        {
            if (!_working) Member.Begin();
            _working = true;
            var copies = new OutgoingBatch("out");
            foreach (var record in batch) copies.Add(batch.Partition.Partition, record.Key, record.Value);
            try
            {
                Member.Append(copies, TestContext.Current.CancellationToken);
                _next[batch.Partition] = batch.Next.Offset;
            }
            catch (LogException fenced) when (fenced.Error == LogError.Fenced)
            {
                End();
            }
        }

        private void Rewind()
        {
            foreach (var committed in Member.Committed([.. _next.Keys.Where(Member.Assignment.Contains)], TimeSpan.Zero))
                Member.Seek(committed.Partition, committed.IsSet ? committed.Offset : 0);
        }

        private void End()
        {
            IsOver = true;
            _working = false;
            Member.Dispose();
        }
    }
}
