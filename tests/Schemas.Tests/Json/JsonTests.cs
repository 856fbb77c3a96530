using System.Buffers;
using System.Text;
using System.Text.Json;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Json;

public sealed class JsonTests
{
    private static readonly Address Host = Address.FromIpv4(0xC0A8C832);
    private static readonly Address Peer = new(0x2001_0DB8_0000_0000, 1);

    [Fact]
    public void An_echo_request_is_this_line()
    {
        EventBuffer buffer = new(1);
        ref IcmpEvent e = ref buffer.Add();
        e = e with { FirstNs = 1700000000123456789, Frame = 1, Bytes = 84, FrameBytes = 98, LinkType = 1, IpVersion = 4, Ttl = 64 };
        (e.Source, e.Destination) = (Host, Address.FromIpv4(0x08080808));
        e.Flags = EventFlags.DontFragment | EventFlags.HasChecksum | EventFlags.HasRestOfHeader | EventFlags.HasIdentifier;
        (e.Type, e.Checksum, e.ChecksumStatus, e.RestOfHeader, e.MessageBytes) = (8, 0xABCD, ChecksumStatus.Good, 0x00060002, 64);
        (e.PayloadCaptured, e.PayloadHash, e.PayloadFamily, e.EntropyMillibits) = (56, 0xAB, PayloadFamily.Iputils, 5302);
        (e.Signatures, e.Vlans[0], e.VlanCount) = (0x80000001, 7, 1);
        e.PrefixOffset = Keep(buffer, [0xDE, 0xAD]);
        e.PrefixLength = 2;
        Assert.Equal(
            """
            {"first_ns":1700000000123456789,"last_ns":1700000000123456789,"count":1,"bytes":84,"late":false,"frame":1,
            "interface_id":0,"link_type":1,"frame_bytes":98,"vlan_ids":[7],"ip_version":4,"src":"192.168.200.50","dst":"8.8.8.8",
            "ttl":64,"traffic_class":0,"ip_id":0,"frag_offset":0,"more_fragments":false,"dont_fragment":true,
            "ip_checksum_status":"unverified","type":8,"code":0,"type_name":"Echo","code_name":"No Code","checksum":43981,"checksum_status":"good",
            "rest_of_header":393218,"ident":6,"seq":2,"message_bytes":64,"cut":false,"outcome":"ok","payload_bytes":56,
            "payload_captured":56,"payload_hash":"00000000000000ab","payload_family":"iputils","tool_signatures":[0,31],
            "inner_header":"none","inner_offset":0,"entropy_millibits":5302,"payload_prefix":"dead","extensions":[],
            "nd_options":[],"mld_records":[],"router_addresses":[]}
            """.ReplaceLineEndings(""),
            Line(json => IcmpEventJson.Write(json, buffer, 0)));
    }

