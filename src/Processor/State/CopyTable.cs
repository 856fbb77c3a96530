using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Packets of one key group that were seen lately, by a digest of what no hop changes, so that a packet that two overlapping sensors of
/// a domain saw is counted once. Times rise; the oldest sighting goes first.
/// </summary>
/// <remarks>8,192 sightings of 32 bytes and 16,384 index cells of 8 are 384 KiB a key group, 96 MiB for all, and nothing where it is off.</remarks>
public sealed class CopyTable : ICheckpointPart
{
    /// <summary>
    /// Sightings kept at most: with half a second to remember, 16,384 packets a second of a key group, 4 million of all. Beyond it the
    /// oldest are forgotten, and their copies count.
    /// </summary>
    public const int MaxSightings = 8_192;

    private readonly HashIndex _index = new();
    private Sighting[] _ring = new Sighting[16];
    private int _first;
    private int _count;

    /// <summary>Sightings kept.</summary>
    public int Count => _count;

    /// <summary>
    /// True where another stream saw the packet within <paramref name="windowNs"/> before; else the sighting is kept. Messages come in
    /// order of time.
    /// </summary>
    public bool IsCopy(in PairMessage message, in Ends ends, long windowNs)
    {
        while (_count > 0 && EventTime.Add(_ring[_first].TimeNs, windowNs) < message.TimeNs)
            RemoveFirst();
        ulong digest = DigestOf(message, ends);
        HashProbe probe = _index.Probe((uint)digest);
        while (probe.Next(out int place))
        {
            if (_ring[place].Digest == digest && _ring[place].Stream != message.Stream)
                return true;
        }

        if (_count == MaxSightings)
            RemoveFirst();
        Add(new Sighting { Digest = digest, TimeNs = message.TimeNs, Stream = message.Stream });
        return false;
    }

    /// <summary>Writes the sightings down, the oldest first.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_count);
        for (int i = 0; i < _count; i++)
        {
            ref Sighting sighting = ref _ring[(_first + i) & (_ring.Length - 1)];
            writer.WriteUInt64(sighting.Digest);
            writer.WriteInt64(sighting.TimeNs);
            writer.WriteInt32(sighting.Stream);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty table.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        const int entryBytes = sizeof(ulong) + sizeof(long) + sizeof(int);
        int count = reader.ReadCount(entryBytes);
        if (count > MaxSightings)
            throw new CheckpointException($"{count} sightings in a table of {MaxSightings}");
        for (int i = 0; i < count; i++)
            Add(new Sighting { Digest = reader.ReadUInt64(), TimeNs = reader.ReadInt64(), Stream = reader.ReadInt32() });
    }

    private void Add(in Sighting sighting)
    {
        if (_count == _ring.Length)
            Grow();
        int place = (_first + _count) & (_ring.Length - 1);
        _ring[place] = sighting;
        _index.Add((uint)sighting.Digest, place);
        _count++;
    }

    private void RemoveFirst()
    {
        _index.Remove((uint)_ring[_first].Digest, _first);
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
    }

    private void Grow()
    {
        Sighting[] old = _ring;
        int first = _first;
        _ring = new Sighting[2 * old.Length];
        _index.Clear();
        (_first, _count) = (0, 0);
        for (int i = 0; i < old.Length; i++)
            Add(old[(first + i) & (old.Length - 1)]);
    }

    // Time to live, link layer and interface differ between two taps; nothing below does.
    private static ulong DigestOf(in PairMessage message, in Ends ends)
    {
        ulong words = ((ulong)message.Identifier << 48) | ((ulong)message.Sequence << 32) | ((uint)message.Checksum << 16) | message.IpId;
        ulong kind = ((ulong)message.Type << 56) | ((ulong)message.Code << 48) | ((ulong)message.Family << 40) | message.Bytes;
        ulong digest = Mix.Hash64(new Address(Mix.Hash64(ends.Source) ^ words, Mix.Hash64(ends.Destination) + kind));

        // Of a failure the field links to what it quotes, which is another number in every stream.
        return message.Part == EchoPart.Failure ? digest : Mix.Hash64(new Address(digest, message.PayloadHash));
    }

    private struct Sighting
    {
        public ulong Digest;
        public long TimeNs;
        public int Stream;
    }
}
