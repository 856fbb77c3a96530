using System.Globalization;
using System.Reflection;
using IcmpStream.Cli.Commands;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Cli.Live;

/// <summary>
/// Opens live sources and lets go of the privilege that it takes. Capabilities belong to threads, and the runtime has threads before our
/// first line runs; so the process opens its sockets, becomes the same program anew without a capability in any thread, and goes on with
/// the sockets that it finds open.
/// </summary>
internal static class LiveStart
{
    /// <summary>Tells the process that this one becomes which descriptors are its sockets.</summary>
    public const string InheritedVariable = "ICMPSTREAM_INHERITED";

    /// <summary>
    /// To be called first of all: where the source takes a privilege, this does not return but starts the command again without any.
    /// </summary>
    /// <returns>How to open the source now.</returns>
    /// <exception cref="SourceException">The privilege is missing, or the interface.</exception>
    public static LiveOptions Prepare(CommandContext context, SourceAddress address, bool hasThreads = false)
    {
        LiveOptions options = LiveSettings.Read(context, hasThreads);
        if (context.Terminal.Variables.GetValueOrDefault(InheritedVariable) is { } list)
            return options with { Inherited = new InheritedSockets(Array.ConvertAll(list.Split(','), text => int.Parse(text, CultureInfo.InvariantCulture))) };

        // A process that is not the command alone, such as a test, must not be replaced.
        bool isOwnProcess = Assembly.GetEntryAssembly() == typeof(LiveStart).Assembly;
        if (!isOwnProcess || !OperatingSystem.IsLinux() || LiveSources.OpenPrivileged(address, options) is not { } sockets)
            return options;
        string inherited = string.Join(',', sockets.Descriptors.Select(descriptor => descriptor.ToString(CultureInfo.InvariantCulture)));
        string reason = Capabilities.RestartWithout(new Dictionary<string, string>(StringComparer.Ordinal) { [InheritedVariable] = inherited });
        throw new CommandFailedException($"{address}: privileges cannot be dropped: {reason}");
    }

    /// <summary>What the kernel counted, and what became of it, in one line.</summary>
    public static string Describe(LiveSource source)
    {
        LiveCounters counters = source.Counters;
        string freezes = counters.Freezes > 0 ? $"; the ring was full {counters.Freezes} times" : "";
        string filtered = source.Statistics.Filtered > 0 ? $" + {source.Statistics.Filtered} filtered here" : "";
        return $"{source.Name}: {counters.Received} received by the kernel = {source.Statistics.Frames} read{filtered} + {counters.Drops} dropped "
            + $"({counters.RingDrops} ring full, {counters.OtherDrops} other){freezes}";
    }
}
