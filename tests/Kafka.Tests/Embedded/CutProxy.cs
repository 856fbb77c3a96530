using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IcmpStream.Kafka.Tests.Embedded;

/// <summary>
/// Stands between clients and a broker, and can be cut: connections end with a reset, as when a cable is pulled or a firewall forgets. It reads along what producers write, so that a
/// test can tell whether what was sent again is what a broker recognizes.
/// </summary>
internal sealed class CutProxy : IDisposable
{
    private const int Produce = 0;

    /// <summary>Requests of a connection are small but for batches, which end at the client's message.max.bytes.</summary>
    private const int MaxRequestBytes = 16 << 20;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _broker;
    private readonly Lock _gate = new();
    private readonly List<Link> _all = [];
    private readonly List<Link> _links = [];
    private readonly List<ProducedBatch> _batches = [];
    private bool _isCut;
    private bool _losesAnswers;
    private int _cuts;

    /// <param name="brokers">The address of the one broker.</param>
    public CutProxy(string brokers)
    {
        _broker = IPEndPoint.Parse(brokers);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Batches that have reached the broker whole, in order.</summary>
    public ProducedBatch[] Batches
    {
        get
        {
            lock (_gate) return [.. _batches];
        }
    }

    /// <summary>Connections ended by force.</summary>
    public int Cuts
    {
        get
        {
            lock (_gate) return _cuts;
        }
    }

    /// <summary>Ends every connection. New ones are refused until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            foreach (var link in _links) link.Reset();
            _cuts += _links.Count;
            _links.Clear();
        }
    }

    /// <summary>From now on answers are swallowed: the broker does what it is asked, and nobody hears of it. The next <see cref="Cut"/> ends that.</summary>
    public void LoseAnswers()
    {
        lock (_gate) _losesAnswers = true;
    }

    /// <summary>Lets connections through again.</summary>
    public void Mend()
    {
        lock (_gate) (_isCut, _losesAnswers) = (false, false);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate) _all.ForEach(link => link.Dispose());
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }

            var link = new Link(client, _broker);
            lock (_gate)
            {
                _all.Add(link);
                if (_isCut)
                {
                    link.Reset();
                    continue;
                }

                _links.Add(link);
            }

            _ = RequestsAsync(link);
            _ = AnswersAsync(link);
        }
    }

    /// <summary>Hands whole requests on: one that the cut met in its middle has not been sent.</summary>
    private async Task RequestsAsync(Link link)
    {
        try
        {
            var size = new byte[sizeof(int)];
            while (true)
            {
                await link.Client.ReadExactlyAsync(size);
                var request = new byte[Math.Min(BinaryPrimitives.ReadInt32BigEndian(size), MaxRequestBytes)];
                await link.Client.ReadExactlyAsync(request);
                if (BinaryPrimitives.ReadInt16BigEndian(request) == Produce)
                    lock (_gate)
                    {
                        if (link.IsReset) return;
                        _batches.AddRange(ProducedBatch.Of(request));
                    }

                await link.Broker.WriteAsync(size);
                await link.Broker.WriteAsync(request);
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            link.EndRequests();
        }
    }

    private async Task AnswersAsync(Link link)
    {
        try
        {
            var buffer = new byte[64 << 10];
            for (int count; (count = await link.Broker.ReadAsync(buffer)) > 0;)
            {
                bool isLost;
                lock (_gate) isLost = _losesAnswers || link.IsReset;
                if (!isLost) await link.Client.WriteAsync(buffer.AsMemory(0, count));
            }

            link.Reset();
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            link.Reset();
        }
    }

    /// <summary>A client's connection and the one to the broker that belongs to it.</summary>
    private sealed class Link : IDisposable
    {
        private readonly Socket _client;
        private readonly Socket _broker = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public Link(Socket client, IPEndPoint broker)
        {
            _client = client;
            _broker.Connect(broker);
            (Client, Broker) = (new NetworkStream(client), new NetworkStream(_broker));
        }

        public NetworkStream Client { get; }

        public NetworkStream Broker { get; }

        public bool IsReset { get; private set; }

        /// <summary>The client gets a reset. The broker is let read what it has been sent.</summary>
        public void Reset()
        {
            if (IsReset) return;
            IsReset = true;
            _client.LingerState = new LingerOption(enable: true, seconds: 0);
            _client.Close();
        }

        public void EndRequests()
        {
            if (_broker.Connected) _broker.Shutdown(SocketShutdown.Send);
        }

        public void Dispose()
        {
            Reset();
            _client.Dispose();
            _broker.Dispose();
        }
    }
}
