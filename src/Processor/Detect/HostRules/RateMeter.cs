using System.Runtime.CompilerServices;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Packets and bytes of the last 50 slots: 5 s.</summary>
[InlineArray(RateMeter.Slots)]
internal struct RateRing
{
    private (uint Packets, uint Bytes) _first;
}

/// <summary>How loud one subject has been over the last 5 s, its baseline, and its episode above the threshold, if one is open.</summary>
internal struct RateMeter : IEntry<RateMeter>
{
    /// <summary>Slots in the trailing window.</summary>
    public const int Slots = 50;

    /// <summary>Slots in a second.</summary>
    public const int SlotsPerSecond = (int)(EventTime.SecondNs / EventTime.SlotNs);

    /// <summary>Seconds in the trailing window.</summary>
    public const int Seconds = Slots / SlotsPerSecond;

    /// <summary>Fraction bits of the baseline.</summary>
    private const int BaselineBits = 16;

    /// <inheritdoc/>
    public static int EntryBytes => (Slots * 2 * sizeof(uint)) + (2 * Address.Size) + 1 + (12 * sizeof(long)) + sizeof(int) + 4;

    public RateRing Ring;
    public Address Address;
    public Address? MainPeer;

    /// <summary>Distinct addresses at the other end since the meter began, where the rule keeps them.</summary>
    public AddressSet Peers;

    /// <summary>The slot that the ring has come to.</summary>
    public long Slot;

    /// <summary>The last slot with packets.</summary>
    public long LastLoudSlot;

    /// <summary>The first slot of the episode.</summary>
    public long FirstSlot;

    public long Packets;
    public long Bytes;

    /// <summary>The most packets and bytes in any second of the episode.</summary>
    public long PeakPackets;
    public long PeakBytes;

    /// <summary>Packets of the meter's life, and a sum and bits that the rule gives a meaning.</summary>
    public long AllPackets;
    public long Value;
    public long Mask;

    /// <summary>Exponentially weighted mean of packets/s, in 2^-16.</summary>
    public long Baseline;

    /// <summary>Seconds that the baseline has seen.</summary>
    public long BaselineAge;

    /// <summary>Place of the address in the host table, or -1.</summary>
    public int Place;

    /// <summary>A number of the rule's own: which of its kinds of subject this is.</summary>
    public byte Kind;
    public bool IsActive;
    public bool IsReported;
    public Severity ReportedSeverity;

    /// <summary>The baseline, packets/s.</summary>
    public readonly long BaselinePackets => Baseline >> BaselineBits;

    /// <summary>Lets the window slide to a slot.</summary>
    public void AdvanceTo(long slot)
    {
        long steps = slot - Slot;
        if (steps >= Slots)
        {
            Ring = default;
            (Packets, Bytes) = (0, 0);
        }
        else
        {
            for (long s = Slot + 1; s <= slot; s++)
            {
                ref (uint Packets, uint Bytes) oldest = ref Ring[Index(s)];
                Packets -= oldest.Packets;
                Bytes -= oldest.Bytes;
                oldest = default;
            }
        }

        Slot = slot;
    }

    /// <summary>Adds to the current slot.</summary>
    public void Add(long packets, long bytes)
    {
        ref (uint Packets, uint Bytes) current = ref Ring[Index(Slot)];
        uint addedPackets = (uint)Math.Min(packets, uint.MaxValue - current.Packets);
        uint addedBytes = (uint)Math.Min(bytes, uint.MaxValue - current.Bytes);
        current.Packets += addedPackets;
        current.Bytes += addedBytes;
        Packets += addedPackets;
        Bytes += addedBytes;
        AllPackets += addedPackets;
    }

    /// <summary>Packets and bytes of the last second.</summary>
    public readonly (long Packets, long Bytes) LastSecond()
    {
        long packets = 0, bytes = 0;
        for (long s = Slot - SlotsPerSecond + 1; s <= Slot; s++)
        {
            packets += Ring[Index(s)].Packets;
            bytes += Ring[Index(s)].Bytes;
        }

        return (packets, bytes);
    }

