using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>Each is one good frame, one fault, one more good frame: the first is delivered, the fault is named, the rest is not guessed at.</summary>
public sealed class PcapngDamageTests
{
    private const ulong Ticks = 1_700_000_000_123_456;

    public static TheoryData<string, ContainerOutcome, string> Faults => new()
    {
        { "length 8", ContainerOutcome.BlockTooShort, "claims 8 bytes, fewer than the 12" },
        { "length 0", ContainerOutcome.BlockTooShort, "claims 0 bytes, fewer than the 12" },
        { "short packet", ContainerOutcome.BlockTooShort, "claims 28 bytes, fewer than the 32" },
        { "short simple packet", ContainerOutcome.BlockTooShort, "claims 12 bytes, fewer than the 16" },
        { "short interface", ContainerOutcome.BlockTooShort, "claims 16 bytes, fewer than the 20" },
        { "short statistics", ContainerOutcome.BlockTooShort, "claims 20 bytes, fewer than the 24" },
        { "short section", ContainerOutcome.BlockTooShort, "claims 24 bytes, fewer than the 28" },
        { "endless block", ContainerOutcome.BlockTooLong, "claims 4294967295 bytes, more than the 268435456 supported" },
        { "huge block", ContainerOutcome.BlockTooLong, "claims 268435460 bytes" },
        { "large block", ContainerOutcome.CutShort, "cut short" },
        { "trailer", ContainerOutcome.BlockLengthMismatch, "two lengths differ (44 before, 7 after)" },
        { "trailer of no packet", ContainerOutcome.BlockLengthMismatch, "two lengths differ (16 before, 4294967295 after)" },
        { "frame overrun", ContainerOutcome.FrameOverrunsBlock, "claims 13 bytes, more than the 12 left" },
        { "frame too long", ContainerOutcome.FrameTooLong, "claims 262145 bytes, more than the 262144" },
        { "frame wraps", ContainerOutcome.FrameTooLong, "claims 4294967295 bytes" },
        { "unknown interface", ContainerOutcome.InterfaceUnknown, "names interface 1, but its section describes 1" },
        { "unknown interface, all bits", ContainerOutcome.InterfaceUnknown, "names interface 4294967295" },
        { "statistics of unknown interface", ContainerOutcome.InterfaceUnknown, "names interface 7" },
        { "option overrun", ContainerOutcome.OptionOverrun, "claims 100 bytes, more than the 4 left" },
        { "statistics option overrun", ContainerOutcome.OptionOverrun, "claims 65535 bytes, more than the 0 left" },
        { "section order", ContainerOutcome.SectionByteOrder, "without a byte-order magic" },
        { "section version", ContainerOutcome.SectionVersion, "version 2.1, which is not supported" },
        { "four bytes of nothing", ContainerOutcome.CutShort, "cut short in the middle of a record" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_after_everything_before_it(string fault, ContainerOutcome outcome, string text)
    {
        foreach (bool bigEndian in new[] { false, true })
        {
            PcapngBytes capture = new PcapngBytes().Section(bigEndian).Interface().Packet(0, Ticks, Captures.Frame(9));
            int offset = capture.Length;
            Add(capture, fault);
            if (fault is not ("four bytes of nothing" or "large block"))
                capture.Packet(0, Ticks, Captures.Frame(9));
            ReadCapture read = Captures.Read(capture.ToArray());
            Assert.Single(read.Frames);
            ContainerDamage damage = Assert.IsType<ContainerDamage>(read.Statistics.Damage);
            Assert.Equal((outcome, (long)offset, 1L), (damage.Outcome, damage.OffsetBytes, damage.FramesBefore));
            Assert.Equal(1, read.Statistics.Count(outcome));
            Assert.Contains(text, damage.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain('\n', damage.ToString());
        }
    }

    [Fact]
    public void Every_outcome_that_ends_a_capture_has_a_sentence()
    {
        foreach (ContainerOutcome outcome in Enum.GetValues<ContainerOutcome>().Where(o => o > ContainerOutcome.TimeSaturated))
            Assert.DoesNotContain(outcome.ToString(), new ContainerDamage(outcome, 1, 2).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrongly_sized_option_is_no_option()
    {
        var capture = new PcapngBytes();
        byte[] options = [.. capture.Option(9, 9, 0), .. capture.Option(14, 1, 0, 0, 0), .. capture.Option(2988, 1, 2, 3)];
        capture.Section().Interface(options: options).Packet(0, Ticks, Captures.Frame(9));
        Assert.Equal((long)Ticks * 1000, Captures.Read(capture.ToArray()).Only.Info.TimeNs);
    }

    [Fact]
    public void Options_end_at_their_end_mark_or_with_their_block()
    {
        var capture = new PcapngBytes();
        byte[] ended = [.. capture.Option(0), .. capture.Option(9, 9), 9, 0, 0, 99];
        byte[] unended = capture.Option(9, 9);
        capture.Section().Interface(options: ended).Interface(options: unended).Packet(0, Ticks, Captures.Frame(9)).Packet(1, Ticks, Captures.Frame(9));
        Assert.Equal([(long)Ticks * 1000, (long)Ticks], Captures.Read(capture.ToArray()).Times);
    }

    private static void Add(PcapngBytes capture, string fault)
    {
        switch (fault)
        {
            case "length 8":
                capture.Block(0x99, [], length: 8);
                break;
            case "length 0":
                capture.Block(0x99, [], length: 0);
                break;
            case "short packet":
                capture.Block(6, new byte[16]);
                break;
            case "short simple packet":
                capture.Block(3, []);
                break;
            case "short interface":
                capture.Block(1, new byte[4]);
                break;
            case "short statistics":
                capture.Block(5, new byte[8]);
                break;
            case "short section":
                capture.Block(0x0a0d0d0a, [.. capture.U32(0x1a2b3c4d), .. capture.U16(1), .. new byte[6]]);
                break;
            case "endless block":
                capture.Block(0x99, [], length: uint.MaxValue);
                break;
            case "huge block":
                capture.Block(0x99, [], length: 268_435_460);
                break;
            case "large block":
                capture.Block(0x99, [], length: 268_435_456);
                break;
            case "trailer":
                capture.Packet(0, Ticks, Captures.Frame(9), trailer: 7);
                break;
            case "trailer of no packet":
                capture.Block(0x99, new byte[4], trailer: uint.MaxValue);
                break;
            case "frame overrun":
                capture.Packet(0, Ticks, Captures.Frame(9), captured: 13);
                break;
            case "frame too long":
                capture.Packet(0, Ticks, new byte[262_145]);
                break;
            case "frame wraps":
                capture.Packet(0, Ticks, Captures.Frame(9), captured: uint.MaxValue);
                break;
            case "unknown interface":
                capture.Packet(1, Ticks, Captures.Frame(9));
                break;
            case "unknown interface, all bits":
                capture.Packet(uint.MaxValue, Ticks, Captures.Frame(9));
                break;
            case "statistics of unknown interface":
                capture.Statistics(7, (5, 1));
                break;
            case "option overrun":
                capture.Interface(options: [.. capture.U16(9), .. capture.U16(100), 9, 0, 0, 0]);
                break;
            case "statistics option overrun":
                capture.Block(5, [.. new byte[12], .. capture.U16(5), .. capture.U16(0xffff)]);
                break;
            case "section order":
                capture.Block(0x0a0d0d0a, new byte[16]);
                break;
            case "section version":
                capture.Block(0x0a0d0d0a, [.. capture.U32(0x1a2b3c4d), .. capture.U16(2), .. capture.U16(1), .. new byte[8]]);
                break;
            case "four bytes of nothing":
                capture.Raw(0, 0, 0, 0);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault");
        }
    }
}
