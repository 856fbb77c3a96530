using System.Globalization;

namespace IcmpStream.Fuzz.Running;

/// <summary>Where findings are written, and how they are shown.</summary>
public static class FuzzFiles
{
    /// <summary>The file with the number of a target's running case.</summary>
    public static string InFlight(string folder, string target) => Path.Combine(folder, $"{target}.inflight");

    /// <summary>Writes a finding, and shows it on standard error.</summary>
    public static void Write(string folder, Find find)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{find.Target}-{find.Seed}-{find.Iteration}.hex");
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, find.Text);
        Console.Error.WriteLine($"{find.Target}: {find.What.Split('\n')[0]}\n{find.Text}again: --replay {path}\n");
    }
}
