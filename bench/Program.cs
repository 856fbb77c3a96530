using BenchmarkDotNet.Running;
using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Bench.Micro;
using IcmpStream.Bench.Suites;

// `make bench` runs every suite and writes artifacts/bench/latest.json; ARGS="--only decode" runs one; ARGS="--micro --filter '*'" runs
// the BenchmarkDotNet micro-benchmarks, whose arguments follow.
if (args.Contains("--micro"))
{
    BenchmarkSwitcher.FromAssembly(typeof(EventCodecBenchmark).Assembly).Run([.. args.Where(argument => argument != "--micro")]);
    return 0;
}

// The Kafka suite starts this executable again, to be the broker.
if (args is [BrokerProcess.Verb, ..])
    return BrokerProcess.Serve(args.AsSpan(1));

ISuite[] suites = [new DecodeSuite(), new KafkaSuite(), new ProcessSuite()];
int only = Array.IndexOf(args, "--only");
string? name = only >= 0 && only + 1 < args.Length ? args[only + 1] : null;
if (args.Length > (only >= 0 ? 2 : 0) || (only >= 0 && !suites.Any(suite => suite.Name == name)))
{
    Console.Error.WriteLine($"usage: make bench [ARGS=\"--only {string.Join('|', suites.Select(suite => suite.Name))}\"] [RECORD=1]");
    return 2;
}

string root = Directory.GetCurrentDirectory();
Machine machine = Machine.Here(root);
Console.WriteLine($"{machine.Description}, commit {machine.Commit}; medians of {Rounds.Default} rounds");
var metrics = new Metrics(machine);
foreach (ISuite suite in suites.Where(suite => name is null || suite.Name == name))
    suite.Run(metrics, Path.Combine(root, "artifacts", "bench", "captures"));
metrics.Write(root, record: Environment.GetEnvironmentVariable("RECORD") == "1");
return 0;
