using System.Diagnostics;
using System.Globalization;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Bench.Kafka;

/// <summary>
/// The embedded Kafka in a process of its own, so that the processor time of this one is the client's alone. It is this executable with
/// <see cref="Verb"/>; it ends when its standard input does.
/// </summary>
internal sealed class BrokerProcess : IDisposable
{
    /// <summary>The argument that makes the executable a broker; name:partitions of topics follow.</summary>
    public const string Verb = "--broker";

    private readonly Process _process;

    /// <summary>Starts it with topics.</summary>
    public BrokerProcess(params ReadOnlySpan<(string Name, int Partitions)> topics)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // `dotnet run` starts the executable itself; `dotnet x.dll` would need its library first.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add(Verb);
        foreach ((string name, int partitions) in topics)
            start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"{name}:{partitions}"));
        _process = Process.Start(start)!;
        Brokers = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the embedded Kafka did not start");
    }

    /// <summary>Where it listens.</summary>
    public string Brokers { get; }

    /// <summary>Is a broker until the standard input ends.</summary>
    public static int Serve(ReadOnlySpan<string> topics)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using KafkaLog log = kafka.Connect();
        var specs = new List<TopicSpec>();
        foreach (string topic in topics)
        {
            int colon = topic.LastIndexOf(':');
            specs.Add(new TopicSpec { Name = topic[..colon], Partitions = int.Parse(topic.AsSpan(colon + 1), CultureInfo.InvariantCulture), IsKeyed = true });
        }

        log.Topics.Apply(specs, TimeSpan.FromSeconds(10));
        Console.WriteLine(kafka.Brokers);
        while (Console.In.Read() >= 0)
        {
            // Whoever started it says nothing; the end of the input is the sign.
        }

        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
