using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Sim;

/// <summary>
/// Runs the processor's own members on the in-memory log, on one thread, by a schedule drawn from a seed: steps of members, crashes,
/// pauses, expulsions, outages, time, and input, in any order. Then everything is healed and runs to its end; what was committed must
/// be what an undisturbed run commits, record by record.
/// </summary>
internal sealed class Simulation : IDisposable
{
    private const string Group = "sim";

    /// <summary>Steps after which a healed run must have ended: far more than any has needed.</summary>
    private const int MaxHealedSteps = 200_000;

    private readonly SimSetup _setup;
    private readonly Random _random;
    private readonly SimClock _clock = new();
    private readonly MemoryLog _log = new();
    private readonly TopicCatalog _topics;
    private readonly ProcessorOptions _options;
    private readonly SimInput _input;
    private readonly List<SimProcess> _processes = [];
    private readonly ILogAppender _appender;
    private int _refused;
    private int _published;
    private ulong _names;

    private Simulation(SimSetup setup)
    {
        _setup = setup;
        _random = new Random(setup.Seed ^ 0x5EED);
        _topics = new TopicCatalog(new TopicCatalogOptions { PairPartitions = setup.PairPartitions, HostPartitions = setup.HostPartitions });
        _log.Apply(_topics.All, TimeSpan.Zero);
        _appender = _log.OpenAppender(new AppenderOptions());
        _input = SimInput.Make(setup, _topics.Event.Name);
        _options = new ProcessorOptions
        {
            Group = Group,
            Topics = _topics,
            Guarantee = setup.Guarantee,
            CheckpointInterval = setup.CheckpointInterval,
            RestoreThreads = 1,
            Time = _clock,
            Pair = new PairOptions { DedupWindowNs = setup.IsOverlapping ? SimInput.LatenessNs : 0 },
            NewId = () => new RunId(1, ++_names),
            StateOf = task => setup.Forgotten is { } part ? new ForgetfulState(task.State, part) : task.State,
            Note = _ => _refused++,
        };
        for (int i = 0; i < setup.Processes; i++)
            _processes.Add(new SimProcess(_log, _random, setup, _options with { InstanceId = setup.IsStatic ? $"instance{i}" : null }));
    }

    /// <summary>Runs one seed and compares.</summary>
    public static SimResult Run(int seed) => Run(SimSetup.Draw(seed));

    /// <summary>Runs a setup and compares.</summary>
    public static SimResult Run(SimSetup setup)
    {
        using var reference = new Simulation(setup.Reference());
        if (reference.Play() is { } broken)
            return new SimResult(setup, $"the reference run: {broken}", 0, 0, 0, 0, 0, 0);
        using var simulation = new Simulation(setup);
        string? failure = simulation.Play();
        List<string> expected = SimOutput.Read(reference._log, reference._topics);
        failure ??= SimOutput.Difference(expected, SimOutput.Read(simulation._log, simulation._topics), setup.Guarantee == Guarantee.ExactlyOnce);
        ProcessorBooks books = simulation._processes.SelectMany(process => process.Statuses).Aggregate(new ProcessorBooks(), (sum, status) => sum + status.Books);
        return new SimResult(setup, failure, expected.Count, simulation._processes.Sum(process => process.Crashes), books.Aborts, books.Restored, books.Checkpoints, simulation._refused);
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _appender.Dispose();
        _log.Dispose();
    }

    private string? Play()
    {
        foreach (SimProcess process in _processes)
            process.Start(isFaulty: true);
        for (int action = 0; action < _setup.Actions; action++)
            Act();
        return Heal();
    }

    private void Act()
    {
        SimProcess process = _processes[_random.Next(_processes.Count)];
        if (_random.Next(1000) < _setup.Faults.Process)
            Disturb(process);
        else if (_random.Next(1000) < _setup.Faults.Outage)
            _log.IsAvailable = !_log.IsAvailable;
        else if (_random.Next(8) == 0)
            Publish();
        else if (!process.Step() && _random.Next(20) == 0 && !process.IsUp)
            process.Start(isFaulty: true);
        if (_random.Next(3) == 0)
            _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(60)));
    }

    private void Disturb(SimProcess process)
    {
        switch (_random.Next(6))
        {
            case 0 when process.IsUp:
                process.Crash();
                break;
            case 1:
                process.IsPaused = !process.IsPaused;
                break;
            case 2:
                // It has been silent for too long, or seems so: from now on it is a zombie.
                Expel(process.Living);
                break;
            case 3:
                Expel(process.Dead);
                process.Dead.Clear();
                break;
            case 4 when !process.IsUp:
                process.Start(isFaulty: true);
                break;
            default:
                _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(2000)));
                break;
        }
    }

    private void Expel(IReadOnlyList<MemoryMember> members)
    {
        foreach (MemoryMember member in members)
        {
            // A static member's place may be a successor's by now; the coordinator knows which it means.
            if (_log.IsMember(member))
                _log.Expel(Group, member.Id);
            if (member.TransactionalId is { } id && (!_setup.IsStatic || _log.IsMember(member)))
                _log.ExpireTransaction(id);
        }
    }

    private void Publish()
    {
        if (_published < _input.Batches.Count)
            _appender.Append(_input.Batches[_published++], CancellationToken.None);
    }

    // From here on nothing goes wrong; what is dead is found out, and what is not running is started.
    private string? Heal()
    {
        _log.IsAvailable = true;
        while (_published < _input.Batches.Count)
            Publish();
        foreach (SimProcess process in _processes)
            process.Heal();
        EndOfInput? end = null;
        for (int step = 0; step < MaxHealedSteps; step++)
        {
            SimProcess process = _processes[step % _processes.Count];
            Expel(process.Dead);
            process.Dead.Clear();
            if (!process.IsUp)
                process.Start(isFaulty: false);

            process.Step();
            _clock.Advance(TimeSpan.FromMilliseconds(7));
            end ??= new EndOfInput(_log, _options);
            if (step % 16 == 0 && HasEnded(end))
                return null;
        }

        return $"it has not ended after {MaxHealedSteps} steps; behind: {string.Join(", ", end?.Behind ?? [])}";
    }

    private bool HasEnded(EndOfInput end) =>
        _processes.SelectMany(process => process.Statuses).All(status => status is { IsReplaying: false, Undrained.Count: 0 }) && end.IsReached([]);
}
