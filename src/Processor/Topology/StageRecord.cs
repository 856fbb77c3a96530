using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Records that wait within a stage, written down as they travel between stages.</summary>
internal static class StageRecord
{
    public static void Save(CheckpointWriter writer, PartialBuffer partial)
    {
        byte[] bytes = new byte[partial.MaxEncodedBytes];
        if (!PartialCodec.TryWrite(partial, bytes, out int written))
            throw new InvalidOperationException("a partial is larger than its own bound");
        writer.WriteInt32(written);
        writer.WriteBytes(bytes.AsSpan(0, written));
    }

    public static void Save(CheckpointWriter writer, Finding finding)
    {
        byte[] bytes = new byte[4096];
        int written;
        while (!FindingCodec.TryWrite(finding, bytes, out written))
            bytes = new byte[2 * bytes.Length];
        writer.WriteInt32(written);
        writer.WriteBytes(bytes.AsSpan(0, written));
    }

    public static PartialBuffer LoadPartial(CheckpointReader reader)
    {
        var partial = new PartialBuffer();
        AvroError error = PartialCodec.Read(Bytes(reader), partial);
        return error == AvroError.None ? partial : throw new CheckpointException($"a partial that waits cannot be read: {error}");
    }

    public static Finding LoadFinding(CheckpointReader reader)
    {
        AvroError error = FindingCodec.Read(Bytes(reader), out Finding finding);
        return error == AvroError.None ? finding : throw new CheckpointException($"a finding that waits cannot be read: {error}");
    }

    private static byte[] Bytes(CheckpointReader reader)
    {
        byte[] bytes = new byte[reader.ReadCount(1)];
        reader.ReadBytes(bytes);
        return bytes;
    }
}
