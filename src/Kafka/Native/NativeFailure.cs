using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace IcmpStream.Kafka.Native;

/// <summary>An error object of the library, read and freed.</summary>
internal readonly record struct NativeFailure(Error Error, bool IsRetriable, bool RequiresAbort)
{
    /// <summary>Null for success, which the library says with a null object.</summary>
    public static unsafe NativeFailure? Take(nint error)
    {
        if (error == 0) return null;
        var text = Marshal.PtrToStringUTF8((nint)Librdkafka.ErrorString(error)) ?? "";
        var code = (ErrorCode)Librdkafka.ErrorCode(error);
        var failure = new NativeFailure(
            new Error(code, text, Librdkafka.ErrorIsFatal(error) != 0),
            Librdkafka.ErrorIsRetriable(error) != 0,
            Librdkafka.ErrorRequiresAbort(error) != 0);
        Librdkafka.DestroyError(error);
        return failure;
    }

    /// <summary>Null for success.</summary>
    public static Error? Of(int code) => code == 0 ? null : new Error((ErrorCode)code);
}
