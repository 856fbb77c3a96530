using System.Globalization;
using System.Net;
using System.Text;

namespace IcmpStream.Cli.Report;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Its points, from left to right.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Line charts as SVG inside a page: no script, nothing from elsewhere.</summary>
internal static class SvgChart
{
    private const int Width = 720;
    private const int Height = 240;
    private const int Left = 64;
    private const int Bottom = 32;
    private const int Top = 12;
    private const int Right = 12;
    private const int Ticks = 4;

    /// <summary>Points that a line is drawn with at most: one for two pixels.</summary>
    private const int MostPoints = (Width - Left - Right) / 2;

    /// <summary>A chart over <paramref name="xName"/>.</summary>
    public static string Lines(string title, string xName, params IReadOnlyList<ChartLine> lines)
    {
        double mostX = Most(lines.SelectMany(line => line.Points), point => point.X);
        double mostY = Round(Most(lines.SelectMany(line => line.Points), point => point.Y));
        var svg = new StringBuilder();
        Append(svg, $"<figure><figcaption>{WebUtility.HtmlEncode(title)}</figcaption><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double y = Height - Bottom - ((Height - Bottom - Top) * (double)tick / Ticks);
            double x = Left + ((Width - Left - Right) * (double)tick / Ticks);
            Append(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>");
            Append(svg, $"<text x=\"{Left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Short(mostY * tick / Ticks)}</text>");
            Append(svg, $"<text x=\"{x:0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{Short(mostX * tick / Ticks)}{(tick == Ticks ? " " + WebUtility.HtmlEncode(xName) : "")}</text>");
        }

        for (int i = 0; i < lines.Count; i++)
        {
            IEnumerable<string> points = Thin(lines[i].Points).Select(point => string.Create(
                CultureInfo.InvariantCulture,
                $"{Left + ((Width - Left - Right) * point.X / mostX):0.#},{Height - Bottom - ((Height - Bottom - Top) * point.Y / mostY):0.#}"));
            Append(svg, $"<polyline class=\"line{i % 4}\" points=\"{string.Join(' ', points)}\"/>");
        }

        svg.Append("</svg><p>");
        for (int i = 0; i < lines.Count; i++)
            Append(svg, $"<span class=\"key{i % 4}\">{WebUtility.HtmlEncode(lines[i].Name)}</span> ");
        return svg.Append("</p></figure>").ToString();
    }

    /// <summary>A number in at most five characters: 1.2 M.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.##} G"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.##} k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.##}"),
    };

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));

    private static double Most(IEnumerable<(double X, double Y)> points, Func<(double X, double Y), double> of) =>
        Math.Max(1e-9, points.Select(of).DefaultIfEmpty(1).Max());

    /// <summary>The next 1, 2 or 5 times a power of ten, so that the marks are round.</summary>
    private static double Round(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return new[] { 1.0, 2, 4, 5, 8, 10 }.Select(step => step * power).First(step => step >= value * 0.999999);
    }

    /// <summary>Of many points the highest of each group: a peak must not be lost between two that are drawn.</summary>
    private static IEnumerable<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        int group = Math.Max(1, (points.Count + MostPoints - 1) / MostPoints);
        return points.Chunk(group).Select(chunk => chunk.MaxBy(point => point.Y));
    }
}
