using IcmpStream.Ingest.Decode;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Entropy that looks at many bytes at once, against the one that counts them.</summary>
public sealed class FastPayloadTests
{
    private const int MaxBytes = 600;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(256)]
    public void Entropy_of_any_length_is_what_counting_gives(int values)
    {
        var random = new Random(values);
        using var memory = new GuardedMemory(MaxBytes);
        byte[] bytes = new byte[MaxBytes];
        for (int length = 0; length <= MaxBytes; length++)
        {
            for (int zeros = 0; zeros < 4; zeros++)
            {
                // From none to three quarters of them are zeros.
                for (int index = 0; index < length; index++)
                    bytes[index] = (byte)(random.Next(4) < zeros ? 0 : 255 - random.Next(values));
                ReadOnlySpan<byte> payload = memory.Place(bytes.AsSpan(0, length));
                Assert.Equal(PayloadEntropy.Millibits(payload), FastPayload.Entropy(payload, PayloadFamily.None));
            }
        }
    }

    [Theory]
    [InlineData(PayloadFamily.Fping, 24)]
    [InlineData(PayloadFamily.Busybox, 4)]
    public void Entropy_of_a_front_with_zeros_behind_it_is_what_counting_gives(PayloadFamily family, int frontBytes)
    {
        var random = new Random(1);
        using var memory = new GuardedMemory(MaxBytes);
        byte[] bytes = new byte[MaxBytes];
        for (int length = frontBytes + 1; length <= MaxBytes; length++)
        {
            for (int index = 0; index < frontBytes; index++)
                bytes[index] = (byte)random.Next(8);
            ReadOnlySpan<byte> payload = memory.Place(bytes.AsSpan(0, length));
            Assert.Equal(PayloadEntropy.Millibits(payload), FastPayload.Entropy(payload, family));
        }
    }

    [Theory]
    [InlineData(PayloadFamily.Iputils, 16)]
    [InlineData(PayloadFamily.Bsd, 8)]
    public void Entropy_of_a_front_before_counting_bytes_is_what_counting_gives(PayloadFamily family, int frontBytes)
    {
        var random = new Random(1);
        using var memory = new GuardedMemory(MaxBytes);
        byte[] bytes = [.. Enumerable.Range(0, MaxBytes).Select(index => (byte)index)];
        for (int length = frontBytes + 1; length <= MaxBytes; length++)
        {
            foreach (int values in (ReadOnlySpan<int>)[2, 20, 256])
            {
                for (int index = 0; index < frontBytes; index++)
                    bytes[index] = (byte)random.Next(values);
                ReadOnlySpan<byte> payload = memory.Place(bytes.AsSpan(0, length));
                Assert.Equal(PayloadEntropy.Millibits(payload), FastPayload.Entropy(payload, family));
            }
        }
    }
}
