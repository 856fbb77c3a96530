using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

public class CheckpointFormatTests
{
    [Fact]
    public void What_is_written_is_read_across_the_ends_of_chunks() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), (int seed) =>
        {
            var written = new Numbers(new System.Random(seed));
            List<ReadOnlyMemory<byte>> chunks = Save(written);
            var read = new Numbers(null);
            CheckpointReader.Load(chunks, read, threads: 1 + (seed & 1));
            return written.Text() == read.Text();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_state_gives_the_same_bytes_from_a_writer_used_before()
    {
        var writer = new CheckpointWriter(CheckpointWriter.MaxTakeBytes);
        var state = new Numbers(new System.Random(1));
        writer.Save(new Numbers(new System.Random(2)));
        writer.Clear();
        writer.Save(state);
        Assert.Equal(Concat(Save(state)), Concat([.. Enumerable.Range(0, writer.ChunkCount).Select(writer.Chunk)]));
    }

    [Fact]
    public void Groups_without_anything_take_no_bytes()
    {
        var writer = new CheckpointWriter();
        writer.Save(new Numbers(null));
        Assert.Equal(CheckpointWriter.SectionHeaderBytes + sizeof(int), writer.Length);
    }

    [Fact]
    public void Damage_is_an_exception_of_its_own_or_another_value_and_nothing_else() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), (int seed) =>
        {
            var random = new System.Random(seed);
            byte[] bytes = Concat(Save(new Numbers(random)));
            if (random.Next(2) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            else
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                CheckpointReader.Load([bytes], new Numbers(null), threads: 1 + (seed & 1));
            }
            catch (CheckpointException)
            {
                return true;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static List<ReadOnlyMemory<byte>> Save(ICheckpointed state)
    {
        var writer = new CheckpointWriter(CheckpointWriter.MaxTakeBytes);
        writer.Save(state);
        return [.. Enumerable.Range(0, writer.ChunkCount).Select(writer.Chunk)];
    }

    private static byte[] Concat(List<ReadOnlyMemory<byte>> chunks) => [.. chunks.SelectMany(chunk => chunk.ToArray())];

    /// <summary>A state of every kind of value, some groups of which have any.</summary>
    private sealed class Numbers : ICheckpointed
    {
        private readonly List<string> _common = [];
        private readonly SortedDictionary<byte, List<(long Number, Address Address, string Text)>> _groups = [];

        public Numbers(System.Random? random)
        {
            if (random is null)
                return;
            _common.AddRange(Enumerable.Range(0, random.Next(20)).Select(i => new string((char)('a' + i), random.Next(900))));
            for (int i = random.Next(40); i > 0; i--)
                _groups[(byte)random.Next(256)] = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (random.NextInt64(), new Address((ulong)random.NextInt64(), 1), new string('x', random.Next(40))))];
        }

        public int CheckpointVersion => 1;

        public void SaveCommon(CheckpointWriter writer)
        {
            writer.WriteInt32(_common.Count);
            foreach (string text in _common)
                writer.WriteText(text);
        }

        public void LoadCommon(CheckpointReader reader)
        {
            for (int count = reader.ReadCount(sizeof(int)); count > 0; count--)
                _common.Add(reader.ReadText());
        }

        public void SaveGroup(byte group, CheckpointWriter writer)
        {
            if (!_groups.TryGetValue(group, out var entries))
                return;
            writer.WriteInt32(entries.Count);
            foreach ((long number, Address address, string text) in entries)
            {
                writer.WriteInt64(number);
                writer.WriteUInt64((ulong)number);
                writer.WriteUInt16((ushort)number);
                writer.WriteUInt32((uint)number);
                writer.WriteByte((byte)number);
                writer.WriteOptionalAddress(number % 2 == 0 ? address : null);
                writer.WriteAddress(address);
                writer.WriteRunId(new RunId((ulong)number, 0));
                System.Text.Encoding.ASCII.GetBytes(text.PadRight(40), writer.Take(40));
            }
        }

        public void LoadGroup(byte group, CheckpointReader reader)
        {
            var entries = new List<(long, Address, string)>();
            for (int count = reader.ReadCount(8); count > 0; count--)
            {
                long number = reader.ReadInt64();
                bool isWhole = reader.ReadUInt64() == (ulong)number & reader.ReadUInt16() == (ushort)number & reader.ReadUInt32() == (uint)number & reader.ReadByte() == (byte)number;
                Address? optional = reader.ReadOptionalAddress();
                Address address = reader.ReadAddress();
                if (!isWhole || optional.HasValue != (number % 2 == 0) || reader.ReadRunId() != new RunId((ulong)number, 0))
                    throw new CheckpointException("values differ that were one");
                entries.Add((number, address, System.Text.Encoding.ASCII.GetString(reader.Take(40)).TrimEnd()));
            }

            lock (_groups)
                _groups.Add(group, entries);
        }

        public void CompleteLoad()
        {
        }

        public string Text() => string.Join('|', _common) + string.Join('|', _groups.Select(g => $"{g.Key}:{string.Join(',', g.Value)}"));
    }
}
