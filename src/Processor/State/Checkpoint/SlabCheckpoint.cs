namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>How a slab is written down and read back. Places are kept, since other entries hold them.</summary>
public static class SlabCheckpoint
{
    /// <summary>Writes down all entries and the free places.</summary>
    public static void Save<T>(this Slab<T> slab, CheckpointWriter writer)
        where T : struct, IEntry<T>
    {
        ArgumentNullException.ThrowIfNull(slab);
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(slab.PlaceEnd);
        writer.WriteInt32(slab.Free.Length);
        bool[] free = new bool[slab.PlaceEnd];
        foreach (int place in slab.Free)
        {
            free[place] = true;
            writer.WriteInt32(place);
        }

        for (int place = 0; place < free.Length; place++)
        {
            if (free[place])
                continue;
            writer.WriteEntry(slab[place]);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote into an empty slab; says which places hold an entry.</summary>
    /// <exception cref="CheckpointException">The bytes are no such slab.</exception>
    public static bool[] Load<T>(this Slab<T> slab, CheckpointReader reader)
        where T : struct, IEntry<T>
    {
        ArgumentNullException.ThrowIfNull(slab);
        ArgumentNullException.ThrowIfNull(reader);
        int used = reader.ReadIndex(slab.Limit + 1);
        int freeCount = reader.ReadCount(sizeof(int));
        if (freeCount > used || (long)(used - freeCount) * T.EntryBytes > reader.Remaining)
            throw new CheckpointException($"a table of {used} places, {freeCount} of them free");
        bool[] holds = new bool[used];
        Array.Fill(holds, true);
        int[] free = new int[freeCount];
        for (int i = 0; i < freeCount; i++)
        {
            free[i] = reader.ReadIndex(used);
            if (!holds[free[i]])
                throw new CheckpointException("a place is free twice");
            holds[free[i]] = false;
        }

        slab.Restore(used, free);
        for (int place = 0; place < used; place++)
        {
            if (holds[place])
                slab[place] = reader.ReadEntry<T>();
        }

        return holds;
    }
}
