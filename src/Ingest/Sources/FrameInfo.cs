using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources;

/// <summary>What a source knows of a frame besides its bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct FrameInfo
{
    /// <summary>What a source knows of a frame.</summary>
    public FrameInfo(long timeNs, long frameNumber, uint originalBytes, uint capturedBytes, uint section, ushort interfaceId, ushort linkType)
    {
        TimeNs = timeNs;
        FrameNumber = frameNumber;
        OriginalBytes = originalBytes;
        CapturedBytes = capturedBytes;
        Section = section;
        InterfaceId = interfaceId;
        LinkType = linkType;
    }

    /// <summary>Size in bytes.</summary>
    internal const int Size = 32;

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z, negative before it; 0 where the capture gives no time.</summary>
    public readonly long TimeNs;

    /// <summary>1-based, over all frames that this source has read.</summary>
    public readonly long FrameNumber;

    /// <summary>The frame's length on the wire in bytes, as the capture states it: nothing says that it is the larger one.</summary>
    public readonly uint OriginalBytes;

    /// <summary>The length in bytes of what was captured: the length of the span that comes with this.</summary>
    public readonly uint CapturedBytes;

    /// <summary>The 1-based number of the pcapng section; 1 in other sources.</summary>
    public readonly uint Section;

    /// <summary>The interface, as numbered by its section; 0 in sources that have one interface.</summary>
    public readonly ushort InterfaceId;

    /// <summary>The interface's LINKTYPE_ value (https://www.tcpdump.org/linktypes.html); 1 is Ethernet.</summary>
    public readonly ushort LinkType;
}
