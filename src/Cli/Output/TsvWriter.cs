using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// <c>decode --format tsv</c>: a header line, then one row an event, columns parted by tabs, absent values empty.
/// </summary>
internal sealed class TsvWriter : LineWriter
{
    private const byte Tab = (byte)'\t';

    /// <summary>ICMPv4 redirect (RFC 792).</summary>
    private const byte Redirect = 5;

    private bool _hasHeader;

    public TsvWriter(ByteSink sink, bool flushesLines)
        : base(sink, flushesLines)
    {
    }

    /// <summary>The names of the columns, in order.</summary>
    public static ReadOnlySpan<byte> Header =>
        "frame\tepoch_ns\ticmp_src\ticmp_dst\tttl\tfrag_offset\tmf\tvlan_ids\tmpls_labels\ttype\tcode\tchecksum\tchecksum_status\tident\tseq\t"u8
        + "data_len\tmtu\tredir_gw\tquoted_src\tquoted_dst\tquoted_proto\tquoted_sport\tquoted_dport\toutcome"u8;

    /// <summary>One header, however many sources: the rows are one table.</summary>
    public override void BeginSource(string name)
    {
        if (_hasHeader)
            return;
        _hasHeader = true;
        Sink.Write(Header);
        Sink.EndLine();
    }

    protected override void WriteLine(in IcmpEvent e, EventBuffer buffer)
    {
        ByteSink sink = Sink;
        sink.Write(e.Frame);
        sink.WriteByte(Tab);
        sink.Write(e.FirstNs);
        sink.WriteByte(Tab);
        sink.Write(e.Source);
        sink.WriteByte(Tab);
        sink.Write(e.Destination);
        sink.WriteByte(Tab);
        sink.Write(e.Ttl);
        sink.WriteByte(Tab);
        sink.Write(e.FragmentOffset);
        sink.Write((e.Flags & EventFlags.MoreFragments) != EventFlags.None ? "\t1\t"u8 : "\t0\t"u8);
        WriteVlans(in e);
        sink.WriteByte(Tab);
        if (e.Detail != 0)
            WriteLabels(in buffer.DetailOf(e));
        sink.WriteByte(Tab);
        sink.Write(e.Type);
        sink.WriteByte(Tab);
        sink.Write(e.Code);
        sink.WriteByte(Tab);
        if ((e.Flags & EventFlags.HasChecksum) != EventFlags.None)
        {
            sink.Write("0x"u8);
            sink.WriteHex(e.Checksum, 4);
            sink.WriteByte(Tab);
            sink.Write(Symbols<ChecksumStatus>.Of((byte)e.ChecksumStatus));
            sink.WriteByte(Tab);
        }
        else
        {
            sink.Write("\t\t"u8);
        }

        WriteRest(in e);
        if (e.Detail != 0)
            WriteQuoted(in buffer.DetailOf(e));
        else
            sink.Write("\t\t\t\t\t"u8);
        sink.Write(Symbols<DecodeOutcome>.Of((byte)e.Outcome));
    }

    /// <summary>ident to redir_gw, each with the tab behind it.</summary>
    private void WriteRest(in IcmpEvent e)
    {
        if (e.HasIdentifier)
            Sink.Write(e.Identifier);
        Sink.WriteByte(Tab);
        if (e.HasSequence)
            Sink.Write(e.Sequence);
        Sink.WriteByte(Tab);
        Sink.Write(e.PayloadBytes);
        Sink.WriteByte(Tab);
        if (e.HasMtu)
            Sink.Write(e.Mtu);
        Sink.WriteByte(Tab);
        if (e.IpVersion == 4 && e.Type == Redirect && e.HasRestOfHeader)
            Sink.Write(Address.FromIpv4(e.RestOfHeader));
        Sink.WriteByte(Tab);
    }

    /// <summary>quoted_src to quoted_dport, each with the tab behind it.</summary>
    private void WriteQuoted(in IcmpEventDetail detail)
    {
        bool isQuoted = (detail.Groups & DetailGroups.Quoted) != DetailGroups.None;
        bool hasPorts = (detail.Groups & DetailGroups.QuotedPorts) != DetailGroups.None;
        if (isQuoted)
            Sink.Write(detail.QuotedSource);
        Sink.WriteByte(Tab);
        if (isQuoted)
            Sink.Write(detail.QuotedDestination);
        Sink.WriteByte(Tab);
        if (isQuoted)
            Sink.Write(detail.QuotedProtocol);
        Sink.WriteByte(Tab);
        if (hasPorts)
            Sink.Write(detail.QuotedSourcePort);
        Sink.WriteByte(Tab);
        if (hasPorts)
            Sink.Write(detail.QuotedDestinationPort);
        Sink.WriteByte(Tab);
    }

    private void WriteVlans(in IcmpEvent e)
    {
        for (int i = 0; i < e.VlanCount; i++)
        {
            if (i > 0)
                Sink.WriteByte((byte)',');
            Sink.Write(e.Vlans[i]);
        }
    }

    private void WriteLabels(in IcmpEventDetail detail)
    {
        for (int i = 0; i < detail.MplsCount; i++)
        {
            if (i > 0)
                Sink.WriteByte((byte)',');
            Sink.Write(detail.MplsLabels[i]);
        }
    }
}
