using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>Descriptors that outlive the program that opened them: handed to the one that the process becomes (execve(2)).</summary>
internal static class Descriptors
{
    /// <summary>Lets a descriptor go on existing when the process becomes another; its number.</summary>
    public static int Release(SafeFileHandle handle)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        SetCloseOnExec(descriptor, closes: false);
        handle.SetHandleAsInvalid();
        return descriptor;
    }

    /// <summary>Takes over what was released before.</summary>
    public static SafeFileHandle Adopt(int descriptor)
    {
        SetCloseOnExec(descriptor, closes: true);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void SetCloseOnExec(int descriptor, bool closes)
    {
        int flags = Libc.FileControl(descriptor, Libc.GetDescriptorFlags, 0);
        if (flags < 0 || Libc.FileControl(descriptor, Libc.SetDescriptorFlags, closes ? flags | Libc.CloseOnExec : flags & ~Libc.CloseOnExec) != 0)
            throw new SourceException($"descriptor {descriptor}: {Libc.Reason(Libc.LastError)}");
    }
}
