using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>
/// Stands in front of an embedded Kafka and is its controller: it names the first broker as one, and answers the requests that create topics and ask for their settings, so that whoever
/// comes by here has a cluster like any other. All else passes as it is.
/// </summary>
internal sealed class ControllerDoor : IDisposable
{
    // API keys and error codes of Kafka's protocol guide.
    private const short Metadata = 3, ApiVersions = 18, CreateTopics = 19, DescribeConfigs = 32;
    private const short UnknownTopic = 3, TopicExists = 36, TooFewBrokers = 38;

    /// <summary>From these versions on requests and answers are of the flexible kind (KIP-482).</summary>
    private const int FlexibleMetadata = 9, FlexibleApiVersions = 3;

    /// <summary>The last versions that are not flexible, of the requests that are answered here.</summary>
    private const short LastCreateTopics = 4, LastDescribeConfigs = 1;

    private readonly EmbeddedKafka _kafka;
    private readonly KafkaLog _log;
    private readonly TcpListener[] _doors;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Dictionary<string, string>> _settings = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _open = [];

    public ControllerDoor(EmbeddedKafka kafka)
    {
        _kafka = kafka;
        _log = kafka.Connect();
        IPEndPoint[] brokers = [.. kafka.Brokers.Split(',').Select(IPEndPoint.Parse)];
        _doors = Array.ConvertAll(brokers, _ => new TcpListener(IPAddress.Loopback, 0));
        for (int i = 0; i < brokers.Length; i++)
        {
            (TcpListener door, IPEndPoint broker) = (_doors[i], brokers[i]);
            door.Start();
            // On the pool: tests wait for commands on the threads that a test has.
            _ = Task.Run(() => AcceptAsync(door, broker));
        }

        for (int i = 0; i < brokers.Length; i++)
            kafka.Advertise(i + 1, "127.0.0.1", ((IPEndPoint)_doors[i].LocalEndpoint).Port);
    }

    /// <summary>What clients are given.</summary>
    public string Brokers => string.Join(',', _doors.Select(door => door.LocalEndpoint));

    public void Dispose()
    {
        foreach (TcpListener door in _doors)
            door.Dispose();
        lock (_gate)
            _open.ForEach(connection => connection.Dispose());
        _log.Dispose();
    }

    private async Task AcceptAsync(TcpListener door, IPEndPoint broker)
    {
        while (true)
        {
            var server = new TcpClient();
            try
            {
                TcpClient client = await door.AcceptTcpClientAsync();
                lock (_gate)
                    _open.AddRange([client, server]);
                await server.ConnectAsync(broker);
                (client.NoDelay, server.NoDelay) = (true, true);
                _ = new Connection(this, client, server).RunAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                server.Dispose();
                return;
            }
        }
    }

    /// <summary>Answers what the brokers cannot.</summary>
    private byte[] Answer(short request, short version, int correlation, WireReader reader)
    {
        var answer = new WireWriter();
        answer.Int32(correlation);
        if (request == CreateTopics)
            Create(reader, answer, version);
        else
            Describe(reader, answer, version);
        return answer.ToArray();
    }

    private void Create(WireReader reader, WireWriter answer, short version)
    {
        var results = new List<(string Name, short Error)>();
        for (int left = reader.Int32(); left > 0; left--)
        {
            string name = reader.String()!;
            int partitions = reader.Int32();
            short replicas = reader.Int16();
            Assert.Equal(0, reader.Int32()); // nobody of ours places replicas by hand
            var settings = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int more = reader.Int32(); more > 0; more--)
                settings.Add(reader.String()!, reader.String()!);
            results.Add((name, Create(name, partitions, replicas, settings)));
        }

