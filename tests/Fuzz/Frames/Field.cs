namespace IcmpStream.Fuzz.Frames;

/// <summary>What a field of a frame says.</summary>
public enum FieldKind : byte
{
    /// <summary>How long something is.</summary>
    Length,

    /// <summary>What something is.</summary>
    Type,

    /// <summary>How many of something there are.</summary>
    Count,

    /// <summary>Bits, each with a meaning of its own.</summary>
    Flags,

    /// <summary>A checksum.</summary>
    Checksum,
}

/// <summary>A field of a frame.</summary>
/// <param name="Offset">Where it starts.</param>
/// <param name="Bytes">How long it is: 1, 2 or 4.</param>
/// <param name="Kind">What it says.</param>
public readonly record struct Field(int Offset, int Bytes, FieldKind Kind);

/// <summary>An IP packet in a frame.</summary>
/// <param name="Start">Where its header starts.</param>
/// <param name="UpperStart">Where what it carries starts.</param>
/// <param name="End">Where it ends, by its own length but not behind the frame.</param>
public readonly record struct Packet(int Start, int UpperStart, int End);
