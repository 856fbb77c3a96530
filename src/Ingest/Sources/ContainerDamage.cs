using System.Globalization;

namespace IcmpStream.Ingest.Sources;

/// <summary>Where and why a capture ended before its end. Everything before it has been delivered.</summary>
/// <param name="Outcome">What is wrong.</param>
/// <param name="OffsetBytes">Where the broken record starts, from the start of the capture.</param>
/// <param name="FramesBefore">How many frames were delivered before it.</param>
/// <param name="Claimed">The length or number that the record gives, where the outcome is about one; else 0.</param>
/// <param name="Limit">What it is held against, where the outcome is about one; else 0.</param>
public sealed record ContainerDamage(ContainerOutcome Outcome, long OffsetBytes, long FramesBefore, long Claimed = 0, long Limit = 0)
{
    /// <summary>One line, without the source's name.</summary>
    public override string ToString()
    {
        string what = Outcome switch
        {
            ContainerOutcome.CutShort => "the capture was cut short in the middle of a record",
            ContainerOutcome.Shrunk => "the file became shorter while it was read",
            ContainerOutcome.ReadFailed => "the rest of the capture could not be read",
            ContainerOutcome.FrameTooLong => Format($"a frame claims {Claimed} bytes, more than the {Limit} a frame can have"),
            ContainerOutcome.BlockTooShort => Format($"a block claims {Claimed} bytes, fewer than the {Limit} of its fixed part"),
            ContainerOutcome.BlockTooLong => Format($"a block claims {Claimed} bytes, more than the {Limit} supported"),
            ContainerOutcome.BlockLengthMismatch => Format($"a block's two lengths differ ({Limit} before, {Claimed} after)"),
            ContainerOutcome.FrameOverrunsBlock => Format($"a frame claims {Claimed} bytes, more than the {Limit} left in its block"),
            ContainerOutcome.InterfaceUnknown => Format($"a frame names interface {Claimed}, but its section describes {Limit}"),
            ContainerOutcome.InterfacesTooMany => Format($"a section describes more than {Limit} interfaces"),
            ContainerOutcome.OptionOverrun => Format($"an option claims {Claimed} bytes, more than the {Limit} left in its block"),
            ContainerOutcome.SectionByteOrder => "a section starts without a byte-order magic",
            ContainerOutcome.SectionVersion => Format($"a section has version {Claimed >> 16}.{Claimed & 0xffff}, which is not supported"),
            _ => Outcome.ToString(),
        };
        return Format($"{what} (at byte {OffsetBytes}, after {FramesBefore} {(FramesBefore == 1 ? "frame" : "frames")})");
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
