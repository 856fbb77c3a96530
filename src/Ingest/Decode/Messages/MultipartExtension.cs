using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>The extension structure of RFC 4884 section 7: version, checksum, objects.</summary>
internal static class MultipartExtension
{
    /// <summary>The header before the objects, bytes.</summary>
    public const int HeaderBytes = 4;

    /// <summary>The one version that there is.</summary>
    public const int Version = 2;

    /// <summary>
    /// The most objects read. Routers add one to four; 64 of the smallest fit where even a jumbo frame ends.
    /// </summary>
    public const int MaxObjects = 64;

    private const int ObjectHeaderBytes = 4;

    /// <summary>
    /// Reads the structure of which <paramref name="extension"/> was captured and <paramref name="onWire"/> bytes were sent.
    /// </summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> extension, int onWire, byte lengthField, EventBuffer into)
    {
        if (onWire < HeaderBytes)
            return DecodeOutcome.ExtensionMalformed;
        if (extension.Length < HeaderBytes)
            return DecodeOutcome.Ok;
        int version = extension[0] >> 4;
        if (version != Version)
            return DecodeOutcome.ExtensionMalformed;

        ref IcmpEventDetail detail = ref into.AddDetail();
        detail.Groups |= DetailGroups.Extension;
        detail.ExtensionVersion = (byte)version;
        detail.ExtensionLength = lengthField;
        detail.ExtensionChecksumStatus = Judge(extension, onWire);
        var lists = new ListsWriter(into.FreeArena);
        DecodeOutcome outcome = ReadObjects(extension[HeaderBytes..], onWire - HeaderBytes, ref lists);
        into.CommitLists(ref detail, lists.Finish());
        return detail.ExtensionChecksumStatus == ChecksumStatus.Bad ? DecodeOutcome.ExtensionMalformed : outcome;
    }

    private static ChecksumStatus Judge(ReadOnlySpan<byte> extension, int onWire)
    {
        // Zero says that none was sent (section 7).
        bool sent = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]) != 0;
        return sent && extension.Length == onWire ? InternetChecksum.Judge(InternetChecksum.Add(extension, 0)) : ChecksumStatus.Unverified;
    }

    // Section 7.1: length with its header, class, type within the class.
    private static DecodeOutcome ReadObjects(ReadOnlySpan<byte> objects, int onWire, ref ListsWriter lists)
    {
        DecodeOutcome outcome = DecodeOutcome.Ok;
        for (int count = 0; onWire > 0; count++)
        {
            if (count == MaxObjects)
                return DecodeOutcome.ListLimit;
            if (onWire < ObjectHeaderBytes)
                return DecodeOutcome.ExtensionMalformed;
            if (objects.Length < ObjectHeaderBytes)
                return outcome;
            int bytes = BinaryPrimitives.ReadUInt16BigEndian(objects);
            if (bytes < ObjectHeaderBytes || bytes > onWire)
                return DecodeOutcome.ExtensionMalformed;
            bool isWhole = ExtensionObjects.TryRead(objects[..Math.Min(bytes, objects.Length)], (ushort)bytes, out ExtensionObject read);
            if (!lists.TryAdd(read))
                return DecodeOutcome.ListLimit;
            if (bytes > objects.Length)
                return outcome;
            if (!isWhole)
                outcome = DecodeOutcome.ExtensionMalformed;
            objects = objects[bytes..];
            onWire -= bytes;
        }

        return outcome;
    }
}
