namespace IcmpStream.Processor.Runtime;

/// <summary>
/// Says whether a processor gets on: something new has been committed, or state is being rebuilt. A second rebuild with nothing committed since
/// the first is a circle, and no progress however many records it reads.
/// </summary>
internal sealed class ProgressWatch
{
    private long _committed = -1;
    private long _abortsAtCommit;
    private long _replayed;

    /// <summary>True where there was progress since the last look.</summary>
    /// <param name="committed">Offsets committed, all of them together.</param>
    /// <param name="books">What has been done.</param>
    public bool HasMoved(long committed, ProcessorBooks books)
    {
        if (committed != _committed)
        {
            (_committed, _abortsAtCommit, _replayed) = (committed, books.Aborts, books.Replayed);
            return true;
        }

        bool replays = books.Replayed != _replayed && books.Aborts <= _abortsAtCommit + 1;
        _replayed = books.Replayed;
        return replays;
    }
}
