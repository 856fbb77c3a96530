namespace IcmpStream.Ingest.Tests.Tshark;

/// <summary>A frame as a capture holds it.</summary>
internal readonly record struct WireFrame(ushort LinkType, byte[] Bytes, int OriginalBytes)
{
    public static WireFrame Whole(ushort linkType, byte[] bytes) => new(linkType, bytes, bytes.Length);

    /// <summary>Cut by the capture.</summary>
    public WireFrame Cut(Random chance) => this with { Bytes = Bytes[..Math.Max(14, Bytes.Length - (chance.Next(2) == 0 ? chance.Next(24) : chance.Next(Bytes.Length)))] };

    /// <summary>With a few bytes that are not what they were.</summary>
    public WireFrame Damage(Random chance)
    {
        byte[] damaged = [.. Bytes];
        for (int bytes = chance.Next(1, 4); bytes > 0; bytes--)
            damaged[chance.Next(12, damaged.Length)] = (byte)chance.Next(256);
        return this with { Bytes = damaged };
    }
}