        if (version >= 2)
            answer.Int32(0); // never throttled
        answer.Int32(results.Count);
        foreach ((string name, short error) in results)
        {
            answer.String(name);
            answer.Int16(error);
            if (version >= 1)
                answer.String(null);
        }
    }

    private short Create(string name, int partitions, short replicas, Dictionary<string, string> settings)
    {
        if (_log.Topics.List(ProcessRun.Patience).ContainsKey(name))
            return TopicExists;
        if (replicas > _doors.Length)
            return TooFewBrokers;
        _log.Topics.Apply([new TopicSpec { Name = name, Partitions = partitions, IsKeyed = false, ReplicationFactor = replicas }], ProcessRun.Patience);
        _settings[name] = settings;
        return 0;
    }

    private void Describe(WireReader reader, WireWriter answer, short version)
    {
        answer.Int32(0);
        int topics = reader.Int32();
        answer.Int32(topics);
        for (; topics > 0; topics--)
        {
            byte kind = reader.Byte();
            string name = reader.String()!;
            for (int names = reader.Int32(); names > 0; names--)
                reader.String();
            bool isKnown = _settings.TryGetValue(name, out Dictionary<string, string>? settings);
            answer.Int16(isKnown ? (short)0 : UnknownTopic);
            answer.String(null);
            answer.Byte(kind);
            answer.String(name);
            answer.Int32(settings?.Count ?? 0);
            foreach ((string key, string value) in settings ?? [])
            {
                answer.String(key);
                answer.String(value);
                answer.Byte(0); // may be written
                answer.Byte(1); // set for this topic; before version 1: not a default
                answer.Byte(0); // no secret
                if (version >= 1)
                    answer.Int32(0); // no synonyms
            }
        }
    }

    /// <summary>Names the first broker as the controller.</summary>
    private static void NameController(byte[] answer, int version)
    {
        bool isFlexible = version >= FlexibleMetadata;
        var reader = new WireReader(answer, isFlexible);
        reader.Int32();
        reader.Tags();
        if (version >= 3)
            reader.Int32();
        int first = 0;
        for (int left = reader.Count(); left > 0; left--)
        {
            int id = reader.Int32();
            first = first == 0 ? id : Math.Min(first, id);
            reader.String();
            reader.Int32();
            if (version >= 1)
                reader.String();
            reader.Tags();
        }

        if (version >= 2)
            reader.String();
        if (version >= 1)
            BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(reader.Position), first);
    }

    /// <summary>Adds the two requests to those that the broker knows.</summary>
    private static byte[] AddRequests(byte[] answer, int version)
    {
        short error = BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4));
        bool isFlexible = version >= FlexibleApiVersions && error == 0;
        var reader = new WireReader(answer, isFlexible);
        reader.Int32();
        reader.Int16();
        int start = reader.Position, known = reader.Count();
        var more = new WireWriter();
        if (isFlexible)
            more.Byte((byte)(known + 2 + 1)); // a compact array's count, which the few dozen requests there are keep to one byte
        else
            more.Int32(known + 2);
        foreach ((short request, short last) in ((short, short)[])[(CreateTopics, LastCreateTopics), (DescribeConfigs, LastDescribeConfigs)])
        {
            more.Int16(request);
            more.Int16(0);
            more.Int16(last);
            if (isFlexible)
                more.Byte(0);
        }

        return [.. answer[..start], .. more.ToArray(), .. answer[reader.Position..]];
    }

    private sealed class Connection(ControllerDoor owner, TcpClient client, TcpClient server)
    {
        private readonly Lock _toClient = new(), _gate = new();
        private readonly Dictionary<int, (short Request, short Version)> _changed = [];

        public async Task RunAsync()
        {
            // Where either side has gone, the other one sees its connection close.
            await Task.WhenAny(RequestsAsync(client.GetStream(), server.GetStream()), AnswersAsync(server.GetStream(), client.GetStream()));
            client.Dispose();
            server.Dispose();
        }

        private async Task RequestsAsync(NetworkStream from, NetworkStream to)
        {
            while (await ReadAsync(from) is { } frame)
            {
                var reader = new WireReader(frame, isFlexible: false);
                short request = reader.Int16(), version = reader.Int16();
                int correlation = reader.Int32();
                if (request is CreateTopics or DescribeConfigs)
                {
                    reader.String(); // the client's name
                    Write(from, owner.Answer(request, version, correlation, reader));
                    continue;
                }

                if (request is Metadata or ApiVersions)
                {
                    lock (_gate)
                        _changed[correlation] = (request, version);
                }

                await to.WriteAsync(Sized(frame));
            }
        }

        private async Task AnswersAsync(NetworkStream from, NetworkStream to)
        {
            while (await ReadAsync(from) is { } frame)
            {
                (short Request, short Version) asked;
                bool isChanged;
                lock (_gate)
                    isChanged = _changed.Remove(BinaryPrimitives.ReadInt32BigEndian(frame), out asked);
                if (isChanged && asked.Request == Metadata)
                    NameController(frame, asked.Version);
                Write(to, isChanged && asked.Request == ApiVersions ? AddRequests(frame, asked.Version) : frame);
            }
        }

        private void Write(NetworkStream to, byte[] frame)
        {
            lock (_toClient)
                to.Write(Sized(frame));
        }

        private static byte[] Sized(byte[] frame)
        {
            byte[] sized = new byte[sizeof(int) + frame.Length];
            BinaryPrimitives.WriteInt32BigEndian(sized, frame.Length);
            frame.CopyTo(sized, sizeof(int));
            return sized;
        }

        /// <summary>The next request or answer; null at the connection's end.</summary>
        private static async Task<byte[]?> ReadAsync(NetworkStream from)
        {
            try
            {
                byte[] size = new byte[sizeof(int)];
                await from.ReadExactlyAsync(size);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
                await from.ReadExactlyAsync(frame);
                return frame;
            }
            catch (Exception ended) when (ended is IOException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    private sealed class WireReader(byte[] bytes, bool isFlexible)
    {
        public int Position { get; private set; }

        public byte Byte() => bytes[Position++];

        public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(sizeof(short)));

        public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

        /// <summary>The length of an array.</summary>
        public int Count() => isFlexible ? Varint() - 1 : Int32();

        public string? String()
        {
            int length = isFlexible ? Varint() - 1 : Int16();
            return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
        }

        /// <summary>Steps over tagged fields, where there may be any.</summary>
        public void Tags()
        {
            for (int left = isFlexible ? Varint() : 0; left > 0; left--)
            {
                Varint();
                Take(Varint());
            }
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            Position += count;
            return bytes.AsSpan(Position - count, count);
        }

        private int Varint()
        {
            int value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = Byte();
                value |= (next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }

    private sealed class WireWriter
    {
        private readonly List<byte> _bytes = [];

        public void Byte(byte value) => _bytes.Add(value);

        public void Int16(short value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(short)];
            BinaryPrimitives.WriteInt16BigEndian(bytes, value);
            _bytes.AddRange(bytes);
        }

        public void Int32(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            _bytes.AddRange(bytes);
        }

        public void String(string? text)
        {
            Int16((short)(text?.Length ?? -1));
            _bytes.AddRange(Encoding.ASCII.GetBytes(text ?? ""));
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
