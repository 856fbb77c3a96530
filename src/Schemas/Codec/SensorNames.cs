using System.Text;

namespace IcmpStream.Schemas;

/// <summary>
/// Sensor names already seen by a reader, so that reading a record makes no string anew. A fixed number of slots, found by hash;
/// a name that finds its slot taken takes it over. For one thread.
/// </summary>
public sealed class SensorNames
{
    /// <summary>Far more than the sensors of one partition; a power of two.</summary>
    private const int Slots = 256;

    private readonly string?[] _names = new string?[Slots];
    private readonly byte[] _lastUtf8 = new byte[BatchEnvelope.MaxSensorBytes];
    private int _lastLength;
    private string _last = "";

    /// <summary>The name with these UTF-8 bytes, which the reader has found valid and at most 64.</summary>
    internal string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(_lastUtf8.AsSpan(0, _lastLength)))
            return _last;
        Span<char> text = stackalloc char[BatchEnvelope.MaxSensorBytes];
        text = text[..Encoding.UTF8.GetChars(utf8, text)];
        ref string? slot = ref _names[XxHash64.Hash(utf8) & (Slots - 1)];
        if (slot is null || !text.SequenceEqual(slot))
            slot = text.ToString();
        utf8.CopyTo(_lastUtf8);
        _lastLength = utf8.Length;
        return _last = slot;
    }
}
