using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>MPLS label stack entries, enumerated from the bytes they came in: a packet's or a record's.</summary>
public readonly ref struct MplsLabels
{
    private const int WireBytes = 4;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _wire;

    private MplsLabels(ReadOnlySpan<byte> bytes, int count, bool wire)
    {
        _bytes = bytes;
        Count = count;
        _wire = wire;
    }

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>Entries of four bytes as on the wire (RFC 3032 section 2.1, RFC 4950 section 4); a rest of fewer is left out.</summary>
    public static MplsLabels FromWire(ReadOnlySpan<byte> bytes) => new(bytes, bytes.Length / WireBytes, wire: true);

    /// <summary>Reads an Avro array of them, to be enumerated later.</summary>
    internal static MplsLabels Read(scoped ref AvroReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.Rest;
        int start = reader.Position, count = 0;
        for (long left = 0; reader.NextItem(ref left); count++)
            ReadEntry(ref reader);
        return reader.Error == AvroError.None ? new(bytes[..(reader.Position - start)], count, wire: false) : default;
    }

    /// <summary>Enumerates them.</summary>
    public Enumerator GetEnumerator() => new(this);

    private static MplsLabel ReadEntry(ref AvroReader reader) =>
        new(reader.ReadUpTo((1 << 20) - 1), (byte)reader.ReadUpTo(7), reader.ReadBoolean(), reader.ReadUInt8());

    /// <summary>Enumerates MPLS label stack entries.</summary>
    public ref struct Enumerator
    {
        private readonly bool _wire;
        private AvroReader _reader;
        private long _left;

        internal Enumerator(MplsLabels labels)
        {
            _reader = new AvroReader(labels._bytes);
            _wire = labels._wire;
            _left = _wire ? labels.Count : 0;
        }

        /// <summary>The entry.</summary>
        public MplsLabel Current { get; private set; }

        /// <summary>Steps to the next entry.</summary>
        public bool MoveNext()
        {
            if (!_wire)
            {
                bool found = _reader.NextItem(ref _left);
                if (found)
                    Current = ReadEntry(ref _reader);
                return found;
            }

            if (_left == 0)
                return false;
            _left--;
            uint word = BinaryPrimitives.ReadUInt32BigEndian(_reader.ReadRaw(WireBytes));
            Current = new MplsLabel(word >> 12, (byte)((word >> 9) & 7), (word & 0x100) != 0, (byte)word);
            return true;
        }
    }
}

/// <summary>Addresses, enumerated from the bytes they came in: a packet's or a record's.</summary>
public readonly ref struct AddressList
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _wire;

    private AddressList(ReadOnlySpan<byte> bytes, int count, bool wire)
    {
        _bytes = bytes;
        Count = count;
        _wire = wire;
    }

    /// <summary>How many addresses there are.</summary>
    public int Count { get; }

    /// <summary>Addresses of 16 bytes as on the wire; a rest of fewer is left out.</summary>
    public static AddressList FromWire(ReadOnlySpan<byte> bytes) => new(bytes, bytes.Length / Address.Size, wire: true);

    /// <summary>Reads an Avro array of them, to be enumerated later.</summary>
    internal static AddressList Read(scoped ref AvroReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.Rest;
        int start = reader.Position, count = 0;
        for (long left = 0; reader.NextItem(ref left); count++)
            reader.ReadRaw(Address.Size);
        return reader.Error == AvroError.None ? new(bytes[..(reader.Position - start)], count, wire: false) : default;
    }

    /// <summary>Enumerates them.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Enumerates addresses.</summary>
    public ref struct Enumerator
    {
        private readonly bool _wire;
        private AvroReader _reader;
        private long _left;

        internal Enumerator(AddressList list)
        {
            _reader = new AvroReader(list._bytes);
            _wire = list._wire;
            _left = _wire ? list.Count : 0;
        }

        /// <summary>The address.</summary>
        public Address Current { get; private set; }

        /// <summary>Steps to the next address.</summary>
        public bool MoveNext()
        {
            if (_wire ? _left-- == 0 : !_reader.NextItem(ref _left))
                return false;
            Current = _reader.ReadAddress();
            return true;
        }
    }
}
