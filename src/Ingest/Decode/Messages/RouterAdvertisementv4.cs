using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>ICMPv4 router advertisement (RFC 1256 section 3): a number of addresses, the size of an entry, a lifetime.</summary>
internal static class RouterAdvertisementv4
{
    private const int HeaderBytes = 8;
    private const int EntryBytes = 8;
    private const int UnitBytes = 4;

    /// <summary>Reads the entries, at most the 255 that the count can say.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, EventBuffer into)
    {
        int entries = message[4], entryBytes = message[5] * UnitBytes;

        // Section 5.1: such an advertisement is to be discarded.
        if (entries == 0 || entryBytes < EntryBytes || HeaderBytes + (entries * entryBytes) > onWire)
            return DecodeOutcome.TooSmall;
        var lists = new ListsWriter(into.FreeArena);
        ReadOnlySpan<byte> rest = message[HeaderBytes..];
        DecodeOutcome outcome = DecodeOutcome.Ok;
        for (; entries > 0 && rest.Length >= EntryBytes; entries--)
        {
            var entry = new RouterAddress(
                Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(rest)), BinaryPrimitives.ReadInt32BigEndian(rest[UnitBytes..]));
            if (!lists.TryAdd(entry))
            {
                outcome = DecodeOutcome.ListLimit;
                break;
            }

            rest = rest[Math.Min(entryBytes, rest.Length)..];
        }

        int length = lists.Finish();
        if (length > 0)
            into.CommitLists(ref into.AddDetail(), length);
        return outcome;
    }
}
