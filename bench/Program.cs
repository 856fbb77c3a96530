using BenchmarkDotNet.Running;
using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Bench.Live;
using IcmpStream.Bench.Micro;
using IcmpStream.Bench.Suites;

// `make bench` runs every suite and writes artifacts/bench/latest.json; ARGS="--only decode,kafka" runs some;
// ARGS="--micro --filter '*'" runs the BenchmarkDotNet micro-benchmarks, whose arguments follow.
if (args.Contains("--micro"))
{
    BenchmarkSwitcher.FromAssembly(typeof(EventCodecBenchmark).Assembly).Run([.. args.Where(argument => argument != "--micro")]);
    return 0;
}

// The Kafka suite starts this executable again, to be the broker.
if (args is [BrokerProcess.Verb, ..])
    return BrokerProcess.Serve(args.AsSpan(1));

// `make bench-live` compares this reader with others on the same traffic.
if (args is [CountingReader.Verb, string source, ..])
    return CountingReader.Run(source, args.AsSpan(2));

ISuite[] suites = [new DecodeSuite(), new KafkaSuite(), new PublishSuite(), new ProcessSuite(), new RecoverySuite(), new EndToEndSuite()];
string[] only = args is ["--only", string names] ? names.Split(',', StringSplitOptions.TrimEntries) : [];
if ((args.Length > 0 && only.Length == 0) || only.Any(name => !suites.Any(suite => suite.Name == name)))
{
    Console.Error.WriteLine($"usage: make bench [ARGS=\"--only {string.Join(',', suites.Select(suite => suite.Name))}\"] [RECORD=1]");
    return 2;
}

string root = Directory.GetCurrentDirectory();
Machine machine = Machine.Here(root);
Console.WriteLine($"{machine.Description}, commit {machine.Commit}; medians of {Rounds.Default} rounds");
var metrics = new Metrics(machine);
foreach (ISuite suite in suites.Where(suite => only.Length == 0 || only.Contains(suite.Name)))
    suite.Run(metrics, Path.Combine(root, "artifacts", "bench", "captures"));
metrics.Write(root, record: Environment.GetEnvironmentVariable("RECORD") == "1");
return 0;
