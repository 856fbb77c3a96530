using System.Buffers.Binary;
using System.Text;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>A record batch of a Produce request (Kafka's protocol guide, "Record Batch"): by what a broker knows it again.</summary>
internal readonly record struct ProducedBatch(string Topic, int Partition, long ProducerId, short Epoch, int BaseSequence, int Records)
{
    /// <summary>The version of the request from which its header and body are of the flexible form (KIP-482).</summary>
    private const int FirstFlexible = 9;

    public static List<ProducedBatch> Of(ReadOnlySpan<byte> request)
    {
        var fields = new Fields(request);
        fields.Skip(sizeof(short));
        var version = fields.Int16();
        fields.Skip(sizeof(int));
        // The client id is of the old form in every version of the header.
        fields.Skip(Math.Max((short)0, fields.Int16()));
        fields.IsFlexible = version >= FirstFlexible;
        fields.Tags();
        fields.Text();
        fields.Skip(sizeof(short) + sizeof(int));
        List<ProducedBatch> batches = [];
        for (var topics = fields.Count(); topics > 0; topics--)
        {
            var topic = fields.Text();
            for (var partitions = fields.Count(); partitions > 0; partitions--)
            {
                var partition = fields.Int32();
                var batch = fields.Bytes(fields.IsFlexible ? fields.Count() : fields.Int32());
                fields.Tags();
                batches.Add(new ProducedBatch(
                    topic, partition, BinaryPrimitives.ReadInt64BigEndian(batch[43..]), BinaryPrimitives.ReadInt16BigEndian(batch[51..]),
                    BinaryPrimitives.ReadInt32BigEndian(batch[53..]), BinaryPrimitives.ReadInt32BigEndian(batch[57..])));
            }

            fields.Tags();
        }

        return batches;
    }

    private ref struct Fields(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public bool IsFlexible { get; set; }

        public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Bytes(sizeof(short)));

        public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Bytes(sizeof(int)));

        public void Skip(int count) => _ = Bytes(count);

        public ReadOnlySpan<byte> Bytes(int count)
        {
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        /// <summary>The length of an array, or of bytes in the flexible form, where it is one more as a variable-length number; nothing at all counts as none.</summary>
        public int Count() => Math.Max(0, IsFlexible ? Varint() - 1 : Int32());

        public string Text() => Encoding.UTF8.GetString(Bytes(IsFlexible ? Count() : Math.Max((short)0, Int16())));

        public void Tags()
        {
            for (var tags = IsFlexible ? Varint() : 0; tags > 0; tags--)
            {
                Varint();
                Skip(Varint());
            }
        }

        private int Varint()
        {
            int value = 0, shift = 0;
            for (byte next = 0x80; (next & 0x80) != 0; shift += 7)
            {
                next = Bytes(1)[0];
                value |= (next & 0x7F) << shift;
            }

            return value;
        }
    }
}
