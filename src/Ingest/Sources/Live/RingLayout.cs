namespace IcmpStream.Ingest.Sources.Live;

/// <summary>What the bytes of a ring that a read hands out are.</summary>
internal enum RingLayout : byte
{
    /// <summary>Records of a capture: not a ring, or packets that were copied out of one.</summary>
    None,

    /// <summary>Frames of a TPACKET_V3 block, each behind a struct tpacket3_hdr.</summary>
    PacketBlock,

    /// <summary>Entries of an AF_XDP receive ring; the frames are elsewhere, in the room that the ring's addresses point into.</summary>
    XdpDescriptors,

    /// <summary>Records of a BPF ring buffer, written by the program in Native/Xdp.</summary>
    BpfRecords,
}
