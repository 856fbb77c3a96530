namespace IcmpStream.Ingest.Sources;

/// <summary>
/// What is odd or wrong about a capture as a container, apart from the frames in it. The names are metric labels.
/// Values up to <see cref="TimeSaturated"/> leave the frame usable; the others end the capture, after every frame before them.
/// </summary>
public enum ContainerOutcome : byte
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>A frame without a time of its own (pcapng Simple Packet Block); its time is given as 0.</summary>
    TimeMissing,

    /// <summary>A frame whose time does not fit in 64 bits of nanoseconds (1677 to 2262); the nearest end is given.</summary>
    TimeSaturated,

    /// <summary>The capture ends inside a record. The part of a frame that is there is not delivered, as in Wireshark.</summary>
    CutShort,

    /// <summary>The file became shorter while it was read.</summary>
    Shrunk,

    /// <summary>The file or pipe could not be read any further.</summary>
    ReadFailed,

    /// <summary>A frame claims more captured bytes than a frame can have.</summary>
    FrameTooLong,

    /// <summary>A pcapng block claims fewer bytes than its fixed part has.</summary>
    BlockTooShort,

    /// <summary>A pcapng block claims more bytes than a block may have.</summary>
    BlockTooLong,

    /// <summary>The two length fields of a pcapng block differ.</summary>
    BlockLengthMismatch,

    /// <summary>A frame claims more captured bytes than its pcapng block holds.</summary>
    FrameOverrunsBlock,

    /// <summary>A frame names an interface that its section has not described.</summary>
    InterfaceUnknown,

    /// <summary>A section describes more interfaces than are supported.</summary>
    InterfacesTooMany,

    /// <summary>An option runs over the end of its pcapng block.</summary>
    OptionOverrun,

    /// <summary>A later section does not start with a byte-order magic.</summary>
    SectionByteOrder,

    /// <summary>A later section has a version that is not supported.</summary>
    SectionVersion,
}
