using System.IO.Pipelines;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Frames;

/// <summary>A frame to mutate.</summary>
/// <param name="Bytes">Its captured bytes.</param>
/// <param name="LinkType">Its LINKTYPE_ value.</param>
/// <param name="OriginalBytes">Its length on the wire.</param>
public sealed record SeedFrame(byte[] Bytes, ushort LinkType, uint OriginalBytes);

/// <summary>
/// What mutation starts from: frames of the captures in tests/corpus, frames that were found before, generated ones, and one of
/// every message type. The order is that of the file names, so that the same corpus gives the same cases.
/// </summary>
public sealed class SeedFrames
{
    /// <summary>Longer frames only make mutation slow: what the decoder branches on is in front.</summary>
    private const int MaxSeedBytes = 9 * 1024;

    /// <summary>From one capture: the first frames, which differ more than the later ones.</summary>
    private const int MaxFramesPerCapture = 400;

    private const ushort Ethernet = 1;

    private readonly SeedFrame[][] _groups;

    private SeedFrames(params SeedFrame[][] groups) => _groups = [.. groups.Where(group => group.Length > 0)];

    /// <summary>How many frames there are.</summary>
    public int Count => _groups.Sum(group => group.Length);

    /// <summary>All of them.</summary>
    public IEnumerable<SeedFrame> All => _groups.SelectMany(group => group);

    /// <summary>Reads the corpus under <paramref name="corpus"/> and adds what is made.</summary>
    public static SeedFrames Load(string corpus) => new(Captured(corpus), Generated(), [.. MessageFrames.All(), .. Found(corpus)]);

    /// <summary>One of them by chance; each group, large or small, has the same weight.</summary>
    public SeedFrame Pick(ref SplitMix chance)
    {
        SeedFrame[] group = _groups[(int)chance.Below(_groups.Length)];
        return group[(int)chance.Below(group.Length)];
    }

    /// <summary>The captures of a corpus, in order.</summary>
    public static IEnumerable<string> Captures(string corpus) =>
        Directory.EnumerateFiles(corpus, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap")
            .Order(StringComparer.Ordinal);

    private static SeedFrame[] Captured(string corpus)
    {
        HashSet<ulong> seen = [];
        List<SeedFrame> frames = [];
        foreach (string path in Captures(corpus))
            frames.AddRange(Read(path).Where(frame => seen.Add(XxHash64.Hash(frame.Bytes))));
        return [.. frames];
    }

    private static List<SeedFrame> Read(string path)
    {
        List<SeedFrame> frames = [];
        using CaptureSource source = new(path);
        source.Start();
        bool more = true;
        while (more && frames.Count < MaxFramesPerCapture && source.Reader.TryRead(out ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (frames.Count < MaxFramesPerCapture && cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                if (frame.Length <= MaxSeedBytes)
                    frames.Add(new SeedFrame(frame.ToArray(), info.LinkType, info.OriginalBytes));
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return frames;
    }

    private static SeedFrame[] Found(string corpus)
    {
        string folder = Path.Combine(corpus, "fuzz");
        if (!Directory.Exists(folder))
            return [];
        FuzzCase made = new();
        return [.. Directory.EnumerateFiles(folder, "*.hex").Order(StringComparer.Ordinal)
            .Where(path => CaseFile.Parse(File.ReadAllText(path), made) == "decode" && made.Length <= MaxSeedBytes)
            .Select(path =>
            {
                CaseFile.Parse(File.ReadAllText(path), made);
                return new SeedFrame(made.Bytes.ToArray(), made.LinkType, made.OriginalBytes);
            })];
    }

    /// <summary>Echoes of both families with payloads of many lengths.</summary>
    public static SeedFrame[] Generated()
    {
        byte[] buffer = new byte[ITraffic.MaxFrameBytes];
        List<SeedFrame> frames = [];
        ReadOnlySpan<int> payloads = [0, 1, 4, 8, 16, 32, 56, 64, 120, 256, 504, 1472];
        foreach (bool isVersion6 in (ReadOnlySpan<bool>)[false, true])
        {
            Address source = isVersion6 ? new Address(0x2001_0DB8_0000_0000, 1) : Address.FromIpv4(0xC000_0201);
            Address destination = isVersion6 ? new Address(0x2001_0DB8_0000_0000, 2) : Address.FromIpv4(0xC000_0202);
            foreach (int payload in payloads)
            {
                for (int i = 0; i < payload; i++)
                    buffer[FrameBuilder.PayloadOffset(source) + i] = (byte)i;
                int length = FrameBuilder.Finish(
                    buffer, new PacketHeader(source, destination), isVersion6 ? (byte)128 : (byte)8, 0, 0x1234_0001, payload);
                frames.Add(new SeedFrame(buffer[..length], Ethernet, (uint)length));
            }
        }

        return [.. frames];
    }
}
