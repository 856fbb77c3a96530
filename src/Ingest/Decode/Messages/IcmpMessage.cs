using System.Buffers.Binary;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// What ICMPv4 (RFC 792) and ICMPv6 (RFC 4443 section 2.1) messages have in common: type, code, checksum, four bytes that each
/// type reads its own way, payload.
/// </summary>
internal static class IcmpMessage
{
    /// <summary>Without these an ICMP message cannot be told from noise, and no event is made.</summary>
    private const int TypeAndCodeBytes = 2;

    private const int TypeCodeAndChecksumBytes = 4;
    private const int IdentifierEnd = 6;

    /// <summary>Makes the event of the message at which the walk stands.</summary>
    public static DecodeOutcome Read(ref PacketWalk walk, in FrameInfo info, EventBuffer into, DecodeOptions options, byte version)
    {
        if (walk.Captured < TypeAndCodeBytes)
            return DecodeOutcome.IcmpMissing;
        ReadOnlySpan<byte> message = walk.Rest;
        ref readonly IpHeader ip = ref walk.Ip;
        int onWire = (int)Math.Min(ip.MessageBytes, (uint)walk.OnWire);

        ref IcmpEvent e = ref into.Add();
        e.FirstNs = info.TimeNs;
        e.Frame = info.FrameNumber;
        e.FrameBytes = info.OriginalBytes;
        e.InterfaceId = info.InterfaceId;
        e.LinkType = info.LinkType;
        e.Source = ip.Source;
        e.Destination = ip.Destination;
        e.Bytes = ip.Bytes;
        e.IpId = ip.Id;
        e.FragmentOffset = ip.FragmentOffset;
        e.Ttl = ip.Ttl;
        e.TrafficClass = ip.TrafficClass;
        e.IpChecksumStatus = ip.ChecksumStatus;
        e.IpVersion = version;
        e.Vlans = walk.Vlans;
        e.VlanCount = walk.VlanCount;
        e.MessageBytes = (ushort)Math.Min(ip.MessageBytes, ushort.MaxValue);
        e.Type = message[0];
        e.Code = message[1];

        EventFlags flags = EventFlags.None;
        if (ip.MoreFragments)
            flags |= EventFlags.MoreFragments;
        if (ip.DontFragment)
            flags |= EventFlags.DontFragment;
        if (message.Length < ip.MessageBytes)
            flags |= EventFlags.Cut;
        if (message.Length >= TypeCodeAndChecksumBytes)
        {
            flags |= EventFlags.HasChecksum;
            e.Checksum = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        }

        if (message.Length >= IcmpEvent.HeaderBytes)
        {
            flags |= EventFlags.HasRestOfHeader;
            e.RestOfHeader = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        }

        e.Flags = flags;
        e.ChecksumStatus = walk.Fragmented || message.Length < onWire ? ChecksumStatus.Unverified : Judge(ip, message, version, options.Accelerated);
        if (walk.TunnelCount + walk.MplsCount != 0 || (walk.HasMac && ConcernsLink(version, e.Type)))
            PathDetail.Fill(ref into.AddDetail(), walk);

        DecodeOutcome ofBody = version == 4
            ? Icmpv4Message.Read(message, onWire, ref e, into)
            : Icmpv6Message.Read(message, onWire, ref e, into);
        PayloadFeatures.Fill(message, ref e, into, options);
        e.Outcome = Verdict(walk, e, message.Length, onWire, version, ofBody);
        return e.Outcome;
    }

    // RFC 792 page 1; RFC 4443 section 2.3. ICMPv6 over IPv4 has no rule; Wireshark takes the addresses that are there, and the
    // mapped form only adds 0xFFFF, which is zero in this sum.
    private static ChecksumStatus Judge(in IpHeader ip, ReadOnlySpan<byte> message, byte version, bool accelerated)
    {
        if (message.Length < TypeCodeAndChecksumBytes)
            return ChecksumStatus.Unverified;
        ulong sum = 0;
        if (version == 6)
        {
            sum = ip.Version == 6
                ? InternetChecksum.AddPseudoHeader(ip.PseudoSource, ip.PseudoDestination, (uint)message.Length, IpProtocols.Icmpv6)
                : InternetChecksum.AddPseudoHeader(ip.Source, ip.Destination, (uint)message.Length, IpProtocols.Icmpv6);
        }

        return InternetChecksum.Judge(accelerated ? FastPayload.Add(message, sum) : InternetChecksum.Add(message, sum));
    }

    // One name for a message that may have many faults. First what is wrong around it (its bytes are not all there), then the
    // checksum (if the bytes are damaged, what they say proves nothing), then type and code, then what the body says.
    private static DecodeOutcome Verdict(in PacketWalk walk, in IcmpEvent e, int captured, int onWire, byte version, DecodeOutcome ofBody)
    {
        int needed = IcmpTypes.HeaderBytes(version, e.Type);
        if (walk.Ip.MessageBytes < needed)
            return DecodeOutcome.TooSmall;
        if (captured < needed && captured < onWire)
            return DecodeOutcome.Truncated;
        if (walk.LengthMismatch)
            return DecodeOutcome.LengthMismatch;
        if (captured < needed)
            return DecodeOutcome.TooSmall;
        if (e.ChecksumStatus != ChecksumStatus.Bad && walk.Ip.Version != version)
            return DecodeOutcome.FamilyMismatch;
        DecodeOutcome ofContent = VerdictOfContent(e, version, ofBody);
        return ofContent == DecodeOutcome.Ok && walk.HasBadOption ? DecodeOutcome.IpOptionMalformed : ofContent;
    }

    /// <summary>The verdict on a message of which all is there, behind a sound IP header of its own family.</summary>
    public static DecodeOutcome VerdictOfWhole(in IcmpEvent e, DecodeOutcome ofBody) =>
        e.MessageBytes < IcmpTypes.HeaderBytes(e.IpVersion, e.Type) ? DecodeOutcome.TooSmall : VerdictOfContent(e, e.IpVersion, ofBody);

    private static DecodeOutcome VerdictOfContent(in IcmpEvent e, byte version, DecodeOutcome ofBody)
    {
        if (e.ChecksumStatus == ChecksumStatus.Bad)
            return DecodeOutcome.BadChecksum;
        if (!IcmpTypes.IsRegistered(version, e.Type))
            return DecodeOutcome.UnknownType;
        return IcmpTypes.IsRegistered(version, e.Type, e.Code) ? ofBody : DecodeOutcome.UnknownCode;
    }

    /// <summary>Says how much of identifier and sequence number is there, for types that have them.</summary>
    public static void FlagIdentifier(ReadOnlySpan<byte> message, ref IcmpEvent e)
    {
        if (message.Length >= IcmpEvent.HeaderBytes)
            e.Flags |= EventFlags.HasIdentifier;
        else if (message.Length >= IdentifierEnd)
        {
            e.Flags |= EventFlags.IdentifierOnly;
            e.RestOfHeader = (uint)BinaryPrimitives.ReadUInt16BigEndian(message[4..]) << 16;
        }
    }

    // Redirects and router messages are only as good as the station that sent them.
    private static bool ConcernsLink(byte version, byte type) => version == 4 ? type is 5 or 9 or 10 : type is >= 133 and <= 137;
}
