using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class SourceAddressTests
{
    [Theory]
    [InlineData("capture.pcap", SourceKind.Pcap, "capture.pcap", null)]
    [InlineData("pcap:capture.pcap", SourceKind.Pcap, "capture.pcap", null)]
    [InlineData("pcap:a:b.pcap", SourceKind.Pcap, "a:b.pcap", null)]
    [InlineData("./a:b.pcap", SourceKind.Pcap, "./a:b.pcap", null)]
    [InlineData("/tmp/12:30.pcap", SourceKind.Pcap, "/tmp/12:30.pcap", null)]
    [InlineData("a.b:c", SourceKind.Pcap, "a.b:c", null)]
    [InlineData("-", SourceKind.Pcap, "-", null)]
    [InlineData("afpacket:eth0", SourceKind.AfPacket, "eth0", null)]
    [InlineData("afxdp:eth0", SourceKind.AfXdp, "eth0", null)]
    [InlineData("afxdp:eth0:3", SourceKind.AfXdp, "eth0", 3)]
    [InlineData("libpcap:enp3s0.100", SourceKind.Libpcap, "enp3s0.100", null)]
    public void Every_form_of_the_command_line_is_read(string text, SourceKind kind, string target, int? queue)
    {
        Assert.True(SourceAddress.TryParse(text, out SourceAddress? address, out string? error), error);
        Assert.Equal(new SourceAddress(kind, target, queue), address);
        Assert.Equal(kind != SourceKind.Pcap, address.IsLive);
        Assert.Equal(text == "-", address.IsStandardInput);
    }

    [Theory]
    [InlineData("pcap:x")]
    [InlineData("afpacket:eth0")]
    [InlineData("afxdp:eth0:65535")]
    [InlineData("libpcap:lo")]
    public void An_address_written_out_reads_back(string text)
    {
        Assert.True(SourceAddress.TryParse(text, out SourceAddress? address, out _));
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData("pcap:", "file name is missing")]
    [InlineData("afpacket:", "interface name is missing")]
    [InlineData("afxdp::3", "interface name is missing")]
    [InlineData("afxdp:eth0:", "not a queue number")]
    [InlineData("afxdp:eth0:x", "not a queue number")]
    [InlineData("afxdp:eth0:-1", "not a queue number")]
    [InlineData("afxdp:eth0:65536", "not a queue number")]
    [InlineData("afpacket:eth0:3", "cannot be an interface name")]
    [InlineData("libpcap:sixteen-letters-", "cannot be an interface name")]
    [InlineData("afpacket:a b", "cannot be an interface name")]
    [InlineData("afpacket:..", "cannot be an interface name")]
    [InlineData("tcp:host", "unknown source 'tcp'")]
    [InlineData("PCAP:x", "unknown source 'PCAP'")]
    [InlineData(":x", "unknown source ''")]
    [InlineData("a\0b", "zero byte")]
    public void What_is_no_address_is_refused_in_one_line(string? text, string reason)
    {
        Assert.False(SourceAddress.TryParse(text, out SourceAddress? address, out string? error));
        Assert.Null(address);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void An_interface_that_is_not_there_says_so_in_one_line()
    {
        Assert.True(SourceAddress.TryParse("afpacket:nosuch0", out SourceAddress? address, out _));
        string message = Assert.Throws<SourceException>(() => PacketSource.Open(address)).Message;
        Assert.StartsWith("nosuch0: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
