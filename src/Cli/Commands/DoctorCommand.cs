using IcmpStream.Cli.Doctor;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Registry;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream doctor</c>: what works here, what does not, and how to mend it.</summary>
internal sealed class DoctorCommand : CliCommand
{
    public DoctorCommand()
        : base(
            "doctor",
            "Check kernel, privileges, native libraries and, with --brokers, the cluster and its topics; say how to mend what is wrong.",
            """
            icmpstream doctor
            icmpstream doctor --brokers kafka:9092
            """,
            [.. KafkaSettings.All, .. RegistrySettings.All, CommonSettings.Json])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        List<Check> checks = [.. HostChecks.All()];
        if (context.Read(KafkaSettings.Brokers) is not null)
            checks.AddRange(KafkaChecks.All(KafkaSettings.Cluster(context), KafkaSettings.Topics(context)));
        using (SchemaRegistry? registry = RegistrySettings.Open(context))
        {
            if (registry is not null)
                checks.Add(await RegistryChecks.RunAsync(registry, KafkaSettings.Topics(context), context.Stop));
        }

        if (context.Read(CommonSettings.Json))
            PrintJson(context.Terminal, checks);
        else
            Print(Page.OfOutput(context.Terminal), checks);
        string[] broken = [.. checks.Where(check => check.State == CheckState.Broken).Select(check => check.Name)];
        return broken.Length == 0
            ? ExitCode.Success
            : throw new CommandFailedException($"{broken.Length} of {checks.Count} checks failed: {string.Join(", ", broken)}");
    }

    private static void Print(Page page, List<Check> checks)
    {
        page.Table(["check", "state", "found"], checks.Select(check => (IReadOnlyList<string>)[check.Name, StateName(check), check.Detail]));
        foreach (Check check in checks.Where(check => check.Mend.Length > 0))
            page.Line($"{check.Name}: {check.Mend}");
    }

    private static void PrintJson(Terminal terminal, List<Check> checks)
    {
        foreach (Check check in checks)
        {
            JsonLine.Write(terminal, json =>
            {
                json.WriteString("check", check.Name);
                json.WriteString("state", StateName(check));
                json.WriteString("found", check.Detail);
                json.WriteString("mend", check.Mend);
            });
        }
    }

    private static string StateName(Check check) => check.State.ToString().ToLowerInvariant();
}
