using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What one address sent, or received, in the current window: 40 blittable bytes.</summary>
public struct RoleWindow : IEntry<RoleWindow>
{
    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Distinct addresses at the other end.</summary>
    public PeerSet Peers;

    /// <summary>Requests; 32 bits last for 10 s of 429 million a second, as do the three below.</summary>
    public uint Requests;

    /// <summary>Replies.</summary>
    public uint Replies;

    /// <summary>Errors.</summary>
    public uint Errors;

    /// <summary>All others.</summary>
    public uint Other;

    /// <summary>Packets of all classes.</summary>
    public readonly long Packets => (long)Requests + Replies + Errors + Other;

    /// <inheritdoc/>
    public static int EntryBytes => 24 + PeerSet.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in RoleWindow entry, ref EntryWriter writer)
    {
        writer.Add(entry.Bytes);
        PeerSet.Write(entry.Peers, ref writer);
        writer.Add(entry.Requests);
        writer.Add(entry.Replies);
        writer.Add(entry.Errors);
        writer.Add(entry.Other);
    }

    /// <inheritdoc/>
    public static RoleWindow Read(ref EntryReader reader)
    {
        return new RoleWindow
        {
            Bytes = reader.Int64(),
            Peers = PeerSet.Read(ref reader),
            Requests = reader.UInt32(),
            Replies = reader.UInt32(),
            Errors = reader.UInt32(),
            Other = reader.UInt32(),
        };
    }
}

/// <summary>One address and where its windows are: 32 blittable bytes. Links are places + 1.</summary>
public struct Host : IEntry<Host>
{
    /// <summary>The address.</summary>
    public Address Address;

    /// <summary>Low 32 bits of the slot in which it was last heard of: a difference of slots is right for 13 years.</summary>
    public uint LastSlot;

    /// <summary>Requests it sent that may still be answered.</summary>
    public uint Asked;

    /// <summary>Requests it received that it may still answer.</summary>
    public uint Owed;

    /// <summary>Link to its window as a source; 0 where it sent nothing.</summary>
    public ushort Source;

    /// <summary>Link to its window as a destination; 0 where it received nothing. 0xffff in both marks a free place.</summary>
    public ushort Destination;

    /// <inheritdoc/>
    public static int EntryBytes => 32;

    /// <inheritdoc/>
    public static void Write(in Host entry, ref EntryWriter writer)
    {
        writer.Add(entry.Address);
        writer.Add(entry.LastSlot);
        writer.Add(entry.Asked);
        writer.Add(entry.Owed);
        writer.Add(entry.Source);
        writer.Add(entry.Destination);
    }

    /// <inheritdoc/>
    public static Host Read(ref EntryReader reader)
    {
        return new Host
        {
            Address = reader.Address(),
            LastSlot = reader.UInt32(),
            Asked = reader.UInt32(),
            Owed = reader.UInt32(),
            Source = reader.UInt16(),
            Destination = reader.UInt16(),
        };
    }
}

/// <summary>
/// Addresses of one domain by 256 key groups, each with its own limit, so that the partition count does not show. A full group
/// gives up an address that was quiet lately, and never a louder one than the newcomer, or one that a rule holds on to.
/// </summary>
/// <remarks>
/// Memory of a full table, all of it active in both roles: 256 groups x 4,224 addresses x (32 + 2 x 40) bytes are 121.1 MB, 256 indexes
/// of 8,192 cells of 4 bytes 8.4 MB, and the <see cref="PeerPool"/>s 256 x 70,656 bytes are 18.1 MB: 147.6 MB for 1,081,344 addresses.
/// Arrays double up to the limits, so a quiet network takes a fraction.
/// </remarks>
public sealed class HostTable
{
    /// <summary>
    /// Addresses of one key group at most by default: a million fall 3,906 to a group, and 4,224 are five standard deviations more.
    /// </summary>
    public const int DefaultMaxPerGroup = 4_224;

    /// <summary>The largest limit: places and links of a group fit 16 bits.</summary>
    public const int LargestMaxPerGroup = 32_766;

    private readonly int _maxPerGroup;
    private readonly HostGroup?[] _groups = new HostGroup?[KeyGroup.Count];

    /// <summary>Makes an empty table.</summary>
    public HostTable(int maxPerGroup = DefaultMaxPerGroup)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxPerGroup, LargestMaxPerGroup);
        _maxPerGroup = maxPerGroup;
    }

    /// <summary>Addresses in it.</summary>
    public int Count { get; private set; }

    /// <summary>An address by its place: place in the group x 256 + group.</summary>
    public ref Host this[int place] => ref _groups[(byte)place]!.Hosts[place >> 8];

    /// <summary>The group of a place.</summary>
    public HostGroup GroupOf(int place) => _groups[(byte)place]!;

    /// <summary>A key group; null where no address of it was ever kept.</summary>
    public HostGroup? Group(byte group) => _groups[group];

    /// <summary>The place of an address, or -1.</summary>
    public int Find(Address address, byte group)
    {
        int place = _groups[group]?.Find(address) ?? -1;
        return place < 0 ? -1 : (place << 8) | group;
    }

    /// <summary>True while a group is below its limit.</summary>
    public bool HasRoom(byte group) => (_groups[group]?.Count ?? 0) < _maxPerGroup;

    /// <summary>
    /// The address that has to go before another with <paramref name="packets"/> fits into a full group: of eight, the one that nobody
    /// holds and that is quietest, where it is not louder than the newcomer; -1 where none is.
    /// </summary>
    public int Surplus(byte group, long packets, Func<int, bool> isHeld)
    {
        const int candidates = 8;
        HostGroup full = _groups[group]!;
        int best = -1;
        long bestPackets = packets;
        for (int looked = 0; looked < candidates; looked++)
        {
            int place = full.NextCandidate();
            if (place < 0)
                break;
            long loudness = full.PacketsOf(place);
            if (loudness <= bestPackets && !isHeld((place << 8) | group) && (best < 0 || loudness < bestPackets))
                (best, bestPackets) = ((place << 8) | group, loudness);
        }

        return best;
    }

    /// <summary>Adds an address that is not there to a group with room.</summary>
    public int Add(Address address, byte group)
    {
        HostGroup home = _groups[group] ??= new HostGroup(_maxPerGroup);
        Count++;
        return (home.Add(address) << 8) | group;
    }

    /// <summary>Reads what <see cref="HostGroup.Save"/> wrote. Different groups may be read by different threads.</summary>
    public void Load(byte group, CheckpointReader reader)
    {
        var loaded = new HostGroup(_maxPerGroup);
        reader.ReadPart(loaded);
        _groups[group] = loaded;
    }

    /// <summary>Counts what was loaded.</summary>
    public void CompleteLoad() => Count = _groups.Sum(group => group?.Count ?? 0);

    /// <summary>Removes an address.</summary>
    public void Remove(int place)
    {
        _groups[(byte)place]!.Remove(place >> 8);
        Count--;
    }
}
