using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>The details of an event in JSON: a group that is absent is no property, a list that is empty an empty array.</summary>
internal static class IcmpDetailJson
{
    /// <summary>Writes the groups of a detail.</summary>
    public static void WriteGroups(Utf8JsonWriter json, in IcmpEventDetail detail)
    {
        if (Has(detail, DetailGroups.Quoted))
            WriteQuoted(json, detail);
        if (Has(detail, DetailGroups.Path))
            WritePath(json, detail);
        if (Has(detail, DetailGroups.Timestamps))
        {
            json.WriteStartObject(JsonNames.Timestamps);
            json.WriteNumber(JsonNames.OriginateMs, detail.OriginateMs);
            json.WriteNumber(JsonNames.ReceiveMs, detail.ReceiveMs);
            json.WriteNumber(JsonNames.TransmitMs, detail.TransmitMs);
            json.WriteEndObject();
        }

        if (Has(detail, DetailGroups.Mask))
            json.WriteNumber(JsonNames.AddressMask, detail.AddressMask);
        WriteNeighbors(json, detail);
        if (Has(detail, DetailGroups.ExtendedEcho))
            json.WriteNumber(JsonNames.ExtendedEchoBits, detail.ExtendedEchoBits);
        if (Has(detail, DetailGroups.Extension))
        {
            json.WriteStartObject(JsonNames.Extension);
            json.WriteNumber(JsonNames.Version, detail.ExtensionVersion);
            json.WriteNumber(JsonNames.LengthField, detail.ExtensionLength);
            json.WriteString(JsonNames.ChecksumStatus, JsonSymbols<ChecksumStatus>.Of((byte)detail.ExtensionChecksumStatus));
            json.WriteEndObject();
        }
    }

