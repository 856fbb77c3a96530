using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// The privileges of this process (capabilities(7)). They belong to threads, and a runtime has threads before any code of ours runs: so
/// they are dropped by becoming the same program anew (execve(2)), which ends all threads and starts with what the caller has left.
/// </summary>
public static unsafe class Capabilities
{
    /// <summary>CAP_NET_ADMIN of linux/capability.h.</summary>
    public const int NetAdmin = 12;

    /// <summary>CAP_NET_RAW.</summary>
    public const int NetRaw = 13;

    /// <summary>CAP_PERFMON, since Linux 5.8.</summary>
    public const int Perfmon = 38;

    /// <summary>CAP_BPF, since Linux 5.8.</summary>
    public const int Bpf = 39;

    private const int SetNoNewPrivileges = 38;
    private const int AmbientControl = 47;
    private const nuint AmbientClearAll = 4;

    // _LINUX_CAPABILITY_VERSION_3
    private const uint Version = 0x20080522;

    /// <summary>True where the calling thread has the capability in effect.</summary>
    public static bool Has(int capability) => (Effective() >> capability & 1) != 0;

    /// <summary>The effective set of the calling thread; empty where the system does not say.</summary>
    public static ulong Effective()
    {
        const string field = "CapEff:";
        const string status = "/proc/thread-self/status";
        if (!File.Exists(status))
            return 0;
        string? line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) ? set : 0;
    }

    /// <summary>
    /// Starts this program again in this process, with the same arguments, without any capability in any thread, and with no way to get
    /// one back. Descriptors that are not marked close-on-exec go on. Returns only where it fails.
    /// </summary>
    /// <param name="variables">Environment variables to set for it.</param>
    /// <returns>Why it failed.</returns>
    public static string RestartWithout(IReadOnlyDictionary<string, string> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        byte[] arguments = File.ReadAllBytes("/proc/self/cmdline");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        foreach ((string name, string value) in variables)
            environment[name] = value;
        string[] pairs = [.. environment.Select(pair => $"{pair.Key}={pair.Value}")];
        if (Libc.ProcessControl(SetNoNewPrivileges, 1, 0, 0, 0) != 0)
            return $"no_new_privs: {Libc.Reason(Libc.LastError)}";
        if (BecomeCaller() is { } refusal)
            return refusal;
        _ = Libc.ProcessControl(AmbientControl, AmbientClearAll, 0, 0, 0);
        uint* header = stackalloc uint[2] { Version, 0 };
        uint* sets = stackalloc uint[6] { 0, 0, 0, 0, 0, 0 };
        if (Libc.SetCapabilities(header, sets) != 0)
            return $"capset: {Libc.Reason(Libc.LastError)}";
        return Execute(Environment.ProcessPath ?? "/proc/self/exe", Split(arguments), pairs);
    }

    // Root without capabilities may not even read what belongs to the user who called sudo, this program perhaps among it: so be that user.
    private static string? BecomeCaller()
    {
        bool hasCaller = uint.TryParse(Environment.GetEnvironmentVariable("SUDO_UID"), CultureInfo.InvariantCulture, out uint user)
            & uint.TryParse(Environment.GetEnvironmentVariable("SUDO_GID"), CultureInfo.InvariantCulture, out uint group);
        if (!hasCaller || user == 0 || Libc.EffectiveUser() != 0)
            return null;
        return Libc.SetGroups(1, &group) == 0 && Libc.SetGroup(group, group, group) == 0 && Libc.SetUser(user, user, user) == 0
            ? null
            : $"user {user}: {Libc.Reason(Libc.LastError)}";
    }

    private static string[] Split(byte[] zeroEnded) => Encoding.UTF8.GetString(zeroEnded).TrimEnd('\0').Split('\0');

    private static string Execute(string path, string[] arguments, string[] variables)
    {
        byte** argumentList = List(arguments), variableList = List(variables);
        byte* pathBytes = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        _ = Libc.Execute(pathBytes, argumentList, variableList);

        // Only a failure comes here; the process ends with the reason, so that what was allocated need not be freed.
        return $"execve: {Libc.Reason(Libc.LastError)}";
    }

    private static byte** List(string[] texts)
    {
        var list = (byte**)NativeMemory.Alloc((nuint)(texts.Length + 1), (nuint)sizeof(byte*));
        for (int index = 0; index < texts.Length; index++)
            list[index] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[index]);
        list[texts.Length] = null;
        return list;
    }
}
