namespace IcmpStream.Schemas;

/// <summary>
/// An RFC 4884 extension object, to write to or read from an event's lists; borrows the bytes it was made from. Avro
/// <c>icmpstream.v1.ExtensionObject</c>.
/// </summary>
public readonly ref struct ExtensionObject : IListItem<ExtensionObject>
{
    /// <summary>The most bytes kept of an object of no known class.</summary>
    public const int MaxDataBytes = 64;

    /// <summary>The most bytes of an interface name: RFC 5837 allows 63, and bytes that are not UTF-8 grow to three.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Class-Num.</summary>
    public byte Class { get; init; }

    /// <summary>C-Type.</summary>
    public byte CType { get; init; }

    /// <summary>Length by the object header, bytes, the header included.</summary>
    public ushort Length { get; init; }

    /// <summary>Class 1: the label stack.</summary>
    public MplsLabels Labels { get; init; }

    /// <summary>Class 2 or 3: interface index.</summary>
    public uint? InterfaceIndex { get; init; }

    /// <summary>Class 2 or 3: interface address.</summary>
    public Address? InterfaceAddress { get; init; }

    /// <summary>True where there is an interface name, be it empty.</summary>
    public bool HasInterfaceName { get; init; }

    /// <summary>Class 2 or 3: interface name. What is not UTF-8 is written as U+FFFD.</summary>
    public ReadOnlySpan<byte> InterfaceName { get; init; }

    /// <summary>Class 2: MTU.</summary>
    public uint? Mtu { get; init; }

    /// <summary>The object's bytes where the class is none of these; written up to <see cref="MaxDataBytes"/>.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <inheritdoc/>
    public static ExtensionObject Read(scoped ref AvroReader reader)
    {
        byte number = reader.ReadUInt8(), type = reader.ReadUInt8();
        ushort length = reader.ReadUInt16();
        MplsLabels labels = MplsLabels.Read(ref reader);
        uint? index = reader.ReadOptionalUInt32();
        Address? address = reader.ReadOptionalAddress();
        bool hasName = reader.ReadBranch();
        return new ExtensionObject
        {
            Class = number,
            CType = type,
            Length = length,
            Labels = labels,
            InterfaceIndex = index,
            InterfaceAddress = address,
            HasInterfaceName = hasName,
            InterfaceName = hasName ? reader.ReadText(MaxNameBytes) : default,
            Mtu = reader.ReadOptionalUInt32(),
            Data = reader.ReadBytes(MaxDataBytes),
        };
    }
}

/// <summary>A neighbor discovery option; borrows its data. Avro <c>icmpstream.v1.NdOption</c>.</summary>
public readonly ref struct NdOption : IListItem<NdOption>
{
    /// <summary>The most bytes kept of an option.</summary>
    public const int MaxDataBytes = 64;

    /// <summary>Type.</summary>
    public byte Option { get; init; }

    /// <summary>Length, bytes, type and length included: at most 255 x 8.</summary>
    public ushort Length { get; init; }

    /// <summary>The bytes behind type and length; written up to <see cref="MaxDataBytes"/>.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <inheritdoc/>
    public static NdOption Read(scoped ref AvroReader reader) => new()
    {
        Option = reader.ReadUInt8(),
        Length = reader.ReadUInt16(),
        Data = reader.ReadBytes(MaxDataBytes),
    };
}

/// <summary>A multicast address record (RFC 3810 section 5.2); borrows its sources. Avro <c>icmpstream.v1.MulticastRecord</c>.</summary>
public readonly ref struct MulticastRecord : IListItem<MulticastRecord>
{
    /// <summary>The most sources kept of a record.</summary>
    public const int MaxSources = 64;

    /// <summary>Record type.</summary>
    public byte RecordType { get; init; }

    /// <summary>Multicast address.</summary>
    public Address Address { get; init; }

    /// <summary>Source addresses; written up to <see cref="MaxSources"/>.</summary>
    public AddressList Sources { get; init; }

    /// <inheritdoc/>
    public static MulticastRecord Read(scoped ref AvroReader reader)
    {
        MulticastRecord record = new()
        {
            RecordType = reader.ReadUInt8(),
            Address = reader.ReadAddress(),
            Sources = AddressList.Read(ref reader),
        };
        if (record.Sources.Count > MaxSources)
            reader.Fail(AvroError.TooLarge);
        return record;
    }
}

/// <summary>An entry of an ICMPv4 router advertisement (RFC 1256). Avro <c>icmpstream.v1.RouterAddress</c>.</summary>
/// <param name="Address">Router address.</param>
/// <param name="Preference">Preference level, signed.</param>
public readonly record struct RouterAddress(Address Address, int Preference) : IListItem<RouterAddress>
{
    /// <inheritdoc/>
    public static RouterAddress Read(scoped ref AvroReader reader) => new(reader.ReadAddress(), reader.ReadInt());
}

/// <summary>An MPLS label stack entry (RFC 3032). Avro <c>icmpstream.v1.MplsLabel</c>.</summary>
/// <param name="Label">Label, 20 bits.</param>
/// <param name="TrafficClass">Traffic class, 3 bits.</param>
/// <param name="Bottom">Bottom of stack.</param>
/// <param name="Ttl">TTL.</param>
public readonly record struct MplsLabel(uint Label, byte TrafficClass, bool Bottom, byte Ttl);
