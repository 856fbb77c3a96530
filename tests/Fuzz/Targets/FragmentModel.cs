using IcmpStream.Ingest.Decode;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// What reassembly should say, written as plainly as can be: every datagram is a list of parts that is searched from end to end.
/// </summary>
internal sealed class FragmentModel
{
    private const int MaxDatagramBytes = 65_535;
    private const int Ipv4HeaderBytes = 20;

    private readonly Datagram?[] _datagrams = new Datagram?[8];

    /// <summary>Datagrams that are not decided.</summary>
    public long Open { get; private set; }

    /// <summary>Undecided ones whose identification came round after their time.</summary>
    public long Replaced { get; private set; }

    /// <summary>Adds a fragment; the outcome of its frame.</summary>
    public DecodeOutcome Add(in MadeFragment fragment, long nowNs)
    {
        ref Datagram? place = ref _datagrams[(fragment.IsSix ? 4 : 0) + fragment.Id];
        if (place is { } old && nowNs - old.SinceNs > (old.IsDecided ? FragmentLimits.DecidedNs : FragmentLimits.TimeoutNs))
        {
            Open -= old.IsDecided ? 0 : 1;
            Replaced += old.IsDecided ? 0 : 1;
            place = null;
        }

        if (place is null)
        {
            place = new Datagram { SinceNs = nowNs };
            Open++;
        }

        Datagram datagram = place;
        DecodeOutcome usual = fragment.Start == 0 ? OutcomeOfFirst : DecodeOutcome.FragmentLater;
        datagram.HasLater |= fragment.Start != 0 && !datagram.IsDecided;
        if (fragment.End + (fragment.IsSix ? 0 : Ipv4HeaderBytes) > MaxDatagramBytes)
        {
            Decide(datagram, nowNs);
            return DecodeOutcome.FragmentOverlong;
        }

        if (datagram.IsDecided || fragment.End == fragment.Start)
            return usual;
        var part = (fragment.Start, fragment.End, fragment.Content);
        if (datagram.Parts.Contains(part) && fragment.IsLast == (datagram.TotalBytes == fragment.End))
            return usual;
        bool overlaps = datagram.Parts.Exists(other => other.Start < part.End && part.Start < other.End)
            || (fragment.IsLast && datagram.Parts.Exists(other => other.End > part.End))
            || (datagram.TotalBytes != 0 && (part.End > datagram.TotalBytes || fragment.IsLast));
        if (overlaps)
        {
            Decide(datagram, nowNs);
            return DecodeOutcome.FragmentOverlap;
        }

        datagram.Parts.Add(part);
        if (fragment.IsLast)
            datagram.TotalBytes = part.End;
        if (datagram.TotalBytes != 0 && datagram.Parts.Sum(other => other.End - other.Start) == datagram.TotalBytes)
            Decide(datagram, nowNs);
        return usual;
    }

    /// <summary>Gives up what is incomplete at a time; how many of them are told of.</summary>
    public int Expire(long nowNs)
    {
        int told = 0;
        for (int i = 0; i < _datagrams.Length; i++)
        {
            if (_datagrams[i] is not { IsDecided: false } datagram || nowNs - datagram.SinceNs < FragmentLimits.TimeoutNs)
                continue;
            told += datagram.HasLater ? 1 : 0;
            Open--;
            _datagrams[i] = null;
        }

        return told;
    }

    // A request whose checksum, of a fragment, is not judged.
    private const DecodeOutcome OutcomeOfFirst = DecodeOutcome.Ok;

    private void Decide(Datagram datagram, long nowNs)
    {
        if (datagram.IsDecided)
            return;
        datagram.IsDecided = true;
        datagram.SinceNs = nowNs;
        Open--;
    }

    private sealed class Datagram
    {
        public long SinceNs { get; set; }

        public List<(int Start, int End, byte Content)> Parts { get; } = [];

        public int TotalBytes { get; set; }

        public bool IsDecided { get; set; }

        public bool HasLater { get; set; }
    }
}
