using System.Buffers.Binary;
using System.Text;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>
/// Shells, beacons and file transfers that no signature knows, as they look on the wire, after their published sources. What is said is
/// made up; random bytes, which stand for enciphered or compressed ones, come from a seed.
/// </summary>
internal sealed class BackdoorTraffic(string client, string server, int seed = 23)
{
    private readonly Random _random = new(seed);

    public Script Script { get; } = new();

    /// <summary>Invoke-IcmpUpload (ICMP-TransferTools): a file in blocks of 1,000 bytes that the kernel echoes, then a sentence.</summary>
    public Script BlockUpload(int blocks)
    {
        for (int i = 0; i < blocks; i++)
            Echo(i * 18, 1, 400 + i, Random(1000));
        Echo(blocks * 18, 1, 400 + blocks, "icmp exfil has completed"u8);
        return Script;
    }

    /// <summary>pingfs: blocks of a file system live on the way; what comes back is sent out again under the next number.</summary>
    public Script FileSystem(int blocks, double seconds)
    {
        byte[][] files = [.. Enumerable.Range(0, blocks).Select(i => Random(512))];
        int sequence = 1;
        for (double ms = 0; ms < seconds * 1000; ms += 45)
        {
            for (int i = 0; i < blocks; i++)
                Echo(ms + (i * 2), 0x7E21, sequence++, files[i], 40);
        }

        return Script;
    }

    /// <summary>Metasploit's icmp_exfil, fed by nping: BOF and a name, lines, EOF; the server answers each with a word.</summary>
    public Script Exfil(string[] lines, double gapMs = 1100)
    {
        string[] said = ["BOFaccounts.txt", .. lines, "EOF"];
        for (int i = 0; i < said.Length; i++)
        {
            int identifier = _random.Next(65_536);
            Script.Request(i * gapMs, client, server, identifier, 1, Encoding.ASCII.GetBytes(said[i]));
            Script.Reply((i * gapMs) + 31, server, client, identifier, 1, i == 0 ? "BEGIN"u8 : i == said.Length - 1 ? "COMPLETE"u8 : "OK"u8);
        }

        return Script;
    }

    /// <summary>udp2raw in its ICMP mode: requests one way, replies the other, each with a count of its own, enciphered.</summary>
    public Script Udp2Raw(int packets)
    {
        int asked = 0, answered = 0;
        for (double ms = 0; asked + answered < packets; ms += _random.Next(4, 60))
        {
            if (_random.Next(3) == 0)
                Script.Request(ms, client, server, 0x2F11, asked++, Random(_random.Next(40, 300)));
            else
                Script.Reply(ms, server, client, 0x2F11, answered++, Random(_random.Next(60, 1300)));
        }

        return Script;
    }

    /// <summary>A beacon behind a tag of four bytes, each second: 32 or 500 enciphered bytes, answered with as many.</summary>
    public Script TaggedBeacon(int bytes, int exchanges)
    {
        for (int i = 0; i < exchanges; i++)
        {
            Script.Request(i * 1000, client, server, 0x0001, i, [.. "RQ47"u8, .. Random(bytes)]);
            Script.Reply((i * 1000) + 22, server, client, 0x0001, i, [.. "RQ47"u8, .. Random(bytes)]);
        }

        return Script;
    }

    /// <summary>EchoC2: a constant poll every five seconds, answered with itself or with an order, whose output comes in requests.</summary>
    public Script Polls(int orders)
    {
        double ms = 0;
        int sequence = 0;
        for (int order = 0; order < orders; order++, ms += 5000)
        {
            for (int poll = 0; poll < 3; poll++, ms += 5000)
                Echo(ms, 77, sequence++, "CMD_POLL:"u8);
            Script.Request(ms, client, server, 77, sequence, "CMD_POLL:"u8);
            Script.Reply(ms + 15, server, client, 77, sequence++, Encoding.ASCII.GetBytes($"CMD_EXEC:cat /etc/cron.d/job{order}"));
            for (int line = 0; line < 4; line++)
                Echo(ms + 300 + (line * 20), 77, sequence++, Encoding.ASCII.GetBytes($"CMD_RESPONSE:{line}/4 {_random.Next(60)} * * * root /usr/lib/job{_random.Next(1_000_000)}"));
        }

        return Script;
    }

