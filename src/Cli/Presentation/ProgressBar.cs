using Spectre.Console;

namespace IcmpStream.Cli.Presentation;

/// <summary>How far a task is.</summary>
/// <param name="Done">What is done, in whatever unit.</param>
/// <param name="Total">What there is to do; null where nobody knows.</param>
internal readonly record struct Progress(long Done, long? Total);

/// <summary>Shows the progress of a task on the standard error: on a terminal only, and not where quiet was asked for.</summary>
internal static class ProgressBar
{
    /// <summary>Ten pictures a second look smooth and cost nothing.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs <paramref name="work"/> and shows what <paramref name="progress"/> says of it meanwhile.</summary>
    public static async Task RunAsync(Terminal terminal, bool quiet, string title, Func<Progress> progress, Func<Task> work)
    {
        if (quiet || !terminal.ErrorIsTerminal)
        {
            await work();
            return;
        }

        await Page.Open(terminal, terminal.Error, isTerminal: true).Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(title));
                // Seen even where the work is done before the first picture is due.
                context.Refresh();
                Task running = Task.Run(work);
                while (await Task.WhenAny(running, Task.Delay(Refresh)) != running)
                    Show(bar, progress());
                Show(bar, progress());
                await running;
            });
    }

    private static void Show(ProgressTask bar, Progress progress)
    {
        bar.IsIndeterminate = progress.Total is null;
        bar.MaxValue = Math.Max(1, progress.Total ?? 1);
        bar.Value = progress.Done;
    }
}
