namespace IcmpStream.Ingest.Sources.Live;

/// <summary>Puts a classic BPF program together: jumps go to labels, forward only, and are resolved at the end.</summary>
internal sealed class BpfAssembler
{
    /// <summary>The jump that goes nowhere: on with the next instruction.</summary>
    public const int Next = -1;

    private readonly List<(ushort Code, uint Operand, int JumpTrue, int JumpFalse)> _instructions = [];
    private readonly List<int> _labels = [];

    /// <summary>A place that jumps can name before it is known.</summary>
    public int NewLabel()
    {
        _labels.Add(Next);
        return _labels.Count - 1;
    }

    /// <summary>The label is here.</summary>
    public void Mark(int label) => _labels[label] = _instructions.Count;

    /// <summary>An instruction that goes on with the next.</summary>
    public void Add(ushort code, uint operand = 0) => _instructions.Add((code, operand, Next, Next));

    /// <summary>A conditional jump.</summary>
    public void Branch(ushort code, uint operand, int whenTrue, int whenFalse = Next) => _instructions.Add((code, operand, whenTrue, whenFalse));

    /// <summary>The program.</summary>
    public BpfInstruction[] Build()
    {
        var program = new BpfInstruction[_instructions.Count];
        for (int index = 0; index < program.Length; index++)
        {
            (ushort code, uint operand, int whenTrue, int whenFalse) = _instructions[index];
            program[index] = new BpfInstruction(code, Skip(index, whenTrue), Skip(index, whenFalse), operand);
        }

        return program;
    }

    // A conditional jump has 8 bits for its way: checked, since a program that outgrows them would jump elsewhere.
    private byte Skip(int index, int label) => label == Next ? (byte)0 : checked((byte)(_labels[label] - index - 1));
}
