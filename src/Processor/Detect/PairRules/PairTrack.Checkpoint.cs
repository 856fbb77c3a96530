using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
internal partial struct PairTrack : IEntry<PairTrack>
{
    /// <inheritdoc/>
    public static int EntryBytes => 72 + HeaderTrack.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in PairTrack entry, ref EntryWriter writer)
    {
        writer.Add(entry.Requester);
        writer.Add(entry.Responder);
        HeaderTrack.Write(entry.Header, ref writer);
        writer.Add(entry.FirstSlot);
        writer.Add(entry.LastSlot);
        writer.Add(entry.HopSlot);
        writer.Add(entry.Requests);
        writer.Add(entry.Replies);
        writer.Add(entry.Credit);
        writer.Add(entry.Tunnel);
    }

    /// <inheritdoc/>
    public static PairTrack Read(ref EntryReader reader) => new()
    {
        Requester = reader.Address(),
        Responder = reader.Address(),
        Header = HeaderTrack.Read(ref reader),
        FirstSlot = reader.Int64(),
        LastSlot = reader.Int64(),
        HopSlot = reader.Int64(),
        Requests = reader.UInt32(),
        Replies = reader.UInt32(),
        Credit = reader.UInt32(),
        Tunnel = reader.Int32(),
    };
}
