using System.Globalization;

namespace IcmpStream.Cli.Presentation;

/// <summary>Numbers of things, in words: 1 frame, 2 frames.</summary>
internal static class Counted
{
    /// <summary>A number and its noun, which takes an s unless it is one.</summary>
    public static string Of(long count, string noun) => Of(count, noun, "");

    /// <summary>The same, with the number in a format.</summary>
    public static string Of(long count, string noun, string format) => $"{count.ToString(format, CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";
}