    /// <summary>Both answer: the kernel with what was asked, the tool with what its shell said.</summary>
    public Script TwoAnswers(int orders)
    {
        for (int i = 0; i < orders; i++)
        {
            byte[] order = Encoding.ASCII.GetBytes($"run:ps -ef | grep {(char)('a' + i)}");
            Echo(i * 4000, 0, 0, order);
            Script.Reply((i * 4000) + 60, server, client, 0, 0, Encoding.ASCII.GetBytes($"root {_random.Next(9999)} 1 0 Nov21 ? 00:00:0{i} /sbin/daemon{i} --config /etc/{i}"));
        }

        return Script;
    }

    /// <summary>`ping -c1 -p` with eight bytes of a file each, as hexdump cuts them.</summary>
    public Script EightBytes(string text)
    {
        byte[] file = Encoding.ASCII.GetBytes(text);
        for (int i = 0; i * 8 < file.Length; i++)
        {
            byte[] payload = Iputils(StartNs + (i * 24_000_000L), 56);
            byte[] piece = file[(i * 8)..Math.Min(file.Length, (i * 8) + 8)];
            for (int k = 16; k < payload.Length; k++)
                payload[k] = piece[k % piece.Length];
            Echo(i * 24, 5000 + (i * 2), 1, payload);
        }

        return Script;
    }

    /// <summary>ish: replies in both directions that nobody asked for, identifier 1515.</summary>
    public Script RepliesOnly(int exchanges)
    {
        for (int i = 0; i < exchanges; i++)
        {
            Script.Reply(i * 900, client, server, 1515, i, Encoding.ASCII.GetBytes($"ls -l /home/user{i}\n"));
            Script.Reply((i * 900) + 50, server, client, 1515, i, Encoding.ASCII.GetBytes($"total {_random.Next(100_000)}\ndrwx------ 2 root root {_random.Next(9999)} Jan {1 + i} .ssh\n"));
        }

        return Script;
    }

    /// <summary>PingPull: a name in the first line, then base 64; the order comes back enciphered.</summary>
    public Script Project(int beacons)
    {
        for (int i = 0; i < beacons; i++)
        {
            Script.Request(i * 15_000, client, server, 0x0200, i, Encoding.ASCII.GetBytes($"R{i}.total={_random.Next(9999)}\r\n{Convert.ToBase64String(Random(120))}"));
            Script.Reply((i * 15_000) + 90, server, client, 0x0200, i, Encoding.ASCII.GetBytes($"S{i}\r\n{Convert.ToBase64String(Random(64))}"));
        }

        return Script;
    }

    /// <summary>A beacon that sleeps: enciphered, answered with other bytes, a fifth of jitter.</summary>
    public Script Sleeper(int bytes, int beacons, double gapMs)
    {
        double ms = 0;
        for (int i = 0; i < beacons; i++)
        {
            Script.Request(ms, client, server, 0x6A31, i, Random(bytes));
            Script.Reply(ms + 80, server, client, 0x6A31, i, Random(bytes));
            ms += gapMs * (80 + _random.Next(41)) / 100;
        }

        return Script;
    }

    /// <summary>DET and Egress-Assess: base 64 in requests that the kernel echoes, seconds apart.</summary>
    public Script Base64(int bytes, int pieces, double gapMs)
    {
        for (int i = 0; i < pieces; i++)
            Echo(i * gapMs, 0, 0, Encoding.ASCII.GetBytes(Convert.ToBase64String(Random(bytes))));
        return Script;
    }

    /// <summary>A file with a small header, 0xAA, flags and a length, in requests that nobody answers.</summary>
    public Script Framed(string text)
    {
        byte[] file = Encoding.ASCII.GetBytes(text);
        for (int i = 0; i * 24 < file.Length; i++)
        {
            byte[] piece = file[(i * 24)..Math.Min(file.Length, (i * 24) + 24)];
            Script.Request(i * 700, client, server, 1, i, [0xAA, (byte)(i == 0 ? 1 : 0), 0, (byte)piece.Length, .. piece]);
        }

        return Script;
    }

