using System.Globalization;
using System.Text;

namespace IcmpStream.Fuzz.Running;

/// <summary>
/// A case as text: lines of <c># why</c>, of <c>name value</c>, then hexadecimal bytes. What a fuzzer finds is written so, and
/// kept so in tests/corpus/fuzz.
/// </summary>
public static class CaseFile
{
    private const int BytesPerLine = 32;

    /// <summary>Writes a case with the reason for keeping it.</summary>
    public static string Format(string target, FuzzCase made, string why)
    {
        StringBuilder text = new();
        foreach (string line in why.ReplaceLineEndings("\n").Split('\n'))
            text.Append(CultureInfo.InvariantCulture, $"# {line}\n");
        text.Append(CultureInfo.InvariantCulture, $"target {target}\n");
        text.Append(CultureInfo.InvariantCulture, $"link_type {made.LinkType}\n");
        text.Append(CultureInfo.InvariantCulture, $"original_bytes {made.OriginalBytes}\n");
        text.Append(CultureInfo.InvariantCulture, $"variant {made.Variant}\n");
        foreach (byte[] line in made.Bytes.ToArray().Chunk(BytesPerLine))
            text.Append(Convert.ToHexStringLower(line)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a case; gives the target's name.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static string Parse(string text, FuzzCase into)
    {
        string target = "";
        ushort linkType = 0;
        uint? originalBytes = null;
        byte variant = 0;
        List<byte> bytes = [];
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line[0] == '#')
                continue;
            string[] words = line.Split(' ', 2);
            switch (words)
            {
                case ["target", string name]:
                    target = name;
                    break;
                case ["link_type", string number]:
                    linkType = ushort.Parse(number, CultureInfo.InvariantCulture);
                    break;
                case ["original_bytes", string number]:
                    originalBytes = uint.Parse(number, CultureInfo.InvariantCulture);
                    break;
                case ["variant", string number]:
                    variant = byte.Parse(number, CultureInfo.InvariantCulture);
                    break;
                default:
                    bytes.AddRange(Convert.FromHexString(line));
                    break;
            }
        }

        if (target.Length == 0)
            throw new FormatException("a case names its target");
        into.Load([.. bytes], linkType);
        into.OriginalBytes = originalBytes ?? (uint)bytes.Count;
        into.Variant = variant;
        return target;
    }
}
