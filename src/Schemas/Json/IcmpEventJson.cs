using System.Numerics;
using System.Text.Json;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Schemas;

/// <summary>
/// Events as JSON objects: the Avro fields of <c>icmpstream.v1.IcmpEvent</c> in their order and, behind type and code,
/// their names in the IANA registries as <c>type_name</c> and <c>code_name</c>, where they have one. Nothing here allocates.
/// </summary>
public static class IcmpEventJson
{
    /// <summary>Writes one event.</summary>
    public static void Write(Utf8JsonWriter json, EventBuffer buffer, int index)
    {
        ref readonly IcmpEvent e = ref buffer.Events[index];
        json.WriteStartObject();
        WriteFrame(json, e);
        WriteIp(json, e);
        WriteMessage(json, e);
        WritePayload(json, e, buffer.Prefix(e));
        if (e.Detail == 0)
        {
            IcmpDetailJson.WriteLists(json, default);
        }
        else
        {
            ref readonly IcmpEventDetail detail = ref buffer.DetailOf(e);
            IcmpDetailJson.WriteGroups(json, detail);
            IcmpDetailJson.WriteLists(json, buffer.ListsOf(detail));
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a record of <c>icmp.event.v1</c>: an envelope with <paramref name="count"/> events of a buffer.</summary>
    public static void WriteBatch(Utf8JsonWriter json, in BatchEnvelope envelope, EventBuffer buffer, int first, int count)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Sensor, envelope.Sensor);
        json.WriteNumber(JsonNames.Domain, envelope.Domain);
        Span<byte> run = stackalloc byte[RunId.Size];
        envelope.Run.Write(run);
        json.WriteHex(JsonNames.Run, run);
        json.WriteNumber(JsonNames.Stream, envelope.Stream);
        json.WriteNumber(JsonNames.FirstSequence, envelope.FirstSequence);
        json.WriteNumber(JsonNames.WatermarkNs, envelope.WatermarkNs);
        json.WriteNumber(JsonNames.Seen, envelope.Seen);
        json.WriteNumber(JsonNames.KernelDrops, envelope.KernelDrops);
        json.WriteNumber(JsonNames.Shed, envelope.Shed);
        json.WriteBoolean(JsonNames.Final, envelope.Final);
        json.WriteStartArray(JsonNames.Events);
        for (int i = first; i < first + count; i++)
            Write(json, buffer, i);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFrame(Utf8JsonWriter json, in IcmpEvent e)
    {
        json.WriteNumber(JsonNames.FirstNs, e.FirstNs);
        json.WriteNumber(JsonNames.LastNs, e.LastNs);
        json.WriteNumber(JsonNames.Count, e.Count);
        json.WriteNumber(JsonNames.Bytes, e.Bytes);
        json.WriteBoolean(JsonNames.Late, Has(e, EventFlags.Late));
        json.WriteNumber(JsonNames.Frame, e.Frame);
        json.WriteNumber(JsonNames.InterfaceId, e.InterfaceId);
        json.WriteNumber(JsonNames.LinkType, e.LinkType);
        json.WriteNumber(JsonNames.FrameBytes, e.FrameBytes);
        json.WriteStartArray(JsonNames.VlanIds);
        for (int i = 0; i < Math.Min((int)e.VlanCount, VlanStack.Capacity); i++)
            json.WriteNumberValue(e.Vlans[i]);
        json.WriteEndArray();
    }

    private static void WriteIp(Utf8JsonWriter json, in IcmpEvent e)
    {
        json.WriteNumber(JsonNames.IpVersion, e.IpVersion);
        json.WriteAddress(JsonNames.Src, e.Source);
        json.WriteAddress(JsonNames.Dst, e.Destination);
        json.WriteNumber(JsonNames.Ttl, e.Ttl);
        json.WriteNumber(JsonNames.TrafficClass, e.TrafficClass);
        json.WriteNumber(JsonNames.IpId, e.IpId);
        json.WriteNumber(JsonNames.FragOffset, e.FragmentOffset);
        json.WriteBoolean(JsonNames.MoreFragments, Has(e, EventFlags.MoreFragments));
        json.WriteBoolean(JsonNames.DontFragment, Has(e, EventFlags.DontFragment));
        json.WriteString(JsonNames.IpChecksumStatus, JsonSymbols<ChecksumStatus>.Of((byte)e.IpChecksumStatus));
    }

    private static void WriteMessage(Utf8JsonWriter json, in IcmpEvent e)
    {
        json.WriteNumber(JsonNames.Type, e.Type);
        json.WriteNumber(JsonNames.Code, e.Code);
        if (IcmpTypes.Name(e.IpVersion, e.Type) is { } typeName)
            json.WriteString(JsonNames.TypeName, typeName);
        if (IcmpTypes.CodeName(e.IpVersion, e.Type, e.Code) is { } codeName)
            json.WriteString(JsonNames.CodeName, codeName);
        if (Has(e, EventFlags.HasChecksum))
            json.WriteNumber(JsonNames.Checksum, e.Checksum);
        json.WriteString(JsonNames.ChecksumStatus, JsonSymbols<ChecksumStatus>.Of((byte)e.ChecksumStatus));
        if (e.HasRestOfHeader)
            json.WriteNumber(JsonNames.RestOfHeader, e.RestOfHeader);
        if (e.HasIdentifier)
            json.WriteNumber(JsonNames.Ident, e.Identifier);
        if (e.HasSequence)
            json.WriteNumber(JsonNames.Seq, e.Sequence);
        if (e.HasMtu)
            json.WriteNumber(JsonNames.Mtu, e.Mtu);
        json.WriteNumber(JsonNames.MessageBytes, e.MessageBytes);
        json.WriteBoolean(JsonNames.Cut, Has(e, EventFlags.Cut));
        json.WriteString(JsonNames.Outcome, JsonSymbols<DecodeOutcome>.Of((byte)e.Outcome));
    }

    private static void WritePayload(Utf8JsonWriter json, in IcmpEvent e, ReadOnlySpan<byte> prefix)
    {
        json.WriteNumber(JsonNames.PayloadBytes, e.PayloadBytes);
        json.WriteNumber(JsonNames.PayloadCaptured, e.PayloadCaptured);
        json.WriteHash(JsonNames.PayloadHash, e.PayloadHash);
        json.WriteString(JsonNames.PayloadFamily, JsonSymbols<PayloadFamily>.Of((byte)e.PayloadFamily));
        json.WriteStartArray(JsonNames.ToolSignatures);
        for (uint bits = e.Signatures; bits != 0; bits &= bits - 1)
            json.WriteNumberValue(BitOperations.TrailingZeroCount(bits));
        json.WriteEndArray();
        json.WriteString(JsonNames.InnerHeader, JsonSymbols<InnerHeader>.Of((byte)e.InnerHeader));
        json.WriteNumber(JsonNames.InnerOffset, e.InnerOffset);
        json.WriteNumber(JsonNames.EntropyMillibits, e.EntropyMillibits);
        json.WriteHex(JsonNames.PayloadPrefix, prefix);
    }

    private static bool Has(in IcmpEvent e, EventFlags flag) => (e.Flags & flag) != EventFlags.None;
}
