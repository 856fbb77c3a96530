using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// One instruction of classic BPF: struct sock_filter of linux/filter.h, struct bpf_insn of pcap/bpf.h
/// (McCanne and Jacobson, "The BSD Packet Filter", 1993).
/// </summary>
/// <param name="Code">What it does.</param>
/// <param name="JumpTrue">Instructions to skip where a condition holds.</param>
/// <param name="JumpFalse">Instructions to skip where it does not.</param>
/// <param name="Operand">A constant, an offset or a target.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Operand)
{
    // linux/bpf_common.h: the class of an instruction, then its kind.
    public const ushort Load = 0x00;
    public const ushort LoadX = 0x01;
    public const ushort Store = 0x02;
    public const ushort StoreX = 0x03;
    public const ushort Arithmetic = 0x04;
    public const ushort Jump = 0x05;
    public const ushort Return = 0x06;
    public const ushort Transfer = 0x07;
    public const ushort ClassMask = 0x07;

    public const ushort LoadHalfAtX = Load | 0x08 | 0x40;
    public const ushort LoadByteAtX = Load | 0x10 | 0x40;
    public const ushort LoadXConstant = LoadX;
    public const ushort AddConstant = Arithmetic;
    public const ushort AddX = Arithmetic | 0x08;
    public const ushort And = Arithmetic | 0x50;
    public const ushort ShiftLeft = Arithmetic | 0x60;
    public const ushort ShiftRight = Arithmetic | 0x70;
    public const ushort JumpAlways = Jump;
    public const ushort JumpEqual = Jump | 0x10;
    public const ushort JumpAnyBit = Jump | 0x40;
    public const ushort ReturnConstant = Return;
    public const ushort AToX = Transfer;
    public const ushort XToA = Transfer | 0x80;
}
