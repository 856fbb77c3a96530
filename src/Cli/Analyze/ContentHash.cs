using System.Security.Cryptography;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>Names a run after the capture's content, so that the same capture gives the same results wherever it is.</summary>
internal static class ContentHash
{
    /// <summary>Reading in pieces of this size keeps up with SHA-256 at more than a gigabyte a second.</summary>
    private const int PieceBytes = 1024 * 1024;

    /// <summary>The run id of a file: the first 16 bytes of the SHA-256 of its content.</summary>
    public static RunId Of(string path, CancellationToken stop)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        byte[] piece = new byte[PieceBytes];
        for (int read = file.Read(piece); read > 0; read = file.Read(piece))
        {
            stop.ThrowIfCancellationRequested();
            sha.AppendData(piece, 0, read);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(hash);
        return RunId.Read(hash);
    }
}