    /// <summary>Replies that carry a file out, never asked for.</summary>
    public Script Exfiltration(int bytes, int pieces, double gapMs)
    {
        for (int i = 0; i < pieces; i++)
            Script.Reply(i * gapMs, client, server, 9, i, Random(bytes));
        return Script;
    }

    /// <summary>One character a packet.</summary>
    public Script Characters(string text, double gapMs)
    {
        for (int i = 0; i < text.Length; i++)
            Echo(i * gapMs, 0, 0, [(byte)text[i]]);
        return Script;
    }

    /// <summary>Two bytes a packet where ping keeps its clock; all else is ping's.</summary>
    public Script Clock(int packets, int bytes)
    {
        for (int i = 0; i < packets; i++)
        {
            byte[] payload = Iputils(StartNs + (i * 1_000_000_000L), 56);
            Random(bytes).CopyTo(payload, 0);
            Echo(i * 1000, 0x3331, i, payload);
        }

        return Script;
    }

    /// <summary>The length says it: ping -s with the code of a character.</summary>
    public Script Lengths(string text)
    {
        for (int i = 0; i < text.Length; i++)
            Script.Ping(i * 1000, client, server, 4000 + i, 1, bytes: text[i]);
        return Script;
    }

    /// <summary>A value in 40 equal bytes.</summary>
    public Script Constants(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte[] payload = new byte[40];
            Array.Fill(payload, (byte)text[i]);
            Echo(i * 1000, 5, i, payload);
        }

        return Script;
    }

    /// <summary>A TCP stream in the sixteen bits of identifier and the sixteen of sequence number, under whole pings.</summary>
    public Script HeaderWords(string text)
    {
        byte[] file = Encoding.ASCII.GetBytes(text);
        for (int i = 0; (i * 4) + 3 < file.Length; i++)
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(i * 4));
            Script.Ping(i * 600, client, server, (int)(word >> 16), (int)(word & 0xFFFF));
        }

        return Script;
    }

    /// <summary>Four enciphered bytes in identifier and sequence number, under whole pings.</summary>
    public Script RandomWords(int packets)
    {
        for (int i = 0; i < packets; i++)
            Script.Ping(i * 700, client, server, _random.Next(65_536), _random.Next(65_536));
        return Script;
    }

    /// <summary>Ping asks, and is answered with something else.</summary>
    public Script AnswersOfItsOwn(int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            Script.Ping(i * 1000, client, server, 0x3331, i, isAnswered: false);
            Script.Reply((i * 1000) + 12, server, client, 0x3331, i, Random(56));
        }

        return Script;
    }

    /// <summary>Five honest pings a second between the same two, and one packet of a tunnel.</summary>
    public Script Beside(int packets)
    {
        for (int i = 0; i < packets * 5; i++)
            Script.Ping(i * 200, client, server, 0x1111, i);
        for (int i = 0; i < packets; i++)
        {
            Script.Request((i * 1000) + 90, client, server, 0x7777, i, Random(48));
            Script.Reply((i * 1000) + 110, server, client, 0x7777, i, Random(48));
        }

        return Script;
    }

    /// <summary>Windows' alphabet with a few letters exchanged for those of a message.</summary>
    public Script Alphabet(string text)
    {
        for (int i = 0; (i * 8) + 8 <= text.Length; i++)
        {
            byte[] payload = [.. "abcdefghijklmnopqrstuvwabcdefghi"u8];
            Encoding.ASCII.GetBytes(text, i * 8, 8, payload, 12);
            Echo(i * 1000, 1, i, payload);
        }

        return Script;
    }

    /// <summary>The tail behind a friendly beginning: 56 bytes as ping's, then 16 enciphered ones.</summary>
    public Script Tail(int packets)
    {
        for (int i = 0; i < packets; i++)
            Echo(i * 1000, 0x3331, i, [.. Iputils(StartNs + (i * 1_000_000_000L), 56), .. Random(16)]);
        return Script;
    }

    public byte[] Random(int bytes)
    {
        byte[] data = new byte[bytes];
        _random.NextBytes(data);
        return data;
    }

    private void Echo(double ms, int identifier, int sequence, ReadOnlySpan<byte> payload, double rttMs = 14)
    {
        Script.Request(ms, client, server, identifier, sequence, payload);
        Script.Reply(ms + rttMs, server, client, identifier, sequence, payload);
    }
}
