using System.Buffers.Binary;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// The least that could be called decoding: records of a classic little-endian capture, Ethernet with up to two tags, IPv4 without options or
/// IPv6 without extension headers, the checksums verified, eight fields kept. No link types, no fragments, no quotes, no hash, no entropy, no
/// names for what is wrong. It is what a full decoder is measured against.
/// </summary>
internal sealed class TrivialDecoder
{
    private const int RecordBytes = 16;

    private readonly Message[] _messages = new Message[1024];

    private struct Message
    {
        public long TimeNs;
        public ulong Source, SourceLow, Destination, DestinationLow;
        public uint RestOfHeader;
        public ushort TypeAndCode;
        public bool IsGood;
    }

    /// <summary>Counts the ICMP messages of a capture.</summary>
    public int Count(string capture)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        int count = 0;
        while (source.Reader.TryRead(out ReadResult read))
        {
            int used = Read(read.Buffer.FirstSpan, ref count);
            source.Reader.AdvanceTo(read.Buffer.GetPosition(used), read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        return count;
    }

    private int Read(ReadOnlySpan<byte> bytes, ref int count)
    {
        int at = 0;
        while (at + RecordBytes <= bytes.Length)
        {
            ReadOnlySpan<byte> record = bytes[at..];
            int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(record[8..]);
            if (length > record.Length - RecordBytes)
                break;
            ref Message message = ref _messages[count % _messages.Length];
            if (TryRead(record.Slice(RecordBytes, length), ref message))
            {
                message.TimeNs = (BinaryPrimitives.ReadUInt32LittleEndian(record) * 1_000_000_000L) + BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);
                count++;
            }

            at += RecordBytes + length;
        }

        return at;
    }

    private static bool TryRead(ReadOnlySpan<byte> frame, ref Message message)
    {
        if (frame.Length < 60)
            return false;
        int ip = 14;
        while (BinaryPrimitives.ReadUInt16BigEndian(frame[(ip - 2)..]) == 0x8100 && ip < 22)
            ip += 4;
        ReadOnlySpan<byte> packet = frame[ip..];
        ulong sum;
        ReadOnlySpan<byte> icmp;
        if (packet[0] == 0x45 && packet[9] == 1)
        {
            icmp = packet[20..Math.Min(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), packet.Length)];
            message.Source = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
            message.Destination = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
            message.IsGood = Sum(packet[..20], 0) == 0xFFFF;
            sum = 0;
        }
        else if (packet[0] >> 4 == 6 && packet[6] == 58 && packet.Length >= 48)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
            icmp = packet.Slice(40, Math.Min(length, packet.Length - 40));
            message.Source = BinaryPrimitives.ReadUInt64BigEndian(packet[8..]);
            message.SourceLow = BinaryPrimitives.ReadUInt64BigEndian(packet[16..]);
            message.Destination = BinaryPrimitives.ReadUInt64BigEndian(packet[24..]);
            message.DestinationLow = BinaryPrimitives.ReadUInt64BigEndian(packet[32..]);
            message.IsGood = true;
            sum = Sum(packet.Slice(8, 32), (ulong)BinaryPrimitives.ReverseEndianness((ushort)length) + (58 << 8));
        }
        else
        {
            return false;
        }

        message.TypeAndCode = BinaryPrimitives.ReadUInt16BigEndian(icmp);
        message.RestOfHeader = BinaryPrimitives.ReadUInt32BigEndian(icmp[4..]);
        message.IsGood &= Sum(icmp, sum) == 0xFFFF;
        return true;
    }

    private static ushort Sum(ReadOnlySpan<byte> bytes, ulong sum)
    {
        while (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            sum += (uint)word + (word >> 32);
            bytes = bytes[8..];
        }

        if (bytes.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1)
            sum += bytes[0];
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }
}
