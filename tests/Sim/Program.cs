using System.Diagnostics;
using System.Globalization;
using IcmpStream.Sim;

// make sim runs 2,000 seeds from 1 on; ARGS="--seeds 500 --from 10000" others; ARGS="--seed N" one of them again, as it was.
int from = 1, count = 2000;
for (int i = 0; i + 1 < args.Length; i += 2)
{
    if (!int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        return Usage();
    switch (args[i])
    {
        case "--seed":
            (from, count) = (number, 1);
            break;
        case "--seeds":
            count = number;
            break;
        case "--from":
            from = number;
            break;
        default:
            return Usage();
    }
}

if (args.Length % 2 != 0)
    return Usage();

long started = Stopwatch.GetTimestamp();
var results = new SimResult[count];
// No more at once than there are processors: left to itself the pool adds threads to long work, and each seed has members with all their tables.
Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => results[i] = Simulation.Run(from + i));
foreach (SimResult result in results.Where(result => result.Failure is not null || count == 1))
    Console.WriteLine($"{result.Setup}\n  {result.Failure ?? "as the reference run"}");
int failed = results.Count(result => result.Failure is not null);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{count} seeds in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s: {results.Sum(r => r.Records)} records compared, {results.Sum(r => r.Crashes)} crashes, "
    + $"{results.Sum(r => r.Rebuilds)} rebuilds, {results.Sum(r => r.Checkpoints)} checkpoints, {results.Sum(r => r.Restored)} partitions restored from one; {failed} failed"));
if (failed > 0)
    Console.WriteLine($"again: make sim ARGS=\"--seed {results.First(result => result.Failure is not null).Setup.Seed}\"");
return failed == 0 ? 0 : 1;

static int Usage()
{
    Console.Error.WriteLine("usage: make sim [ARGS=\"--seed N | [--seeds COUNT] [--from N]\"]");
    return 2;
}
