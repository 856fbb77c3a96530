using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>Reads one value as its writer wrote it, and writes it as its reader reads it.</summary>
internal abstract class TranscodeStep
{
    public abstract void Run(ref AvroReader reader, TranscodedBytes output);
}

/// <summary>A value that looks alike on both sides, by the way in which its length is found.</summary>
/// <param name="type">A primitive type, or <c>fixed</c>.</param>
/// <param name="size">Bytes of a fixed.</param>
internal sealed class CopyStep(string type, int size = 0) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        ReadOnlySpan<byte> before = reader.Rest;
        switch (type)
        {
            case "int" or "long":
                reader.ReadLong();
                break;
            case "bytes" or "string":
                reader.ReadBytes(int.MaxValue);
                break;
            case "boolean":
                reader.ReadBoolean();
                break;
            case "float":
                reader.ReadRaw(sizeof(float));
                break;
            case "double":
                reader.ReadRaw(sizeof(double));
                break;
            case "fixed":
                reader.ReadRaw(size);
                break;
            default:
                // null: nothing is written for it.
                break;
        }

        if (reader.Error == AvroError.None)
            output.Write(before[..(before.Length - reader.Rest.Length)]);
    }
}

/// <summary>A whole number, or a float, that is read as a float or a double.</summary>
internal sealed class PromoteStep(string from, string to) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        double value;
        if (from == "float")
        {
            ReadOnlySpan<byte> bytes = reader.ReadRaw(sizeof(float));
            value = bytes.IsEmpty ? 0 : BinaryPrimitives.ReadSingleLittleEndian(bytes);
        }
        else
        {
            value = reader.ReadLong();
        }

        Span<byte> written = stackalloc byte[sizeof(double)];
        if (to == "float")
            BinaryPrimitives.WriteSingleLittleEndian(written, (float)value);
        else
            BinaryPrimitives.WriteDoubleLittleEndian(written, value);
        output.Write(to == "float" ? written[..sizeof(float)] : written);
    }
}

/// <summary>An enum: the writer's positions as the reader's.</summary>
internal sealed class EnumStep(int[] positions) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        long position = reader.ReadLong();
        if ((ulong)position < (ulong)positions.Length)
            output.WriteLong(positions[position]);
        else
            reader.Fail(AvroError.InvalidEnum);
    }
}

/// <summary>An array, or a map: its items each behind its key.</summary>
internal sealed class ItemsStep(TranscodeStep? key, TranscodeStep item) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        int start = output.Length;
        long items = 0;
        for (long left = 0; reader.NextItem(ref left); items++)
        {
            key?.Run(ref reader, output);
            item.Run(ref reader, output);
        }

        if (items > 0)
            output.InsertLong(start, items);
        output.WriteLong(0);
    }
}

/// <summary>A value that the writer wrote as one of a union's branches.</summary>
internal sealed class BranchesStep(TranscodeStep[] branches) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        long branch = reader.ReadLong();
        if ((ulong)branch < (ulong)branches.Length)
            branches[branch].Run(ref reader, output);
        else
            reader.Fail(AvroError.InvalidUnion);
    }
}

/// <summary>A value that the reader reads as a branch of a union.</summary>
internal sealed class IntoBranchStep(int branch, TranscodeStep value) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        output.WriteLong(branch);
        value.Run(ref reader, output);
    }
}

/// <summary>A field that only the writer has: read and forgotten.</summary>
internal sealed class DropStep(TranscodeStep value) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        int start = output.Length;
        value.Run(ref reader, output);
        output.Length = start;
    }
}

/// <summary>A field that only the reader has: its default.</summary>
internal sealed class DefaultStep(byte[] encoded) : TranscodeStep
{
    public override void Run(ref AvroReader reader, TranscodedBytes output) => output.Write(encoded);
}

/// <summary>A record. Its fields are set behind the constructor, since a record may hold itself.</summary>
internal sealed class RecordStep : TranscodeStep
{
    /// <summary>What makes a record that holds itself end: far above any schema's depth.</summary>
    private const int MaxDepth = 64;

    private int _depth;

    public TranscodeStep[] Fields { get; set; } = [];

    public override void Run(ref AvroReader reader, TranscodedBytes output)
    {
        if (_depth == MaxDepth)
        {
            reader.Fail(AvroError.TooLarge);
            return;
        }

        _depth++;
        foreach (TranscodeStep field in Fields)
            field.Run(ref reader, output);
        _depth--;
    }
}
