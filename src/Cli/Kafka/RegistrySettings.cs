using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Registry;

namespace IcmpStream.Cli.Kafka;

/// <summary>Where the schema registry is and how it is talked to. Secrets belong into variables or the config file: others see a process's flags.</summary>
internal static class RegistrySettings
{
    public static ValueSetting<string?> Url { get; } =
        new("schema-registry", "URL", ValueKinds.Text, null, "schema registry; without one, single-object encoding");

    private static readonly ValueSetting<string?> User = new("schema-registry-user", "NAME", ValueKinds.Text, null, "user of the registry");

    private static readonly ValueSetting<string?> Password = new(
        "schema-registry-password", "P", ValueKinds.Text, null, "its password; better in ICMPSTREAM_SCHEMA_REGISTRY_PASSWORD");

    private static readonly ValueSetting<string?> Token = new(
        "schema-registry-token", "T", ValueKinds.Text, null, "bearer token instead; better in ICMPSTREAM_SCHEMA_REGISTRY_TOKEN");

    private static readonly ValueSetting<string?> Authorities = new("schema-registry-ca", "FILE", ValueKinds.Text, null, "certificates (PEM) trusted for the registry in place of the system's");

    /// <summary>The settings of every command that writes or checks records.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Url, User, Password, Token, Authorities];

    /// <summary>The registry that the user means; null where there is none.</summary>
    public static SchemaRegistry? Open(CommandContext context) => context.Read(Url) is not { } url
        ? null
        : new SchemaRegistry(KafkaSettings.Checked(() => RegistryOptions.Parse(url)) with
        {
            Username = context.Read(User),
            Password = context.Read(Password),
            Token = context.Read(Token),
            CertificateAuthorities = context.Read(Authorities),
        });

    /// <summary>How records say which schema wrote them.</summary>
    public static IRecordSchemas Schemas(SchemaRegistry? registry) => registry is null ? new SingleObjectSchemas() : new RegistrySchemas(registry);
}
