namespace IcmpStream.Kafka.Native;

/// <summary>Owns librdkafka's mock cluster and the client handle that it lives on. Calls are serialized.</summary>
internal sealed unsafe class MockCluster : IDisposable
{
    private const int ErrorBytes = 512;

    private readonly Lock _gate = new();
    private nint _client;
    private nint _cluster;

    /// <exception cref="LogException">The library has no mock cluster, or sockets cannot be opened.</exception>
    public MockCluster(int brokers)
    {
        var configuration = Librdkafka.NewConfiguration();
        Librdkafka.SetLogCallback(configuration, null);
        var error = stackalloc byte[ErrorBytes];
        _client = Librdkafka.NewClient(Librdkafka.ProducerType, configuration, error, ErrorBytes);
        if (_client == 0)
        {
            Librdkafka.DestroyConfiguration(configuration);
            throw new LogException(LogError.Fatal, $"the embedded Kafka did not start: {NativeClient.Text(error)}");
        }

        _cluster = Librdkafka.NewMockCluster(_client, brokers);
        if (_cluster == 0)
        {
            Librdkafka.DestroyClient(_client, 0);
            throw new LogException(LogError.Fatal, "the embedded Kafka did not start: no loopback ports could be opened");
        }

        Bootstraps = NativeClient.Text(Librdkafka.MockBootstraps(_cluster));
    }

    public string Bootstraps { get; }

    /// <summary>0, or librdkafka's error code.</summary>
    public int CreateTopic(string topic, int partitions, int replicas)
    {
        lock (_gate) return Librdkafka.CreateMockTopic(Open(), topic, partitions, replicas);
    }

    public void SetBrokerUp(int broker, bool up)
    {
        lock (_gate) _ = up ? Librdkafka.SetMockBrokerUp(Open(), broker) : Librdkafka.SetMockBrokerDown(Open(), broker);
    }

    public void Advertise(int broker, string host, int port)
    {
        lock (_gate) Librdkafka.SetMockBrokerAddress(Open(), broker, host, port);
    }

    public void PushErrors(short request, ReadOnlySpan<int> errors)
    {
        lock (_gate) Librdkafka.PushMockErrors(Open(), request, (nuint)errors.Length, errors);
    }

    public void SetRebalanceDelay(TimeSpan delay)
    {
        lock (_gate) Librdkafka.SetMockRebalanceDelay(Open(), (int)delay.TotalMilliseconds);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_cluster == 0) return;
            Librdkafka.DestroyMockCluster(_cluster);
            Librdkafka.DestroyClient(_client, 0);
            _cluster = 0;
            _client = 0;
        }
    }

    private nint Open()
    {
        ObjectDisposedException.ThrowIf(_cluster == 0, this);
        return _cluster;
    }
}
