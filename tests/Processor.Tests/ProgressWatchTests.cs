using IcmpStream.Processor.Runtime;

namespace IcmpStream.Processor.Tests;

public class ProgressWatchTests
{
    private readonly ProgressWatch _watch = new();

    [Fact]
    public void What_is_committed_is_progress_and_silence_is_none()
    {
        Assert.True(_watch.HasMoved(0, Books()));
        Assert.False(_watch.HasMoved(0, Books()));
        Assert.True(_watch.HasMoved(10, Books()));
        Assert.False(_watch.HasMoved(10, Books()));
    }

    [Fact]
    public void A_rebuild_is_progress_while_it_reads()
    {
        _watch.HasMoved(10, Books());
        Assert.True(_watch.HasMoved(10, Books(replayed: 5)));
        Assert.True(_watch.HasMoved(10, Books(replayed: 6, aborts: 1)));
        Assert.False(_watch.HasMoved(10, Books(replayed: 6, aborts: 1)));
    }

    [Fact]
    public void Rebuilding_again_and_again_without_a_commit_is_none()
    {
        _watch.HasMoved(10, Books(replayed: 5, aborts: 3));
        Assert.True(_watch.HasMoved(10, Books(replayed: 9, aborts: 4)));
        Assert.False(_watch.HasMoved(10, Books(replayed: 20, aborts: 5)));
        Assert.True(_watch.HasMoved(11, Books(replayed: 20, aborts: 5)));
        Assert.True(_watch.HasMoved(11, Books(replayed: 25, aborts: 6)));
    }

    [Fact]
    public void Records_that_are_read_and_never_committed_are_none()
    {
        _watch.HasMoved(10, Books());
        Assert.False(_watch.HasMoved(10, new ProcessorBooks { Records = 100, Aborts = 7 }));
    }

    private static ProcessorBooks Books(long replayed = 0, long aborts = 0) => new() { Records = 100 + replayed, Replayed = replayed, Aborts = aborts };
}