    /// <summary>
    /// The slot in which the loudness began: behind the last one in the window that was quieter than <paramref name="packets"/> and
    /// <paramref name="bytes"/>.
    /// </summary>
    public readonly long BeginOfLoudness(long packets, long bytes)
    {
        for (long s = Slot; s > Slot - Slots; s--)
        {
            (uint Packets, uint Bytes) at = Ring[Index(s)];
            if (at.Packets < packets && at.Bytes < bytes && s < Slot)
                return s + 1;
        }

        return Slot - Slots + 1;
    }

    /// <summary>
    /// Takes the last second into the baseline: the plain mean during the warm-up, then exponentially weighted. Fixed point, so that
    /// it is the same number on every machine.
    /// </summary>
    public void Learn(long packetsPerSecond, long warmUpSeconds, long timeConstantSeconds)
    {
        BaselineAge++;
        long weight = BaselineAge <= warmUpSeconds ? Math.Min(BaselineAge, timeConstantSeconds) : timeConstantSeconds;
        Baseline += ((packetsPerSecond << BaselineBits) - Baseline) / weight;
    }

    /// <summary>Writes all but <see cref="Peers"/>, which are in the rule's pool.</summary>
    public static void Write(in RateMeter entry, ref EntryWriter writer)
    {
        for (int i = 0; i < Slots; i++)
        {
            writer.Add(entry.Ring[i].Packets);
            writer.Add(entry.Ring[i].Bytes);
        }

        writer.Add(entry.Address);
        writer.Add(entry.MainPeer.HasValue);
        writer.Add(entry.MainPeer.GetValueOrDefault());
        writer.Add(entry.Slot);
        writer.Add(entry.LastLoudSlot);
        writer.Add(entry.FirstSlot);
        writer.Add(entry.Packets);
        writer.Add(entry.Bytes);
        writer.Add(entry.PeakPackets);
        writer.Add(entry.PeakBytes);
        writer.Add(entry.AllPackets);
        writer.Add(entry.Value);
        writer.Add(entry.Mask);
        writer.Add(entry.Baseline);
        writer.Add(entry.BaselineAge);
        writer.Add(entry.Place);
        writer.Add(entry.Kind);
        writer.Add(entry.IsActive);
        writer.Add(entry.IsReported);
        writer.Add((byte)entry.ReportedSeverity);
    }

    /// <inheritdoc/>
    public static RateMeter Read(ref EntryReader reader)
    {
        var meter = new RateMeter();
        for (int i = 0; i < Slots; i++)
            meter.Ring[i] = (reader.UInt32(), reader.UInt32());
        meter.Address = reader.Address();
        bool hasMainPeer = reader.Boolean();
        Address mainPeer = reader.Address();
        meter.MainPeer = hasMainPeer ? mainPeer : null;
        meter.Slot = reader.Int64();
        meter.LastLoudSlot = reader.Int64();
        meter.FirstSlot = reader.Int64();
        meter.Packets = reader.Int64();
        meter.Bytes = reader.Int64();
        meter.PeakPackets = reader.Int64();
        meter.PeakBytes = reader.Int64();
        meter.AllPackets = reader.Int64();
        meter.Value = reader.Int64();
        meter.Mask = reader.Int64();
        meter.Baseline = reader.Int64();
        meter.BaselineAge = reader.Int64();
        meter.Place = reader.Int32();
        meter.Kind = reader.Byte();
        meter.IsActive = reader.Boolean();
        meter.IsReported = reader.Boolean();
        meter.ReportedSeverity = (Severity)reader.Byte((int)Severity.Unknown);
        return meter;
    }

    private static int Index(long slot) => (int)(((slot % Slots) + Slots) % Slots);
}
