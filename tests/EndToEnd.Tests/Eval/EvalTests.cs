namespace IcmpStream.EndToEnd.Tests.Eval;

public class EvalTests
{
    [Fact]
    public async Task Every_attack_is_found_by_its_rule_and_nothing_benign_is_medium_or_worse()
    {
        var score = new Score();
        EvalCase[] generated = [.. AttackCases.All(), .. ToolCases.All(), .. CovertCases.All(), .. BackdoorCases.All(), .. FloodCases.All(), .. MixedCases.All(), .. NetworkCases.All(), .. BenignCases.All(), .. OrdinaryCases.All()];
        string only = Environment.GetEnvironmentVariable("ICMPSTREAM_EVAL_ONLY") ?? "";
        foreach (EvalCase @case in generated.Concat(CorpusCases.All(generated)).Where(c => c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            await score.RunAsync(@case);
        string table = score.ToString();
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        if (Environment.GetEnvironmentVariable("ICMPSTREAM_EVAL_FILE") is { Length: > 0 } path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, table + "\n" + string.Join('\n', score.Faults) + "\n", TestContext.Current.CancellationToken);
        }

        Assert.True(score.Faults.Count == 0, string.Join('\n', score.Faults) + "\n\n" + table);
    }
}
