using System.Net.NetworkInformation;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream interfaces</c>: what can be captured from, with which sources, and what privilege is missing.</summary>
internal sealed class InterfacesCommand : CliCommand
{
    public InterfacesCommand()
        : base(
            "interfaces",
            "List what can be captured from, with which sources, and what privilege is missing.",
            """
            icmpstream interfaces
            icmpstream interfaces --json
            """,
            CommonSettings.Json)
    {
    }

    public override Task<int> RunAsync(CommandContext context)
    {
        List<Found> interfaces = [.. NetworkInterface.GetAllNetworkInterfaces().Select(Describe).OrderBy(i => i.Name, StringComparer.Ordinal)];
        if (context.Read(CommonSettings.Json))
            PrintJson(context.Terminal, interfaces);
        else
            PrintTable(context, interfaces);
        return Task.FromResult(ExitCode.Success);
    }

    private static void PrintTable(CommandContext context, List<Found> interfaces)
    {
        Page.OfOutput(context.Terminal).Table(
            ["interface", "state", "addresses", "sources", "missing"],
            interfaces.Select(i => (IReadOnlyList<string>)[i.Name, i.State, string.Join('\n', i.Addresses), string.Join('\n', i.Sources), string.Join('\n', i.Missing)]));
        if (interfaces.Any(i => i.Missing.Count > 0))
            context.Note($"what is missing can be given with: {Privileges.SetcapLine()}");
    }

    private static void PrintJson(Terminal terminal, List<Found> interfaces)
    {
        foreach (Found found in interfaces)
        {
            JsonLine.Write(terminal, json =>
            {
                json.WriteString("interface", found.Name);
                json.WriteString("state", found.State);
                WriteList(json, "addresses", found.Addresses);
                WriteList(json, "sources", found.Sources);
                WriteList(json, "missing", found.Missing);
            });
        }
    }

    private static void WriteList(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static Found Describe(NetworkInterface networkInterface) => new(
        networkInterface.Name,
        networkInterface.OperationalStatus == OperationalStatus.Up || networkInterface.NetworkInterfaceType == NetworkInterfaceType.Loopback ? "up" : "down",
        [.. networkInterface.GetIPProperties().UnicastAddresses.Select(a => a.Address.ToString())],
        LiveSupport.SourcesOf(networkInterface.Name),
        [.. Privileges.MissingForPackets().Union(Privileges.MissingForXdp())]);

    private sealed record Found(string Name, string State, IReadOnlyList<string> Addresses, IReadOnlyList<string> Sources, IReadOnlyList<string> Missing);
}
