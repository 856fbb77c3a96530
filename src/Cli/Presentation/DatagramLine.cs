using IcmpStream.Ingest.Decode;

namespace IcmpStream.Cli.Presentation;

/// <summary>The books of fragmented datagrams, in a line.</summary>
internal static class DatagramLine
{
    /// <summary>For example <c>3 fragmented datagrams = 1 whole + 1 overlong + 1 incomplete</c>; null where there were none.</summary>
    public static string? Of(DatagramCounters books)
    {
        if (books.Opened == 0)
            return null;
        (long Count, string Name)[] parts =
        [
            (books.Whole, "whole"), (books.Overlapping, "overlapping"), (books.Overlong, "overlong"), (books.Incomplete, "incomplete"),
            (books.Evicted, "given up for want of room"), (books.Refused, "in too many fragments"), (books.Open, "open at the end"),
        ];
        string sum = string.Join(" + ", parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Name}"));
        string bad = books.BadChecksums == 0 ? "" : $"; {Counted.Of(books.BadChecksums, "whole one")} with a wrong checksum";
        return $"{Counted.Of(books.Opened, "fragmented datagram")} = {sum}{bad}";
    }
}
