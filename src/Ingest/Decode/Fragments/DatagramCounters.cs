namespace IcmpStream.Ingest.Decode;

/// <summary>
/// The books of reassembly. Datagrams opened = whole + overlapping + overlong + incomplete + evicted + refused + open. One thread
/// counts; others may read at any time.
/// </summary>
public sealed class DatagramCounters
{
    private long _fragments, _repeated, _opened, _whole, _badChecksums, _overlapping, _overlong, _incomplete, _evicted, _refused;

    /// <summary>Fragments seen of datagrams that carry ICMP, or may.</summary>
    public long Fragments => Volatile.Read(ref _fragments);

    /// <summary>Fragments that were there before, or came for a datagram already decided.</summary>
    public long Repeated => Volatile.Read(ref _repeated);

    /// <summary>Datagrams of which a fragment was seen.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Datagrams of which every byte was seen once.</summary>
    public long Whole => Volatile.Read(ref _whole);

    /// <summary>Whole ones whose ICMP checksum is wrong, counted among <see cref="Whole"/>.</summary>
    public long BadChecksums => Volatile.Read(ref _badChecksums);

    /// <summary>Datagrams whose fragments overlap.</summary>
    public long Overlapping => Volatile.Read(ref _overlapping);

    /// <summary>Datagrams with a fragment beyond the longest length.</summary>
    public long Overlong => Volatile.Read(ref _overlong);

    /// <summary>Datagrams that were not whole in time.</summary>
    public long Incomplete => Volatile.Read(ref _incomplete);

    /// <summary>Datagrams given up before their time, for want of room.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>Datagrams in more fragments than are kept.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Datagrams that are not decided.</summary>
    public long Open => Opened - Whole - Overlapping - Overlong - Incomplete - Evicted - Refused;

    internal void CountFragment() => _fragments++;

    internal void CountRepeated() => _repeated++;

    internal void CountOpened() => _opened++;

    internal void CountEvicted() => _evicted++;

    internal void CountIncomplete() => _incomplete++;

    internal void CountDecided(FragmentVerdict verdict, bool isChecksumBad)
    {
        switch (verdict)
        {
            case FragmentVerdict.Completed:
                _whole++;
                _badChecksums += isChecksumBad ? 1 : 0;
                break;
            case FragmentVerdict.Overlapping:
                _overlapping++;
                break;
            case FragmentVerdict.Overlong:
                _overlong++;
                break;
            case FragmentVerdict.Refused:
                _refused++;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "decides nothing");
        }
    }
}
