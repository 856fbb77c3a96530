using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Version 2 multicast listener report (RFC 3810 section 5.2): a number of records.</summary>
internal static class MulticastReport
{
    private const int HeaderBytes = 8;
    private const int RecordBytes = 20;
    private const int AuxiliaryUnitBytes = 4;

    /// <summary>Reads the records: as many as the report counts, each at least 20 bytes long, so that its length bounds the loop.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, EventBuffer into)
    {
        var lists = new ListsWriter(into.FreeArena);
        DecodeOutcome outcome = ReadRecords(message, onWire, ref lists);
        int length = lists.Finish();
        if (length > 0)
            into.CommitLists(ref into.AddDetail(), length);
        return outcome;
    }

    private static DecodeOutcome ReadRecords(ReadOnlySpan<byte> message, int onWire, ref ListsWriter lists)
    {
        int records = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        ReadOnlySpan<byte> rest = message[HeaderBytes..];
        onWire -= HeaderBytes;
        for (; records > 0; records--)
        {
            if (onWire < RecordBytes)
                return DecodeOutcome.ListenerMalformed;
            if (rest.Length < RecordBytes)
                return DecodeOutcome.Ok;
            int sources = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) * Address.Size;
            int bytes = RecordBytes + sources + (rest[1] * AuxiliaryUnitBytes);
            if (bytes > onWire)
                return DecodeOutcome.ListenerMalformed;
            var record = new MulticastRecord
            {
                RecordType = rest[0],
                Address = Address.Read(rest[4..]),
                Sources = AddressList.FromWire(rest[RecordBytes..Math.Min(RecordBytes + sources, rest.Length)]),
            };
            if (!lists.TryAdd(record))
                return DecodeOutcome.ListLimit;
            if (bytes > rest.Length)
                return DecodeOutcome.Ok;
            rest = rest[bytes..];
            onWire -= bytes;
        }

        return DecodeOutcome.Ok;
    }
}
