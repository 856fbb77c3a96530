using System.Collections.Concurrent;
using IcmpStream.Kafka;

namespace IcmpStream.Processor.Runtime.Http;

/// <summary>
/// Questions to a member, which its own thread answers between two batches: nobody else ever looks at the state.
/// </summary>
internal sealed class MemberMailbox
{
    /// <summary>Questions that may wait: each takes an answer's memory, and a client that asks more is told to come again.</summary>
    private const int Capacity = 256;

    private readonly ConcurrentQueue<Action<IReadOnlyDictionary<LogPartition, StageTask>>> _questions = new();
    private volatile bool _closed;

    /// <summary>Asks from any thread. The answer must hold nothing of the state.</summary>
    /// <exception cref="MailboxFullException">Too many questions wait, or the member has ended.</exception>
    public Task<T> AskAsync<T>(Func<IReadOnlyDictionary<LogPartition, StageTask>, T> question)
    {
        if (_closed || _questions.Count >= Capacity)
            throw new MailboxFullException();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions.Enqueue(tasks =>
        {
            try
            {
                answer.SetResult(question(tasks));
            }
            catch (Exception e)
            {
                // It is whoever asked who has to know; the member goes on.
                answer.SetException(e);
            }
        });
        return answer.Task;
    }

    /// <summary>Answers what has been asked; by the owner's thread.</summary>
    public void Answer(IReadOnlyDictionary<LogPartition, StageTask> tasks)
    {
        while (_questions.TryDequeue(out var question))
            question(tasks);
    }

    /// <summary>Takes no more questions, and says that nothing is owned to those that wait.</summary>
    public void Close()
    {
        _closed = true;
        Answer(new Dictionary<LogPartition, StageTask>());
    }
}

/// <summary>A member has no time for one more question.</summary>
internal sealed class MailboxFullException() : Exception("too many questions wait");
