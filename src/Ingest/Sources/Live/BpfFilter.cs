using System.Buffers.Binary;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// Runs a classic BPF program on a frame in user space, as the kernel would: for rings that the kernel does not filter for the user,
/// and for tests of <see cref="IcmpFilter"/> that need no kernel. A load outside the frame refuses it. Programs jump forward only, so
/// each instruction runs at most once.
/// </summary>
internal sealed class BpfFilter
{
    private const int Slots = 16;
    private readonly BpfInstruction[] _program;
    private readonly uint[] _memory = new uint[Slots];

    public BpfFilter(BpfInstruction[] program) => _program = program;

    /// <summary>True where the program does not return 0.</summary>
    /// <param name="frame">The captured bytes.</param>
    /// <param name="originalBytes">The length on the wire.</param>
    public bool Accepts(ReadOnlySpan<byte> frame, uint originalBytes)
    {
        uint a = 0, x = 0;
        for (uint at = 0; at < _program.Length; at++)
        {
            BpfInstruction step = _program[at];
            uint source = (step.Code & 0x08) != 0 ? x : step.Operand;
            switch (step.Code & BpfInstruction.ClassMask)
            {
                case BpfInstruction.Load:
                    if (!TryLoad(step, frame, originalBytes, x, out a))
                        return false;
                    break;
                case BpfInstruction.LoadX:
                    if (!TryLoadX(step, frame, originalBytes, out x))
                        return false;
                    break;
                case BpfInstruction.Store:
                    _memory[step.Operand % Slots] = a;
                    break;
                case BpfInstruction.StoreX:
                    _memory[step.Operand % Slots] = x;
                    break;
                case BpfInstruction.Arithmetic:
                    if (!TryCompute(step.Code, source, ref a))
                        return false;
                    break;
                case BpfInstruction.Jump:
                    at += step.Code == BpfInstruction.JumpAlways ? step.Operand : Holds(step.Code, a, source) ? step.JumpTrue : step.JumpFalse;
                    break;
                case BpfInstruction.Return:
                    return ((step.Code & 0x18) == 0x10 ? a : step.Operand) != 0;
                default:
                    (a, x) = (step.Code & 0x80) != 0 ? (x, x) : (a, a);
                    break;
            }
        }

        return false;
    }

    // BPF_SIZE is bits 3 and 4, BPF_MODE bits 5 to 7.
    private bool TryLoad(BpfInstruction step, ReadOnlySpan<byte> frame, uint originalBytes, uint x, out uint value)
    {
        value = 0;
        switch (step.Code & 0xe0)
        {
            case 0x00:
                value = step.Operand;
                return true;
            case 0x60:
                value = _memory[step.Operand % Slots];
                return true;
            case 0x80:
                value = originalBytes;
                return true;
        }

        ulong offset = (ulong)step.Operand + ((step.Code & 0xe0) == 0x40 ? x : 0);
        int bytes = (step.Code & 0x18) switch { 0x10 => 1, 0x08 => 2, _ => 4 };
        if (offset + (uint)bytes > (uint)frame.Length)
            return false;
        ReadOnlySpan<byte> at = frame[(int)offset..];
        value = bytes switch { 1 => at[0], 2 => BinaryPrimitives.ReadUInt16BigEndian(at), _ => BinaryPrimitives.ReadUInt32BigEndian(at) };
        return true;
    }

    private bool TryLoadX(BpfInstruction step, ReadOnlySpan<byte> frame, uint originalBytes, out uint x)
    {
        x = 0;
        switch (step.Code & 0xe0)
        {
            case 0x00:
                x = step.Operand;
                return true;
            case 0x60:
                x = _memory[step.Operand % Slots];
                return true;
            case 0x80:
                x = originalBytes;
                return true;
            default:
                // BPF_MSH, made for the length of an IPv4 header: four times the low half of a byte.
                if (step.Operand >= (uint)frame.Length)
                    return false;
                x = (frame[(int)step.Operand] & 0x0fu) << 2;
                return true;
        }
    }

    private static bool TryCompute(ushort code, uint source, ref uint a)
    {
        bool isDivision = (code & 0xf0) is 0x30 or 0x90;
        if (isDivision && source == 0)
            return false;
        a = (code & 0xf0) switch
        {
            0x00 => a + source,
            0x10 => a - source,
            0x20 => a * source,
            0x30 => a / source,
            0x40 => a | source,
            0x50 => a & source,
            0x60 => source < 32 ? a << (int)source : 0,
            0x70 => source < 32 ? a >> (int)source : 0,
            0x80 => 0 - a,
            0x90 => a % source,
            _ => a ^ source,
        };
        return true;
    }

    private static bool Holds(ushort code, uint a, uint source) => (code & 0xf0) switch
    {
        0x10 => a == source,
        0x20 => a > source,
        0x30 => a >= source,
        _ => (a & source) != 0,
    };
}
