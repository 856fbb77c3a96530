using System.Buffers.Binary;

namespace IcmpStream.Fuzz.Frames;

/// <content>ICMP messages: what is behind the IP headers.</content>
public sealed partial class FrameMap
{
    private void Message(ReadOnlySpan<byte> frame, int at)
    {
        if (at + 8 > frame.Length)
            return;
        MessageStart = at;
        Add(at, 1, FieldKind.Type);
        Add(at + 1, 1, FieldKind.Type);
        Add(at + 2, 2, FieldKind.Checksum);
        byte type = frame[at];
        if (IsMessageVersion6)
        {
            switch (type)
            {
                case 1 or 3:
                    Error(frame, at, at + 4, 8);
                    break;
                case 2 or 4:
                    Quote(frame, at + 8);
                    break;
                case 130:
                    Add(at + 26, 2, FieldKind.Count);
                    break;
                case >= 133 and <= 137:
                    Options(frame, at + (type switch { 133 => 8, 134 => 16, 137 => 40, _ => 24 }));
                    break;
                case 139 or 140:
                    Add(at + 4, 2, FieldKind.Type);
                    break;
                case 143:
                    Records(frame, at);
                    break;
                case 160:
                    Objects(frame, at + 8);
                    break;
                default:
                    break;
            }

            return;
        }

        switch (type)
        {
            case 3 or 11 or 12:
                Error(frame, at, at + 5, 4);
                break;
            case 4 or 5:
                Quote(frame, at + 8);
                break;
            case 9:
                Add(at + 4, 1, FieldKind.Count);
                Add(at + 5, 1, FieldKind.Length);
                break;
            case 42:
                Objects(frame, at + 8);
                break;
            default:
                break;
        }
    }

    private void Error(ReadOnlySpan<byte> frame, int at, int lengthAt, int unit)
    {
        Add(lengthAt, 1, FieldKind.Length);
        Quote(frame, at + 8);
        int length = frame[lengthAt] * unit;
        Objects(frame, at + 8 + (length == 0 ? 128 : length));
    }

    private void Quote(ReadOnlySpan<byte> frame, int at)
    {
        int version = at < frame.Length ? frame[at] >> 4 : 0;
        if (version == 4 && at + 20 <= frame.Length)
        {
            Add(at, 1, FieldKind.Length);
            Add(at + 2, 2, FieldKind.Length);
            Add(at + 6, 2, FieldKind.Flags);
            Add(at + 9, 1, FieldKind.Type);
            Add(at + ((frame[at] & 15) * 4), 1, FieldKind.Type);
        }
        else if (version == 6 && at + 48 <= frame.Length)
        {
            Add(at, 1, FieldKind.Type);
            Add(at + 4, 2, FieldKind.Length);
            Add(at + 6, 1, FieldKind.Type);
            Add(at + 40, 1, FieldKind.Type);
            Add(at + 41, 1, FieldKind.Length);
        }
    }

    private void Objects(ReadOnlySpan<byte> frame, int at)
    {
        if (at + 8 > frame.Length || frame[at] >> 4 != 2)
            return;
        ExtensionStart = at;
        Add(at, 1, FieldKind.Type);
        Add(at + 2, 2, FieldKind.Checksum);
        at += 4;
        for (int count = 0; count < 16 && at + 4 <= frame.Length; count++)
        {
            Add(at, 2, FieldKind.Length);
            Add(at + 2, 1, FieldKind.Type);
            Add(at + 3, 1, FieldKind.Type);
            Add(at + 4, 2, FieldKind.Type);
            Add(at + 6, 2, FieldKind.Length);
            int bytes = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
            if (bytes < 4)
                return;
            at += bytes;
        }
    }

    private void Options(ReadOnlySpan<byte> frame, int at)
    {
        for (int count = 0; count < 32 && at + 8 <= frame.Length; count++)
        {
            Add(at, 1, FieldKind.Type);
            Add(at + 1, 1, FieldKind.Length);
            Add(at + 2, 1, FieldKind.Length);
            if (frame[at] == 4)
                Quote(frame, at + 8);
            if (frame[at + 1] == 0)
                return;
            at += frame[at + 1] * 8;
        }
    }

    private void Records(ReadOnlySpan<byte> frame, int at)
    {
        Add(at + 6, 2, FieldKind.Count);
        at += 8;
        for (int count = 0; count < 32 && at + 20 <= frame.Length; count++)
        {
            Add(at, 1, FieldKind.Type);
            Add(at + 1, 1, FieldKind.Length);
            Add(at + 2, 2, FieldKind.Count);
            at += 20 + (BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]) * 16) + (frame[at + 1] * 4);
        }
    }
}
