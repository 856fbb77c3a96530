using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Processor.Runtime;

namespace IcmpStream.Sim;

/// <summary>One process of the group: its members, stepped in turns. It crashes as a whole and may stand still as a whole.</summary>
internal sealed class SimProcess(MemoryLog memory, Random random, SimSetup setup, ProcessorOptions options) : IDisposable
{
    private readonly List<ProcessorMember> _members = [];
    private SimLog? _log;
    private int _turn;

    /// <summary>True while it runs, moving or not.</summary>
    public bool IsUp => _members.Count > 0;

    /// <summary>True while it does nothing, as a process does that waits for memory or a virtual machine that moves.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Times that it crashed.</summary>
    public int Crashes { get; private set; }

    /// <summary>Members that have gone without a word, and of which the coordinator does not know.</summary>
    public List<MemoryMember> Dead { get; } = [];

    /// <summary>Members of this life.</summary>
    public IReadOnlyList<MemoryMember> Living => _log?.Members ?? [];

    /// <summary>What its members say.</summary>
    public IEnumerable<MemberStatus> Statuses => _members.Select(member => member.Status);

    /// <summary>Begins a life.</summary>
    public void Start(bool isFaulty)
    {
        _log = new SimLog(memory, random, setup) { IsFaulty = isFaulty };
        IsPaused = false;
        Guard(() =>
        {
            for (int number = 0; number < setup.Threads; number++)
                _members.Add(new ProcessorMember(_log, options, number));
        });
    }

    /// <summary>Steps one member; false where it did nothing.</summary>
    public bool Step()
    {
        if (!IsUp || IsPaused)
            return false;
        ProcessorMember member = _members[_turn++ % _members.Count];
        Guard(() =>
        {
            if (!member.Step(CancellationToken.None))
                Crash();
        });
        return true;
    }

    /// <summary>Ends it without a word.</summary>
    public void Crash()
    {
        Crashes++;
        Dead.AddRange(_log!.Members);
        _members.Clear();
        _log = null;
    }

    /// <summary>Ends its faults.</summary>
    public void Heal()
    {
        IsPaused = false;
        if (_log is not null)
            _log.IsFaulty = false;
    }

    public void Dispose() => _log?.Dispose();

    // A log that fails ends the process, as it does the command: whoever runs it starts it again.
    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (SimCrash)
        {
            Crash();
        }
        catch (LogException)
        {
            Crash();
        }
    }
}
