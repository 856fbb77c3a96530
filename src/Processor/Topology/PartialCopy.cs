using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Copies the counts of a partial: its own buffer is its sender's.</summary>
internal static class PartialCopy
{
    /// <summary>Fills an empty buffer with the counts of another and their lists.</summary>
    public static void Copy(PartialBuffer source, PartialBuffer destination)
    {
        foreach (ref PartialCount count in source.Counts)
        {
            ref PartialCount copy = ref destination.Add();
            copy.Address = count.Address;
            copy.Role = count.Role;
            copy.Packets = count.Packets;
            copy.Bytes = count.Bytes;
            copy.Requests = count.Requests;
            copy.Replies = count.Replies;
            copy.Errors = count.Errors;
            copy.Other = count.Other;
            source.Peers(count).CopyTo(destination.AddPeers(count.PeersLength));
            source.TopPeers(count).CopyTo(destination.AddTopPeers(count.TopPeersLength));
            source.Types(count).CopyTo(destination.AddTypes(count.TypesLength));
            if (count.HasSketch)
                source.Sketch(count).CopyTo(destination.AddSketch());
        }
    }
}
