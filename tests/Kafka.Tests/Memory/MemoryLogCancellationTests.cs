using IcmpStream.Kafka.Memory;

namespace IcmpStream.Kafka.Tests.Memory;

public class MemoryLogCancellationTests
{
    private const int Rounds = 2_000;

    /// <summary>A wait that ends by its own timeout while its token is being cancelled: neither may wait for the other.</summary>
    [Fact]
    public async Task Cancelling_a_poll_that_is_just_ending_never_blocks_the_log()
    {
        using var log = new MemoryLog();
        log.CreateTopic("events", 1);
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = ["events"] });
        Task polling = Task.Run(
            async () =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    using var stop = new CancellationTokenSource();
                    Task cancelling = Task.Run(stop.Cancel, TestContext.Current.CancellationToken);
                    try
                    {
                        while (!stop.IsCancellationRequested)
                            reader.Poll(TimeSpan.FromTicks(1 + (round % 50)), stop.Token);
                    }
                    catch (OperationCanceledException) when (stop.IsCancellationRequested)
                    {
                        // Either way of ending is right.
                    }

                    await cancelling;
                }
            },
            TestContext.Current.CancellationToken);
        await polling.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }
}
