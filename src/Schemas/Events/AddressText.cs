using System.Buffers.Binary;
using System.Globalization;

namespace IcmpStream.Schemas;

/// <summary>
/// RFC 5952 text of an IPv6 address: lower case, no leading zeros, the longest run of two or more zero groups (the first of
/// equals) written as "::", and an IPv4 tail in dotted form where section 5 asks for it (::ffff:0:0/96 only, which our
/// <see cref="Address"/> prints as plain IPv4 before it comes here).
/// </summary>
internal static class AddressText
{
    private const int Groups = 8;

    public static bool TryFormatIpv6(ReadOnlySpan<byte> bytes, Span<char> destination, out int charsWritten)
    {
        (int runStart, int runLength) = LongestZeroRun(bytes);
        int written = 0;
        charsWritten = 0;
        for (int group = 0; group < Groups; group++)
        {
            if (group == runStart)
            {
                if (!"::".TryCopyTo(destination[written..]))
                    return false;
                written += 2;
                group += runLength - 1;
                continue;
            }

            if (group > 0 && group != runStart + runLength)
            {
                if (written == destination.Length)
                    return false;
                destination[written++] = ':';
            }

            ushort value = BinaryPrimitives.ReadUInt16BigEndian(bytes[(group * 2)..]);
            if (!value.TryFormat(destination[written..], out int digits, "x", CultureInfo.InvariantCulture))
                return false;
            written += digits;
        }

        charsWritten = written;
        return true;
    }

    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<byte> bytes)
    {
        int bestStart = -1, bestLength = 1;
        for (int group = 0; group < Groups;)
        {
            int end = group;
            while (end < Groups && bytes[end * 2] == 0 && bytes[(end * 2) + 1] == 0)
                end++;
            if (end - group > bestLength)
                (bestStart, bestLength) = (group, end - group);
            group = Math.Max(end, group + 1);
        }

        return bestStart < 0 ? (-1, 0) : (bestStart, bestLength);
    }
}
