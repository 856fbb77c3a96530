using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace IcmpStream.Bench.Kafka;

/// <summary>
/// <c>bench/native/raw_kafka.c</c>, compiled by gcc against the copy of librdkafka that this process has loaded, and loaded beside it.
/// </summary>
internal sealed unsafe class RawKafka
{
    private readonly delegate* unmanaged[Cdecl]<byte**, int, byte*, int, nint> _openProducer;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int, int, int, long, Result*, int> _produce;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _closeProducer;
    private readonly delegate* unmanaged[Cdecl]<byte**, int, byte*, int, long, Result*, int> _consume;

    private RawKafka(nint library)
    {
        _openProducer = (delegate* unmanaged[Cdecl]<byte**, int, byte*, int, nint>)NativeLibrary.GetExport(library, "raw_producer_open");
        _produce = (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int, long, Result*, int>)NativeLibrary.GetExport(library, "raw_produce");
        _closeProducer = (delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(library, "raw_producer_close");
        _consume = (delegate* unmanaged[Cdecl]<byte**, int, byte*, int, long, Result*, int>)NativeLibrary.GetExport(library, "raw_consume");
    }

    /// <summary>Compiles and loads it. The client library must be in use by then.</summary>
    /// <param name="source">The C file.</param>
    /// <param name="folder">Where the result goes.</param>
    public static RawKafka Build(string source, string folder)
    {
        string client = File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .First(path => Path.GetFileName(path).StartsWith("librdkafka", StringComparison.Ordinal));
        Directory.CreateDirectory(folder);
        string library = Path.Combine(folder, "libraw_kafka.so");
        var start = new ProcessStartInfo("gcc") { RedirectStandardError = true };
        foreach (string argument in new[] { "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source, client })
            start.ArgumentList.Add(argument);
        using Process gcc = Process.Start(start)!;
        string said = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        // The library names the client by its soname; the copy in this process has the same one and is taken.
        return gcc.ExitCode == 0 ? new RawKafka(NativeLibrary.Load(library)) : throw new InvalidOperationException($"gcc: {said}");
    }

    public Producer OpenProducer(IReadOnlyDictionary<string, string> settings, string topic, int partitions)
    {
        fixed (byte* name = Text(topic))
        {
            using var list = new Settings(settings);
            nint handle = _openProducer(list.Texts, list.Pairs, name, partitions);
            return handle != 0 ? new Producer(this, handle) : throw new InvalidOperationException("the C producer did not start");
        }
    }

    public Taken Consume(IReadOnlyDictionary<string, string> settings, string topic, int partitions, long records)
    {
        using var list = new Settings(settings);
        fixed (byte* name = Text(topic))
        {
            Result result;
            int failed = _consume(list.Texts, list.Pairs, name, partitions, records, &result);
            return failed == 0 ? result.Taken : throw new InvalidOperationException($"the C consumer failed: {failed}");
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>raw_result.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Result
    {
        public double Seconds;
        public double CpuSeconds;
        public long Records;
        public long Bytes;

        public readonly Taken Taken => new(Seconds, CpuSeconds, Records, 0);
    }

    /// <summary>A producer in C.</summary>
    internal sealed class Producer(RawKafka raw, nint handle) : IDisposable
    {
        public Taken Run(Load load, long records)
        {
            Result result;
            int failed = raw._produce(handle, (byte*)load.Address, Load.KeyBytes, Load.ValueBytes, Load.Different, records, &result);
            return failed == 0 ? result.Taken : throw new InvalidOperationException($"the C producer failed: {failed}");
        }

        public void Dispose() => raw._closeProducer(handle);
    }

    /// <summary>Names and values in turn as C strings.</summary>
    private sealed class Settings : IDisposable
    {
        private readonly nint[] _texts;
        private readonly GCHandle _pin;

        public Settings(IReadOnlyDictionary<string, string> settings)
        {
            Pairs = settings.Count;
            _texts = [.. settings.SelectMany(setting => new[] { Marshal.StringToCoTaskMemUTF8(setting.Key), Marshal.StringToCoTaskMemUTF8(setting.Value) })];
            _pin = GCHandle.Alloc(_texts, GCHandleType.Pinned);
        }

        public int Pairs { get; }

        public byte** Texts => (byte**)_pin.AddrOfPinnedObject();

        public void Dispose()
        {
            _pin.Free();
            Array.ForEach(_texts, Marshal.FreeCoTaskMem);
        }
    }
}
