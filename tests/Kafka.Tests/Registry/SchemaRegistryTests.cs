using System.Buffers.Binary;
using IcmpStream.Kafka.Registry;
using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Tests.Registry;

public sealed class SchemaRegistryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static SchemaRegistry Client(Uri url, int attempts = 3) =>
        new(new RegistryOptions { Url = url, Attempts = attempts, Backoff = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.FromSeconds(10) });

    [Fact]
    public async Task A_schema_is_registered_once_and_its_id_stands_in_front_of_records()
    {
        await using var server = await TestRegistry.StartAsync();
        using var client = Client(server.Url);
        var schemas = new RegistrySchemas(client);

        var header = await schemas.HeaderAsync("icmp.event.v1", SchemaText.IcmpEventBatch, Cancelled);
        var again = await schemas.HeaderAsync("icmp.event.v1", SchemaText.IcmpEventBatch, Cancelled);

        Assert.Equal(1, server.Requests);
        Assert.Equal(header.ToArray(), again.ToArray());
        Assert.Equal(0, header.Span[0]);
        Assert.Equal(await client.FindAsync("icmp.event.v1-value", SchemaText.IcmpEventBatch.ToString(), Cancelled), BinaryPrimitives.ReadInt32BigEndian(header.Span[1..]));
    }

    [Fact]
    public async Task A_reader_learns_an_id_it_has_not_seen_and_then_reads_its_records()
    {
        await using var server = await TestRegistry.StartAsync();
        using var writing = Client(server.Url);
        using var reading = Client(server.Url);
        var header = await new RegistrySchemas(writing).HeaderAsync("t", SchemaText.Alert, Cancelled);
        var id = BinaryPrimitives.ReadInt32BigEndian(header.Span[1..]);
        Assert.Equal(AvroError.UnknownSchema, Open(new WriterSchemas(), header, SchemaText.Alert));
        var asked = server.Requests;
        var writers = new RegistrySchemas(reading).Writers(Cancelled);
        Assert.Equal(AvroError.None, Open(writers, header, SchemaText.Alert));
        Assert.Equal(AvroError.UnknownSchema, Open(writers, header, SchemaText.Finding));
        Assert.Equal(asked + 1, server.Requests);

        // An id that the registry does not have is asked for once; where it does not answer, nothing is remembered.
        Assert.Equal(AvroError.UnknownSchema, Open(writers, RecordFrame.ConfluentHeader(id + 1), SchemaText.Alert));
        Assert.Equal(AvroError.UnknownSchema, Open(writers, RecordFrame.ConfluentHeader(id + 1), SchemaText.Alert));
        Assert.Equal(asked + 2, server.Requests);
        server.Failing = int.MaxValue;
        Assert.Equal(LogError.Fatal, Assert.Throws<LogException>(() => Open(writers, RecordFrame.ConfluentHeader(id + 2), SchemaText.Alert)).Error);
        server.Failing = 0;
        Assert.Equal(AvroError.UnknownSchema, Open(writers, RecordFrame.ConfluentHeader(id + 2), SchemaText.Alert));
    }

    [Fact]
    public async Task An_incompatible_schema_is_refused_in_one_line_that_says_why()
    {
        await using var server = await TestRegistry.StartAsync();
        using var client = Client(server.Url);
        await client.RegisterAsync("s", """{"type":"long"}""", Cancelled);
        Assert.True((await client.CheckAsync("s", """{"type":"int"}""", Cancelled)).IsCompatible);
        Assert.True((await client.CheckAsync("never seen", """{"type":"int"}""", Cancelled)).IsCompatible);
        server.Incompatible = "string";

        var answer = await client.CheckAsync("s", """{"type":"string"}""", Cancelled);
        Assert.False(answer.IsCompatible);
        Assert.Equal(["field gone has no default"], answer.Reasons);
        var failure = await Assert.ThrowsAsync<LogException>(() => client.RegisterAsync("s", """{"type":"string"}""", Cancelled));
        Assert.Equal(LogError.Incompatible, failure.Error);
        Assert.Contains("field gone", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Looking_up_registers_nothing()
    {
        await using var server = await TestRegistry.StartAsync();
        using var client = Client(server.Url);
        Assert.Null(await client.FindAsync("s", "1", Cancelled));
        var id = await client.RegisterAsync("s", "\"long\"", Cancelled);
        Assert.Null(await client.FindAsync("s", "\"int\"", Cancelled));
        Assert.Equal(id, await client.FindAsync("s", "\"long\"", Cancelled));
        Assert.Equal("\"long\"", await client.SchemaAsync(id, Cancelled));
        Assert.Null(await client.SchemaAsync(9999, Cancelled));
        await client.DemandAsync("s", "FULL_TRANSITIVE", Cancelled);
        Assert.Equal("FULL_TRANSITIVE", server.Demands["s"]);
    }

    [Fact]
    public async Task A_failure_that_passes_is_tried_again_and_one_that_does_not_is_said()
    {
        await using var server = await TestRegistry.StartAsync();
        using var client = Client(server.Url);
        server.Failing = 2;
        Assert.Equal(100, await client.RegisterAsync("s", "\"long\"", Cancelled));
        Assert.Equal(3, server.Requests);
        server.Failing = 3;
        var failure = await Assert.ThrowsAsync<LogException>(() => client.RegisterAsync("s", "\"int\"", Cancelled));
        Assert.Contains("503", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_down_at_the_start_is_one_line_and_one_down_later_is_not_noticed()
    {
        var server = await TestRegistry.StartAsync();
        var url = server.Url;
        using var client = Client(url);
        var id = await client.RegisterAsync("s", "\"long\"", Cancelled);
        await server.DisposeAsync();

        Assert.Equal(id, await client.RegisterAsync("s", "\"long\"", Cancelled));
        using var late = Client(url);
        var failure = await Assert.ThrowsAsync<LogException>(() => late.RegisterAsync("s", "\"long\"", Cancelled));
        Assert.Equal(LogError.Unreachable, failure.Error);
        Assert.Contains($"{url.Host}:{url.Port}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Credentials_are_sent_and_never_shown()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Authorization = "Basic " + Convert.ToBase64String("me:hunter2"u8);
        using var named = new SchemaRegistry(new RegistryOptions { Url = server.Url, Username = "me", Password = "hunter2" });
        using var inUrl = Client(new UriBuilder(server.Url) { UserName = "me", Password = "hunter2" }.Uri);
        Assert.Equal(100, await named.RegisterAsync("s", "\"long\"", Cancelled));
        Assert.Equal(100, await inUrl.RegisterAsync("s", "\"long\"", Cancelled));

        server.Authorization = "Bearer t0ken";
        using var bearing = new SchemaRegistry(new RegistryOptions { Url = server.Url, Token = "t0ken" });
        Assert.Equal(100, await bearing.RegisterAsync("s", "\"long\"", Cancelled));
        var failure = await Assert.ThrowsAsync<LogException>(() => inUrl.RegisterAsync("s", "\"int\"", Cancelled));
        Assert.Equal(LogError.Authentication, failure.Error);
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_that_is_no_registry_is_said_to_be_none()
    {
        await using var server = await TestRegistry.StartAsync();
        server.IsSomethingElse = true;
        using var client = Client(server.Url);
        Assert.Contains("no schema registry", (await Assert.ThrowsAsync<LogException>(() => client.RegisterAsync("s", "\"int\"", Cancelled))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:8081")]
    [InlineData("ftp://registry")]
    [InlineData("")]
    public void Only_http_addresses_are_taken(string url) => Assert.Equal(LogError.Configuration, Assert.Throws<LogException>(() => RegistryOptions.Parse(url)).Error);

    [Fact]
    public async Task Without_a_registry_the_fingerprint_stands_in_front()
    {
        var schemas = new SingleObjectSchemas();
        var header = await schemas.HeaderAsync("t", SchemaText.Partial, Cancelled);
        Assert.Equal(AvroError.None, Open(new WriterSchemas(), header, SchemaText.Partial));
        Assert.Equal(AvroError.UnknownSchema, Open(new WriterSchemas(), header, SchemaText.Alert));
    }

    private static AvroError Open(WriterSchemas writers, ReadOnlyMemory<byte> value, SchemaText reader) => new RecordOpener(writers, reader).Open(value.Span, out _);
}
