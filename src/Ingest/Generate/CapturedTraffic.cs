using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Generate;

/// <summary>The frames of a capture, copied, as traffic to be mixed with other.</summary>
public sealed class CapturedTraffic : ITraffic
{
    private readonly (long TimeNs, byte[] Frame)[] _frames;
    private int _next;

    /// <summary>Reads a whole capture into memory: for the small ones that others are mixed with.</summary>
    /// <param name="source">An opened capture of Ethernet frames.</param>
    /// <exception cref="SourceException">The capture has frames of another link type, or is damaged.</exception>
    public CapturedTraffic(IPacketSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var frames = new List<(long TimeNs, byte[] Frame)>();
        bool more = true;
        while (more && source.Reader.TryRead(out ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            {
                if (info.LinkType != Ethernet)
                    throw new SourceException($"{source.Name}: frame {info.FrameNumber} has link type {info.LinkType}; only Ethernet can be mixed");
                if (frame.Length > ITraffic.MaxFrameBytes)
                    throw new SourceException($"{source.Name}: frame {info.FrameNumber} has {frame.Length} bytes, more than {ITraffic.MaxFrameBytes}");
                frames.Add((info.TimeNs, frame.ToArray()));
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        if (source.Statistics.Damage is { } damage)
            throw new SourceException($"{source.Name}: {damage}");
        // Frames of equal time stay in the order of the capture.
        _frames = [.. frames.OrderBy(frame => frame.TimeNs)];
    }

    /// <summary>LINKTYPE_ETHERNET.</summary>
    private const ushort Ethernet = 1;

    /// <summary>Frames in all.</summary>
    public int Frames => _frames.Length;

    /// <summary>Time of the first frame, ns since the epoch; 0 where there is none.</summary>
    public long FirstNs => _frames.Length == 0 ? 0 : _frames[0].TimeNs;

    /// <summary>Time of the last frame, ns since the epoch; 0 where there is none.</summary>
    public long LastNs => _frames.Length == 0 ? 0 : _frames[^1].TimeNs;

    /// <inheritdoc/>
    public long NextNs => _next == _frames.Length ? ITraffic.Ended : _frames[_next].TimeNs;

    /// <inheritdoc/>
    public int Write(Span<byte> frame)
    {
        if (_next == _frames.Length)
            throw new InvalidOperationException("the capture has ended");
        byte[] next = _frames[_next++].Frame;
        next.CopyTo(frame);
        return next.Length;
    }
}
