using System.Globalization;
using System.Runtime.CompilerServices;

namespace IcmpStream.Ingest.Tests.Fuzz;

/// <summary>What the kernel says of an address of this process.</summary>
internal static class GuardedMemory
{
    public static unsafe bool IsAccessible(ref byte at)
    {
        ulong address = (ulong)Unsafe.AsPointer(ref at);
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', 3);
            string[] range = words[0].Split('-');
            if (address >= Hex(range[0]) && address < Hex(range[1]))
                return words[1][0] == 'r';
        }

        return false;
    }

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