    [Fact]
    public void An_error_names_its_type_and_code_and_shows_what_it_quotes()
    {
        EventBuffer buffer = new(1);
        ref IcmpEvent e = ref buffer.Add();
        (e.IpVersion, e.Type, e.Code) = (4, 3, 3);
        ref IcmpEventDetail detail = ref buffer.AddDetail();
        detail.Groups = DetailGroups.Quoted | DetailGroups.QuotedPorts | DetailGroups.Path;
        (detail.QuotedIpVersion, detail.QuotedSource, detail.QuotedDestination) = (6, Peer, default);
        (detail.QuotedSourcePort, detail.SourceMac) = (53, 0x0002_0304_05FF);
        (detail.TunnelCount, detail.Tunnels[0]) = (1, TunnelKind.L2tp);
        string line = Line(json => IcmpEventJson.Write(json, buffer, 0));
        Assert.Contains("\"type\":3,\"code\":3,\"type_name\":\"Destination Unreachable\",\"code_name\":\"Port Unreachable\"", line, StringComparison.Ordinal);
        Assert.Contains("\"quoted\":{\"ip_version\":6,\"src\":\"2001:db8::1\",\"dst\":\"::\"", line, StringComparison.Ordinal);
        Assert.Contains("\"source_port\":53,\"destination_port\":0}", line, StringComparison.Ordinal);
        Assert.Contains("\"src_mac\":\"00:02:03:04:05:ff\"", line, StringComparison.Ordinal);
        Assert.Contains("\"tunnels\":[\"l2tp\"]", line, StringComparison.Ordinal);
        Assert.DoesNotContain("icmp_type", line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exchange_has_the_order_of_the_command_line_and_no_nulls()
    {
        EchoExchange record = new()
        {
            Outcome = EchoOutcome.Timeout,
            Family = 4,
            Type = 8,
            Requester = Host,
            Responder = Peer,
            Identifier = 1,
            Sequence = 2,
            RequestNs = 3,
            RequestBytes = 64,
            Completeness = 1,
        };
        Assert.Equal(
            """
            {"outcome":"timeout","family":4,"type":8,"requester":"192.168.200.50","responder":"2001:db8::1","ident":1,"seq":2,
            "request_ns":3,"request_bytes":64,"domain":0,"completeness":1}
            """.ReplaceLineEndings(""),
            Line(json => RecordJson.Write(json, record)));
    }

    [Fact]
    public void The_row_of_all_others_has_a_star_for_an_address()
    {
        SourceRate record = new() { WindowStartNs = -1, WindowNs = 10_000_000_000, Role = Role.Destination, Packets = 9, Completeness = 0.5 };
        Assert.Equal(
            """
            {"window_start_ns":-1,"window_ns":10000000000,"role":"destination","address":"*","packets":9,"bytes":0,"requests":0,
            "replies":0,"errors":0,"other":0,"peers":0,"completeness":0.5,"domain":0}
            """.ReplaceLineEndings(""),
            Line(json => RecordJson.Write(json, record)));
    }

    [Fact]
    public void Round_trip_times_have_the_order_of_the_command_line()
    {
        PairRtt record = new() { WindowNs = 10_000_000_000, Family = 4, Requester = Host, Responder = Peer, Count = 5, MinNs = 1_000_000, MaxNs = 2_000_000, SumNs = 6_000_000, Completeness = 1 };
        record.Cells.AddRange([new RttCell((ushort)RttBuckets.Of(1_000_000), 4), new RttCell((ushort)RttBuckets.Of(2_000_000), 1)]);
        record.SetPercentiles();
        Assert.Equal(
            """
            {"window_start_ns":0,"window_ns":10000000000,"family":4,"requester":"192.168.200.50","responder":"2001:db8::1","count":5,
            "min_ns":1000000,"max_ns":2000000,"sum_ns":6000000,"p50_ns":1003503,"p90_ns":2000000,"p95_ns":2000000,"p99_ns":2000000,
            "dropped":0,"completeness":1,"domain":0,"cells":[{"bucket":635,"count":4},{"bucket":699,"count":1}]}
            """.ReplaceLineEndings(""),
            Line(json => RecordJson.Write(json, record)));
    }

    [Fact]
    public void An_alert_has_the_order_of_the_command_line()
    {
        Alert record = new() { Id = "0123", Rule = "flood.source", Version = 1, Severity = Severity.High, Subject = "a>b", Source = Host, Unit = "packets/s" };
        (record.Observed, record.Threshold, record.Confidence) = (12480, 1000, double.NaN);
        record.Evidence.Add("12,480 packets/s");
        (record.Features["z"], record.Features["b"]) = (2, double.PositiveInfinity);
        record.Techniques.Add("T1498.001");
        record.Samples.Add(new Sample { Source = Host, Destination = Peer, Type = 8, Identifier = 5, PayloadPrefix = new byte[] { 1 } });
        Assert.Equal(
            """
            {"id":"0123","rule":"flood.source","version":1,"state":"open","severity":"high","confidence":"NaN","subject":"a>b",
            "source":"192.168.200.50","opened_ns":0,"first_ns":0,"last_ns":0,"observed":12480,"threshold":1000,"unit":"packets/s",
            "evidence":["12,480 packets/s"],"features":{"b":"Infinity","z":2},"techniques":["T1498.001"],"completeness":1,
            "samples":[{"time_ns":0,"src":"192.168.200.50","dst":"2001:db8::1","type":8,"code":0,"ttl":0,"bytes":0,"ident":5,
            "payload_prefix":"01"}],"revision":0,"domain":0}
            """.ReplaceLineEndings(""),
            Line(json => RecordJson.Write(json, record)));
    }

    [Fact]
    public void Long_prefixes_are_whole()
    {
        EventBuffer buffer = new(1);
        ref IcmpEvent e = ref buffer.Add();
        byte[] prefix = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        e.PrefixOffset = Keep(buffer, prefix);
        e.PrefixLength = (ushort)prefix.Length;
        string line = Line(json => IcmpEventJson.Write(json, buffer, 0));
        Assert.Contains($"\"payload_prefix\":\"{Convert.ToHexStringLower(prefix)}\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_drawn_record_is_valid_json() => Tape.Check(200, tape =>
    {
        EventBuffer buffer = new(4);
        EventValues.Add(tape, buffer);
        BatchEnvelope envelope = EventValues.Envelope(tape);
        JsonDocument.Parse(Line(json => IcmpEventJson.WriteBatch(json, envelope, buffer, 0, 1))).Dispose();
        JsonDocument.Parse(Line(json => RecordJson.Write(json, RecordValues.Alert(tape)))).Dispose();
        JsonDocument.Parse(Line(json => RecordJson.Write(json, RecordValues.Rtt(tape)))).Dispose();
        JsonDocument.Parse(Line(json => StageJson.Write(json, RecordValues.Finding(tape)))).Dispose();
    });

    [Fact]
    public void Events_exchanges_rates_and_round_trip_times_allocate_nothing()
    {
        byte[] tape = new byte[20_000];
        new Random(3).NextBytes(tape);
        EventBuffer buffer = new(8);
        for (int i = 0; i < 8; i++)
            EventValues.Add(new Tape(tape[(i * 2000)..]), buffer);
        EchoExchange echo = RecordValues.Echo(new Tape(tape));
        SourceRate rate = RecordValues.Rate(new Tape(tape));
        PairRtt rtt = RecordValues.Rtt(new Tape(tape));
        ArrayBufferWriter<byte> output = new(1 << 20);
        using Utf8JsonWriter json = new(output, JsonValues.LineOptions);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
                Round();
        }));

        void Round()
        {
            output.ResetWrittenCount();
            json.Reset();
            for (int i = 0; i < buffer.Count; i++)
                IcmpEventJson.Write(json, buffer, i);
            RecordJson.Write(json, echo);
            RecordJson.Write(json, rate);
            RecordJson.Write(json, rtt);
            json.Flush();
        }
    }

    private static uint Keep(EventBuffer buffer, byte[] bytes)
    {
        bytes.CopyTo(buffer.FreeArena);
        return buffer.Commit(bytes.Length);
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, JsonValues.LineOptions))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