    /// <summary>Writes the four lists.</summary>
    public static void WriteLists(Utf8JsonWriter json, EventLists lists)
    {
        json.WriteStartArray(JsonNames.Extensions);
        foreach (ExtensionObject item in lists.Extensions)
            Write(json, item);
        json.WriteEndArray();
        json.WriteStartArray(JsonNames.NdOptions);
        foreach (NdOption item in lists.NdOptions)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Option, item.Option);
            json.WriteNumber(JsonNames.Length, item.Length);
            json.WriteHex(JsonNames.Data, item.Data);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray(JsonNames.MldRecords);
        foreach (MulticastRecord item in lists.MulticastRecords)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.RecordType, item.RecordType);
            json.WriteAddress(JsonNames.Address, item.Address);
            json.WriteStartArray(JsonNames.Sources);
            foreach (Address source in item.Sources)
                json.WriteAddress(source);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray(JsonNames.RouterAddresses);
        foreach (RouterAddress item in lists.RouterAddresses)
        {
            json.WriteStartObject();
            json.WriteAddress(JsonNames.Address, item.Address);
            json.WriteNumber(JsonNames.Preference, item.Preference);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, in ExtensionObject item)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Class, item.Class);
        json.WriteNumber(JsonNames.CType, item.CType);
        json.WriteNumber(JsonNames.Length, item.Length);
        json.WriteStartArray(JsonNames.Labels);
        foreach (MplsLabel label in item.Labels)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Label, label.Label);
            json.WriteNumber(JsonNames.TrafficClass, label.TrafficClass);
            json.WriteBoolean(JsonNames.Bottom, label.Bottom);
            json.WriteNumber(JsonNames.Ttl, label.Ttl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteOptional(JsonNames.IfIndex, item.InterfaceIndex);
        json.WriteOptional(JsonNames.Address, item.InterfaceAddress);
        if (item.HasInterfaceName)
            json.WriteString(JsonNames.IfName, item.InterfaceName);
        json.WriteOptional(JsonNames.Mtu, item.Mtu);
        json.WriteHex(JsonNames.Data, item.Data);
        json.WriteEndObject();
    }

    private static void WriteQuoted(Utf8JsonWriter json, in IcmpEventDetail detail)
    {
        json.WriteStartObject(JsonNames.Quoted);
        json.WriteNumber(JsonNames.IpVersion, detail.QuotedIpVersion);
        json.WriteAddress(JsonNames.Src, detail.QuotedSource);
        json.WriteAddress(JsonNames.Dst, detail.QuotedDestination);
        json.WriteNumber(JsonNames.Protocol, detail.QuotedProtocol);
        json.WriteNumber(JsonNames.Ttl, detail.QuotedTtl);
        json.WriteNumber(JsonNames.IpBytes, detail.QuotedIpBytes);
        json.WriteNumber(JsonNames.IpId, detail.QuotedIpId);
        json.WriteNumber(JsonNames.FragOffset, detail.QuotedFragmentOffset);
        json.WriteNumber(JsonNames.Captured, detail.QuotedCaptured);
        if (Has(detail, DetailGroups.QuotedPorts))
        {
            json.WriteNumber(JsonNames.SourcePort, detail.QuotedSourcePort);
            json.WriteNumber(JsonNames.DestinationPort, detail.QuotedDestinationPort);
        }

        if (Has(detail, DetailGroups.QuotedIcmp))
        {
            json.WriteNumber(JsonNames.IcmpType, detail.QuotedType);
            json.WriteNumber(JsonNames.IcmpCode, detail.QuotedCode);
            json.WriteNumber(JsonNames.IcmpChecksum, detail.QuotedChecksum);
        }

        if (Has(detail, DetailGroups.QuotedEcho))
        {
            json.WriteNumber(JsonNames.Ident, detail.QuotedIdentifier);
            json.WriteNumber(JsonNames.Seq, detail.QuotedSequence);
        }

        json.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter json, in IcmpEventDetail detail)
    {
        json.WriteStartObject(JsonNames.Path);
        json.WriteAddress(JsonNames.OuterSrc, detail.OuterSource);
        json.WriteAddress(JsonNames.OuterDst, detail.OuterDestination);
        json.WriteMac(JsonNames.SrcMac, detail.SourceMac);
        json.WriteMac(JsonNames.DstMac, detail.DestinationMac);
        json.WriteStartArray(JsonNames.MplsLabels);
        for (int i = 0; i < Math.Min((int)detail.MplsCount, MplsStack.Capacity); i++)
            json.WriteNumberValue(detail.MplsLabels[i]);
        json.WriteEndArray();
        json.WriteStartArray(JsonNames.Tunnels);
        for (int i = 0; i < Math.Min((int)detail.TunnelCount, TunnelStack.Capacity); i++)
            json.WriteStringValue(JsonSymbols<TunnelKind>.Of((byte)detail.Tunnels[i]));
        json.WriteEndArray();
        json.WriteNumber(JsonNames.Vni, detail.Vni);
        json.WriteEndObject();
    }

    private static void WriteNeighbors(Utf8JsonWriter json, in IcmpEventDetail detail)
    {
        if (Has(detail, DetailGroups.Router))
        {
            json.WriteStartObject(JsonNames.Router);
            json.WriteNumber(JsonNames.HopLimit, detail.HopLimit);
            json.WriteNumber(JsonNames.Flags, detail.NeighborFlags);
            json.WriteNumber(JsonNames.LifetimeS, detail.RouterLifetimeSeconds);
            json.WriteNumber(JsonNames.ReachableMs, detail.ReachableMs);
            json.WriteNumber(JsonNames.RetransmitMs, detail.RetransmitMs);
            json.WriteEndObject();
        }

        if (Has(detail, DetailGroups.Neighbor))
        {
            json.WriteStartObject(JsonNames.Neighbor);
            json.WriteAddress(JsonNames.Target, detail.Target);
            json.WriteAddress(JsonNames.Destination, detail.Redirected);
            json.WriteNumber(JsonNames.Flags, detail.NeighborFlags);
            json.WriteEndObject();
        }

        if (Has(detail, DetailGroups.Listener))
        {
            json.WriteStartObject(JsonNames.Listener);
            json.WriteAddress(JsonNames.Address, detail.Target);
            json.WriteNumber(JsonNames.MaximumResponseCode, detail.MaximumResponseCode);
            json.WriteNumber(JsonNames.QueryFlags, detail.QueryFlags);
            json.WriteNumber(JsonNames.QueryIntervalCode, detail.QueryIntervalCode);
            json.WriteEndObject();
        }

        if (Has(detail, DetailGroups.NodeInformation))
        {
            json.WriteStartObject(JsonNames.NodeInformation);
            json.WriteNumber(JsonNames.QueryType, detail.QueryType);
            json.WriteNumber(JsonNames.Flags, detail.NeighborFlags);
            json.WriteHash(JsonNames.Nonce, detail.Nonce);
            json.WriteEndObject();
        }
    }

    private static bool Has(in IcmpEventDetail detail, DetailGroups group) => (detail.Groups & group) != DetailGroups.None;
}
