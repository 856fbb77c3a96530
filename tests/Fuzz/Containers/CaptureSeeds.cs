using IcmpStream.Fuzz.Frames;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Fuzz.Containers;

/// <summary>Captures to mutate: those of the corpus, cut to where the structure is, and small ones of each classic form.</summary>
public static class CaptureSeeds
{
    private const int MaxBytes = 16 * 1024;
    private const int HeadBytes = 700;

    /// <summary>Reads and makes them, in the order of the file names.</summary>
    public static byte[][] All(string corpus)
    {
        List<byte[]> seeds = [];
        foreach (string path in SeedFrames.Captures(corpus))
        {
            byte[] head = Head(path);
            seeds.Add(head);
            if (head.Length > HeadBytes)
                seeds.Add(head[..HeadBytes]);
        }

        foreach (PcapResolution resolution in Enum.GetValues<PcapResolution>())
        {
            byte[] small = Small(resolution);
            seeds.Add(small);
            seeds.Add(Swapped(small));
        }

        return [.. seeds];
    }

    private static byte[] Head(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, MaxBytes)];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Small(PcapResolution resolution)
    {
        using MemoryStream file = new();
        using (PcapWriter writer = new(file, linkType: 1, resolution, leaveOpen: true))
        {
            for (int i = 0; i < 4; i++)
                writer.Write(i * 1_000_000_007L, new byte[i * 5], originalBytes: (uint)(i * 6));
        }

        return file.ToArray();
    }

    // The same in the other byte order: every field of a classic capture is 32 bits, but for two of 16 in the file header.
    private static byte[] Swapped(byte[] capture)
    {
        byte[] swapped = [.. capture];
        Array.Reverse(swapped, 0, 4);
        Array.Reverse(swapped, 4, 2);
        Array.Reverse(swapped, 6, 2);
        for (int at = 8; at < 24; at += 4)
            Array.Reverse(swapped, at, 4);
        for (int at = 24; at + 16 <= swapped.Length;)
        {
            int captured = BitConverter.ToInt32(capture, at + 8);
            for (int field = at; field < at + 16; field += 4)
                Array.Reverse(swapped, field, 4);
            at += 16 + captured;
        }

        return swapped;
    }
}
