using System.Net;
using IcmpStream.Schemas.Tests.Values;

namespace IcmpStream.Schemas.Tests.Events;

public sealed class AddressTests
{
    // RFC 5952 sections 4 and 5, and what is not to be shortened.
    [Theory]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:DB8::", "2001:db8::")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1:0:0:2::", "1:0:0:2::")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    public void Text_is_that_of_rfc_5952(string text, string expected)
    {
        Assert.True(Address.TryParse(text, out Address address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1")]
    [InlineData("127.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1/64")]
    [InlineData("fe80::1%2")]
    public void What_is_no_address_is_refused(string text) => Assert.False(Address.TryParse(text, out _));

    [Fact]
    public void Text_parses_back_to_the_address() => Tape.Check(1000, tape =>
    {
        Address address = tape.Address();
        Assert.True(Address.TryParse(address.ToString(), out Address parsed));
        Assert.Equal(address, parsed);
    });

    [Fact]
    public void Text_agrees_with_the_base_class_library_where_it_has_no_ipv4_tail() => Tape.Check(1000, tape =>
    {
        Address address = new(tape.Number(64) | (1UL << 63), tape.Number(64));
        byte[] bytes = new byte[Address.Size];
        address.Write(bytes);
        string theirs = new IPAddress(bytes).ToString();
        if (!theirs.Contains('.', StringComparison.Ordinal))
            Assert.Equal(theirs, address.ToString());
    });

    [Fact]
    public void A_destination_that_is_too_short_is_refused() => Tape.Check(300, tape =>
    {
        Address address = tape.Address();
        string text = address.ToString();
        char[] destination = new char[text.Length];
        Assert.True(address.TryFormat(destination, out int written));
        Assert.Equal((text, text.Length), (new string(destination), written));
        for (int length = 0; length < text.Length; length++)
            Assert.False(address.TryFormat(destination.AsSpan(0, length), out _));
    });

    [Fact]
    public void Text_of_an_address_allocates_nothing()
    {
        char[] text = new char[Address.MaxTextLength];
        Address v4 = Address.FromIpv4(0xC0000201), v6 = new(0x2001_0DB8_0000_0000, 1);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                v4.TryFormat(text, out _);
                v6.TryFormat(text, out _);
            }
        }));
    }
}
