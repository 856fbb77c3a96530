using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IcmpStream.Cli.Presentation;

/// <summary>How far a task is.</summary>
/// <param name="Done">What is done, in whatever unit.</param>
/// <param name="Total">What there is to do; null where nobody knows.</param>
/// <param name="Frames">Frames handled so far, for the rate; 0 where the task has none.</param>
internal readonly record struct Progress(long Done, long? Total, long Frames = 0);

/// <summary>Shows the progress of a task on the standard error: on a terminal only, and not where quiet was asked for.</summary>
internal static class ProgressBar
{
    /// <summary>With the words, the share, the rate and the time left beside it, a line of 80 columns.</summary>
    private const int BarWidth = 20;

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
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new RateColumn(progress), new RemainingTimeColumn(), new SpinnerColumn())
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

    /// <summary>A rate in at most 16 columns: <c>1.23 M frames/s</c>.</summary>
    public static string Rate(long frames, TimeSpan elapsed)
    {
        double rate = frames / Math.Max(elapsed.TotalSeconds, 1e-3);
        (double number, string unit) = rate switch
        {
            >= 1e6 => (rate / 1e6, "M "),
            >= 1e3 => (rate / 1e3, "k "),
            _ => (rate, ""),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number:0.##} {unit}frames/s");
    }

    private static void Show(ProgressTask bar, Progress progress)
    {
        bar.IsIndeterminate = progress.Total is null;
        bar.MaxValue = Math.Max(1, progress.Total ?? 1);
        bar.Value = progress.Done;
    }

    private sealed class RateColumn(Func<Progress> progress) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            long frames = progress().Frames;
            return frames == 0 || task.ElapsedTime is not { } elapsed ? Text.Empty : new Text(Rate(frames, elapsed));
        }
    }
}
