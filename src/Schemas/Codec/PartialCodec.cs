namespace IcmpStream.Schemas;

/// <summary>
/// Avro <c>icmpstream.v1.Partial</c>, value of <c>icmp.partial.v1</c>. A destination of <see cref="PartialBuffer.MaxEncodedBytes"/>
/// is always large enough.
/// </summary>
public static partial class PartialCodec
{
    /// <summary>Writes a record. False where <paramref name="destination"/> is too short.</summary>
    public static bool TryWrite(PartialBuffer record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/> into a buffer, which is cleared first.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, PartialBuffer record)
    {
        AvroReader reader = new(source);
        Read(ref reader, record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, PartialBuffer record)
    {
        writer.WriteLong(record.Domain);
        writer.WriteLong(record.PairPartition);
        writer.WriteLong(record.HostPartition);
        writer.WriteLong(record.Sequence);
        writer.WriteLong(record.SlotStartNs);
        writer.WriteLong(record.SlotNs);
        writer.WriteLong(record.WatermarkNs);
        writer.WriteLong(record.Seen);
        writer.WriteLong(record.Lost);
        writer.WriteBoolean(record.Final);
        writer.WriteBlock(record.Count);
        foreach (ref readonly PartialCount count in record.Counts)
            WriteCount(ref writer, record, count);
        writer.WriteZero();
        WriteMarks(ref writer, record);
        WriteCandidates(ref writer, record);
    }

    /// <summary>Reads a record where the reader stands into a buffer, which is cleared first.</summary>
    public static void Read(ref AvroReader reader, PartialBuffer record)
    {
        record.Clear();
        record.Domain = reader.ReadUInt32();
        record.PairPartition = reader.ReadInt();
        record.HostPartition = reader.ReadInt();
        record.Sequence = reader.ReadLong();
        record.SlotStartNs = reader.ReadLong();
        record.SlotNs = reader.ReadLong();
        record.WatermarkNs = reader.ReadLong();
        record.Seen = reader.ReadLong();
        record.Lost = reader.ReadLong();
        record.Final = reader.ReadBoolean();
        Span<Address> peers = stackalloc Address[PartialBuffer.MaxPeersPerCount];
        for (long left = 0; reader.NextItem(ref left);)
        {
            if (record.IsFull)
                reader.Fail(AvroError.TooLarge);
            else
                ReadCount(ref reader, record, peers);
        }

        for (long left = 0; reader.NextItem(ref left);)
        {
            if (record.IsFull)
                reader.Fail(AvroError.TooLarge);
            else
                ReadMark(ref reader, record, peers);
        }

        for (long left = 0; reader.NextItem(ref left);)
        {
            if (record.IsFull)
                reader.Fail(AvroError.TooLarge);
            else
                ReadCandidate(ref reader, record);
        }

        record.CandidatesUntilNs = reader.ReadLong();

        if (reader.Error != AvroError.None)
            record.Clear();
    }

    private static void WriteCount(ref AvroWriter writer, PartialBuffer record, in PartialCount count)
    {
        writer.WriteAddress(count.Address);
        writer.WriteLong((long)count.Role);
        writer.WriteLong(count.Packets);
        writer.WriteLong(count.Bytes);
        writer.WriteLong(count.Requests);
        writer.WriteLong(count.Replies);
        writer.WriteLong(count.Errors);
        writer.WriteLong(count.Other);
        ReadOnlySpan<Address> peers = record.Peers(count);
        writer.WriteBlock(peers.Length);
        foreach (Address peer in peers)
            writer.WriteAddress(peer);
        writer.WriteZero();
        writer.WriteBytes(record.Sketch(count));
        ReadOnlySpan<TopPeer> topPeers = record.TopPeers(count);
        writer.WriteBlock(topPeers.Length);
        foreach (TopPeer peer in topPeers)
        {
            writer.WriteAddress(peer.Address);
            writer.WriteLong(peer.Packets);
            writer.WriteLong(peer.Bytes);
        }

        writer.WriteZero();
        ReadOnlySpan<TypeCount> types = record.Types(count);
        writer.WriteBlock(types.Length);
        foreach (TypeCount type in types)
        {
            writer.WriteLong(type.Family);
            writer.WriteLong(type.Type);
            writer.WriteLong(type.Code);
            writer.WriteLong(type.Packets);
            writer.WriteLong(type.Bytes);
        }

        writer.WriteZero();
    }

    private static int ReadPeers(ref AvroReader reader, scoped Span<Address> peers)
    {
        int length = 0;
        for (long left = 0; reader.NextItem(ref left);)
        {
            Address peer = reader.ReadAddress();
            if (length == peers.Length)
                reader.Fail(AvroError.TooLarge);
            else
                peers[length++] = peer;
        }

        return length;
    }

    // All registers, or none.
    private static ReadOnlySpan<byte> ReadSketch(ref AvroReader reader)
    {
        ReadOnlySpan<byte> sketch = reader.ReadBytes(PartialBuffer.SketchBytes);
        if (sketch.IsEmpty || sketch.Length == PartialBuffer.SketchBytes)
            return sketch;
        reader.Fail(AvroError.Inconsistent);
        return [];
    }

    private static void ReadCount(ref AvroReader reader, PartialBuffer record, scoped Span<Address> peers)
    {
        ref PartialCount count = ref record.Add();
        count.Address = reader.ReadAddress();
        count.Role = (Role)reader.ReadEnum(EnumSizes.Role);
        count.Packets = reader.ReadLong();
        count.Bytes = reader.ReadLong();
        count.Requests = reader.ReadLong();
        count.Replies = reader.ReadLong();
        count.Errors = reader.ReadLong();
        count.Other = reader.ReadLong();
        int length = ReadPeers(ref reader, peers);
        peers[..length].CopyTo(record.AddPeers(length));
        if (ReadSketch(ref reader) is { IsEmpty: false } sketch)
            sketch.CopyTo(record.AddSketch());
        ReadTopPeers(ref reader, record);
        ReadTypes(ref reader, record);
    }

    private static void ReadTopPeers(ref AvroReader reader, PartialBuffer record)
    {
        Span<TopPeer> peers = stackalloc TopPeer[PartialBuffer.MaxTopPeersPerCount];
        int length = 0;
        for (long left = 0; reader.NextItem(ref left);)
        {
            TopPeer peer = new(reader.ReadAddress(), reader.ReadLong(), reader.ReadLong());
            if (length == peers.Length)
                reader.Fail(AvroError.TooLarge);
            else
                peers[length++] = peer;
        }

        peers[..length].CopyTo(record.AddTopPeers(length));
    }

    private static void ReadTypes(ref AvroReader reader, PartialBuffer record)
    {
        Span<TypeCount> types = stackalloc TypeCount[PartialBuffer.MaxTypesPerCount];
        int length = 0;
        for (long left = 0; reader.NextItem(ref left);)
        {
            TypeCount type = new(reader.ReadUInt8(), reader.ReadUInt8(), reader.ReadUInt8(), reader.ReadLong(), reader.ReadLong());
            if (length == types.Length)
                reader.Fail(AvroError.TooLarge);
            else
                types[length++] = type;
        }

        types[..length].CopyTo(record.AddTypes(length));
    }
}
