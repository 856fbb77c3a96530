using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IcmpStream.Fuzz.Targets;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Fuzz;

/// <summary>The scalar decoder with a fault put in, for tests that the fuzzer sees it.</summary>
internal sealed class FaultyDecoder(string fault) : IDecoderUnderTest
{
    private readonly ScalarDecoder _sound = new();
    private object? _kept;

    public string Name => fault;

    public DecodeOutcome Decode(byte variant, in FrameInfo info, ReadOnlySpan<byte> frame, EventBuffer into)
    {
        DecodeOutcome outcome = _sound.Decode(variant, info, frame, into);
        if (into.Count == 0 || into.Events[0].Type != 8)
            return outcome;
        switch (fault)
        {
            case "throws":
                throw new InvalidOperationException("a fault on purpose");
            case "allocates":
                _kept = new byte[frame.Length];
                break;
            case "differs":
                into.Events[0].Ttl ^= 1;
                break;
            case "reads on":
                into.Events[0].Ttl = Beyond(frame, into.Events[0].Ttl);
                break;
            default:
                break;
        }

        GC.KeepAlive(_kept);
        return outcome;
    }

    // One byte behind the frame, but not where that is another page: the crash is not for a test to have.
    private static unsafe byte Beyond(ReadOnlySpan<byte> frame, byte otherwise)
    {
        ref byte end = ref Unsafe.Add(ref MemoryMarshal.GetReference(frame), frame.Length);
        return (nuint)Unsafe.AsPointer(ref end) % (nuint)Environment.SystemPageSize == 0 ? otherwise : end;
    }
}
