using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IPv4 (RFC 791 section 3.1), with options stepped over.</summary>
internal static class Ipv4Layer
{
    /// <summary>Header without options, bytes.</summary>
    public const int MinHeaderBytes = 20;

    private const int MoreFragmentsBit = 0x2000;
    private const int DontFragmentBit = 0x4000;
    private const int FragmentOffsetMask = 0x1FFF;

    /// <summary>Reads the header and cuts the walk to the datagram, so that Ethernet padding is not payload.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < MinHeaderBytes)
            return walk.Fail(walk.Captured > 0 && walk.Frame[walk.Offset] >> 4 != 4 ? DecodeOutcome.IpVersionInvalid : DecodeOutcome.IpTruncated);
        ReadOnlySpan<byte> rest = walk.Rest;
        if (rest[0] >> 4 != 4)
            return walk.Fail(DecodeOutcome.IpVersionInvalid);
        int headerBytes = (rest[0] & 0x0F) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);

        // A segmentation offload hands the capture packets whose length is still to be filled in: then the frame is the length.
        if (totalBytes == 0)
            totalBytes = walk.OnWire;
        if (headerBytes < MinHeaderBytes || totalBytes < headerBytes)
            return walk.Fail(DecodeOutcome.IpLengthInvalid);
        if (rest.Length < headerBytes)
            return walk.Fail(DecodeOutcome.IpTruncated);

        ushort fragment = BinaryPrimitives.ReadUInt16BigEndian(rest[6..]);
        ref IpHeader ip = ref walk.Ip;
        ip.Source = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(rest[12..]));
        ip.Destination = Address.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(rest[16..]));
        ip.Bytes = (uint)totalBytes;
        ip.MessageBytes = (uint)(totalBytes - headerBytes);
        ip.Id = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
        ip.FragmentOffset = (ushort)(fragment & FragmentOffsetMask);
        ip.Version = 4;
        ip.Ttl = rest[8];
        ip.TrafficClass = rest[1];
        ip.MoreFragments = (fragment & MoreFragmentsBit) != 0;
        ip.DontFragment = (fragment & DontFragmentBit) != 0;
        ip.ChecksumStatus = InternetChecksum.Judge(InternetChecksum.Add(rest[..headerBytes], 0));
        walk.HasBadOption = headerBytes != MinHeaderBytes && !AreOptionsSound(rest[MinHeaderBytes..headerBytes]);
        if (walk.IpCount++ == 0)
            (walk.OuterSource, walk.OuterDestination) = (ip.Source, ip.Destination);

        walk.EnterDatagram(totalBytes);
        walk.Skip(headerBytes);
        if ((fragment & (MoreFragmentsBit | FragmentOffsetMask)) != 0)
            walk.Fragment = new FragmentField(walk.Offset, totalBytes - headerBytes, headerBytes, rest[9]);
        if (ip.FragmentOffset != 0)
            return walk.Fail(DecodeOutcome.FragmentLater);
        walk.Fragmented |= ip.MoreFragments;
        return IpProtocols.Next(ref walk, rest[9]);
    }

    // RFC 791 section 3.1: a type, and but for the end and the no-operation a length that counts both.
    private static bool AreOptionsSound(ReadOnlySpan<byte> options)
    {
        const byte End = 0, NoOperation = 1;
        while (!options.IsEmpty && options[0] != End)
        {
            int bytes = options[0] == NoOperation ? 1 : options.Length < 2 ? 0 : Math.Max((int)options[1], 1);
            if (bytes == 0 || bytes > options.Length || (bytes == 1 && options[0] != NoOperation))
                return false;
            options = options[bytes..];
        }

        return true;
    }
}
