using System.Buffers.Binary;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Bench;

/// <summary>Captures to measure on, made once from a seed and kept in a folder. All checksums are right.</summary>
internal static class Captures
{
    /// <summary>Frames of an ordinary ping: 98 bytes on the wire.</summary>
    public const int PingFrameBytes = 98;

    private const int EchoHeaders = 14 + 20 + FrameBuilder.IcmpHeaderBytes;
    /// <summary>Time of the first frame, ns.</summary>
    public const long StartNs = 1_700_000_000_000_000_000;

    /// <summary>Echo requests and replies of <paramref name="frameBytes"/> each, between 65,536 pairs, a microsecond apart.</summary>
    public static string Echo(string folder, int frames, int frameBytes) =>
        Make(folder, $"echo-{frameBytes}-{frames}.pcap", frames, (frame, number) => WriteEcho(frame, number, frameBytes, vlan: 0));

    /// <summary>Ordinary variety: of 20 frames 9 are plain pings, 4 have a VLAN tag, 4 are ICMPv6 and 3 are errors.</summary>
    public static string Mix(string folder, int frames) =>
        Make(folder, $"mix-{frames}.pcap", frames, static (frame, number) => (number % 20) switch
        {
            < 9 => WriteEcho(frame, number, PingFrameBytes, vlan: 0),
            < 13 => WriteEcho(frame, number, PingFrameBytes, vlan: (ushort)(100 + (number % 8))),
            < 17 => WriteEcho6(frame, number),
            _ => WriteError(frame, number),
        });

    /// <summary>
    /// Pings between fifty hosts and twenty servers, 10,000 questions a second, and from one second on a flood of 40,000 packets a second from a hundred sources to
    /// <see cref="Victim"/>.
    /// </summary>
    public static string Attack(string folder, int seconds)
    {
        string path = Path.Combine(folder, $"attack-{seconds}.pcap");
        return File.Exists(path) ? path : Write(folder, path, writer =>
        {
            byte[] frame = new byte[ITraffic.MaxFrameBytes];
            var traffic = new TrafficMix(
                new OrdinaryTraffic(new OrdinaryTrafficOptions(StartNs, seconds * 1000L, 10_000, Address.FromIpv4(0x0A00_0001), 50, Address.FromIpv4(0xC000_0201), 20), 1),
                new EchoFlood(new EchoFloodOptions(StartNs + 1_000_000_000, (seconds - 1) * 1000L, 40_000, Address.FromIpv4(0xC612_0001), 100, Victim), 2));
            for (long timeNs = traffic.NextNs; timeNs != ITraffic.Ended; timeNs = traffic.NextNs)
                writer.Write(timeNs, frame.AsSpan(0, traffic.Write(frame)));
        });
    }

    /// <summary>Whom the flood of <see cref="Attack"/> is meant for.</summary>
    public static Address Victim { get; } = Address.FromIpv4(0xCB00_7109);

    private delegate int FrameWriter(Span<byte> frame, int number);

    private static string Make(string folder, string name, int frames, FrameWriter write)
    {
        string path = Path.Combine(folder, name);
        if (File.Exists(path))
            return path;
        return Write(folder, path, writer =>
        {
            byte[] frame = new byte[ITraffic.MaxFrameBytes];
            for (int number = 0; number < frames; number++)
                writer.Write(StartNs + (number * 1000L), frame.AsSpan(0, write(frame, number)));
        });
    }

    private static string Write(string folder, string path, Action<PcapWriter> write)
    {
        Directory.CreateDirectory(folder);
        string partial = path + ".part";
        using (FileStream file = File.Create(partial))
        using (var writer = new PcapWriter(file))
            write(writer);
        File.Move(partial, path);
        return path;
    }

    private static PacketHeader Pair(int number) =>
        new(Address.FromIpv4(0x0A00_0000u + (uint)(number / 2 % 65_536)), Address.FromIpv4(0xC000_0201), Identification: (ushort)number);

    private static int WriteEcho(Span<byte> frame, int number, int frameBytes, ushort vlan)
    {
        bool isReply = number % 2 == 1;
        PacketHeader header = isReply ? Pair(number).Reversed() : Pair(number);
        int payloadBytes = frameBytes - EchoHeaders;
        FillAsPing(frame.Slice(EchoHeaders, payloadBytes), number / 2);
        int length = FrameBuilder.Finish(frame, header, isReply ? (byte)0 : (byte)8, 0, ((uint)(number / 2 % 65_536) << 16) | (uint)(number / 131_072), payloadBytes);
        return vlan == 0 ? length : InsertTag(frame, length, vlan);
    }

    private static int WriteEcho6(Span<byte> frame, int number)
    {
        var header = new PacketHeader(new Address(0x2001_0DB8_0000_0000, (ulong)(number / 20 % 65_536)), new Address(0x2001_0DB8_0000_0001, 1));
        const int payloadBytes = 56;
        FillAsPing(frame.Slice(FrameBuilder.PayloadOffset(header.Source), payloadBytes), number);
        return FrameBuilder.Finish(frame, header, number % 2 == 0 ? (byte)128 : (byte)129, 0, (uint)number, payloadBytes);
    }

    private static int WriteError(Span<byte> frame, int number)
    {
        // A time exceeded or port unreachable that quotes the IP header and eight bytes of a UDP datagram.
        Span<byte> quote = frame.Slice(EchoHeaders, 28);
        PacketHeader quoted = Pair(number);
        quote.Clear();
        quote[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(quote[2..], 60);
        quote[8] = 1;
        quote[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(quote[12..], quoted.Source.Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(quote[16..], quoted.Destination.Ipv4);
        BinaryPrimitives.WriteUInt16BigEndian(quote[10..], FrameBuilder.Checksum(quote[..20]));
        BinaryPrimitives.WriteUInt16BigEndian(quote[20..], (ushort)(33_434 + (number % 30)));
        BinaryPrimitives.WriteUInt16BigEndian(quote[22..], 53);
        BinaryPrimitives.WriteUInt16BigEndian(quote[24..], 40);
        var header = new PacketHeader(Address.FromIpv4(0xC633_6400u + (uint)(number % 256)), quoted.Source);
        return FrameBuilder.Finish(frame, header, number % 2 == 0 ? (byte)11 : (byte)3, number % 2 == 0 ? (byte)0 : (byte)3, 0, quote.Length);
    }

    // As iputils fills it: a timeval, then byte i is i.
    private static void FillAsPing(Span<byte> payload, int number)
    {
        for (int index = 0; index < payload.Length; index++)
            payload[index] = (byte)index;
        if (payload.Length < 16)
            return;
        BinaryPrimitives.WriteInt64LittleEndian(payload, StartNs / 1_000_000_000);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], number % 1_000_000);
    }

    private static int InsertTag(Span<byte> frame, int length, ushort vlan)
    {
        frame[12..length].CopyTo(frame[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x8100);
        BinaryPrimitives.WriteUInt16BigEndian(frame[14..], vlan);
        return length + 4;
    }
}
