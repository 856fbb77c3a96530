namespace IcmpStream.Fuzz.Containers;

/// <summary>A stream that gives a few bytes at a time, as a pipe may: never the number that was asked for.</summary>
public sealed class HesitantStream : MemoryStream
{
    private const int MostBytes = 53;

    /// <summary>Reads these.</summary>
    public HesitantStream(byte[] bytes)
        : base(bytes, writable: false)
    {
    }

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, MostBytes));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, MostBytes)], cancellationToken);
}
