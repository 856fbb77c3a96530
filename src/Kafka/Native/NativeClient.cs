using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>
/// A handle of librdkafka made from key-values, with its log lines and errors routed. What derives from it closes what it has opened on the
/// handle and then calls <see cref="Destroy"/>.
/// </summary>
internal abstract unsafe class NativeClient
{
    private const int ErrorBytes = 512;

    private GCHandle _self;

    /// <exception cref="LogException">A setting is unknown or has a value that it cannot have.</exception>
    protected NativeClient(int type, ClusterOptions cluster, IReadOnlyDictionary<string, string> settings, int events)
    {
        Events = new ClientEvents(cluster.Logger, cluster.BrokersLost);
        var configuration = Configure(settings);
        _self = GCHandle.Alloc(this);
        Librdkafka.SetOpaque(configuration, GCHandle.ToIntPtr(_self));
        Librdkafka.SetLogCallback(configuration, &OnLog);
        if (type == Librdkafka.ConsumerType)
        {
            Librdkafka.SetErrorCallback(configuration, &OnError);
            Librdkafka.SetRebalanceCallback(configuration, &OnRebalance);
        }

        Librdkafka.SetEvents(configuration, events);
        var error = stackalloc byte[ErrorBytes];
        Handle = Librdkafka.NewClient(type, configuration, error, ErrorBytes);
        if (Handle != 0) return;
        Librdkafka.DestroyConfiguration(configuration);
        _self.Free();
        throw KafkaFailures.BadSetting(Text(error));
    }

    /// <summary>What the client has said of itself.</summary>
    public ClientEvents Events { get; }

    /// <summary>rd_kafka_t; 0 once destroyed.</summary>
    protected nint Handle { get; private set; }

    /// <summary>Tries settings without making a client.</summary>
    /// <exception cref="LogException">A setting is unknown or has a value that it cannot have.</exception>
    public static void Check(IReadOnlyDictionary<string, string> settings) => Librdkafka.DestroyConfiguration(Configure(settings));

    public static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";

    /// <summary>A timeout as the library takes it, ms; negative is for ever.</summary>
    public static int Milliseconds(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);

    private static nint Configure(IReadOnlyDictionary<string, string> settings)
    {
        var configuration = Librdkafka.NewConfiguration();
        var error = stackalloc byte[ErrorBytes];
        foreach (var (name, value) in settings)
        {
            // Settings of Confluent.Kafka's own have nothing to say here.
            if (name.StartsWith("dotnet.", StringComparison.Ordinal)) continue;
            if (Librdkafka.Set(configuration, name, value, error, ErrorBytes) == Librdkafka.ConfigurationOk) continue;
            Librdkafka.DestroyConfiguration(configuration);
            // The library repeats the value that it refuses, and of an alias says the other name.
            throw KafkaFailures.BadSetting($"{name}: {(ClientSettings.IsSecret(name) ? "it cannot have this value" : Text(error))}");
        }

        return configuration;
    }

    /// <summary>An error that the client reports of itself: kept, with the true one behind "fatal" looked up.</summary>
    protected void Report(int code, string reason)
    {
        if (code != (int)ErrorCode.Local_Fatal)
        {
            Events.OnError(new Error((ErrorCode)code, reason));
            return;
        }

        var text = stackalloc byte[ErrorBytes];
        var cause = Librdkafka.FatalError(Handle, text, ErrorBytes);
        Events.OnError(new Error((ErrorCode)cause, Text(text), isFatal: true));
    }

    /// <summary>A rebalance was announced. Only consumers hear of one.</summary>
    protected virtual void Rebalance(PollKind kind, PartitionListData* partitions)
    {
    }

    /// <summary>Frees the handle; it waits for the library's threads to end.</summary>
    protected void Destroy(int flags = 0)
    {
        if (Handle == 0) return;
        Librdkafka.DestroyClient(Handle, flags);
        Handle = 0;
        _self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint client, int level, byte* facility, byte* line)
    {
        if (Find(Librdkafka.Opaque(client)) is { } self) self.Events.OnLog(new LogMessage("librdkafka", (SyslogLevel)level, Text(facility), Text(line)));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnError(nint client, int code, byte* reason, nint opaque) => Find(opaque)?.Report(code, Text(reason));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRebalance(nint client, int code, PartitionListData* partitions, nint opaque)
    {
        var kind = code == (int)ErrorCode.Local_AssignPartitions ? PollKind.Assigned
            : Librdkafka.AssignmentLost(client) != 0 ? PollKind.Lost
            : PollKind.Revoked;
        Find(opaque)?.Rebalance(kind, partitions);
    }

    private static NativeClient? Find(nint opaque) => opaque == 0 ? null : GCHandle.FromIntPtr(opaque).Target as NativeClient;
}
