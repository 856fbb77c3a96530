using System.Diagnostics;
using IcmpStream.Fuzz;
using IcmpStream.Fuzz.Frames;
using IcmpStream.Fuzz.Running;
using IcmpStream.Fuzz.Targets;

namespace IcmpStream.Ingest.Tests.Fuzz;

/// <summary>A short run of each fuzz target, the same each time; `make fuzz` runs longer ones.</summary>
public class FuzzTests
{
    private const ulong Seed = 792;

    public static TheoryData<string, int> Runs => new()
    {
        { "decode", 120_000 },
        { "fragment", 20_000 },
        { "avro", 30_000 },
        { "capture", 4_000 },
    };

    public static TheoryData<string> Cases => [.. Directory.EnumerateFiles(Path.Combine(Corpus.Folder, "fuzz"), "*.hex").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Nothing_breaks_on_mutated_input(string name, int cases)
    {
        using IFuzzTarget target = FuzzTargets.Make(name, Corpus.Folder);
        using Watchdog watchdog = new(iteration => Environment.FailFast($"{name}: case {iteration} of seed {Seed} does not end"));
        FuzzRunner runner = new(target, Seed) { Watchdog = watchdog };
        runner.Run(0, cases, TimeSpan.MaxValue);
        Assert.Empty(runner.Finds.Select(find => find.Text));
        Assert.Equal(cases, runner.Cases);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_found_stays_mended(string file)
    {
        FuzzCase made = new();
        string name = CaseFile.Parse(File.ReadAllText(Path.Combine(Corpus.Folder, "fuzz", file)), made);
        using IFuzzTarget target = FuzzTargets.Make(name, Corpus.Folder);
        Assert.Null(FuzzRunner.Try(target, made));
    }

    [Fact]
    public void Every_target_has_a_short_run() => Assert.Equal(FuzzOptions.AllTargets, Runs.Select(run => run.Data.Item1));

    [Theory]
    [InlineData("throws", "InvalidOperationException")]
    [InlineData("allocates", "allocates allocates")]
    [InlineData("differs", "differs differs: IcmpEvent differs")]
    [InlineData("reads on", "reads on differs with bytes behind the frame")]
    public void A_decoder_with_a_fault_is_found(string fault, string what)
    {
        using DecodeTarget target = new(SeedFrames.Load(Corpus.Folder), new FaultyDecoder(fault));
        FuzzRunner runner = new(target, Seed);
        runner.Run(0, 200, TimeSpan.MaxValue);
        Assert.Contains(runner.Finds, find => find.What.StartsWith(what, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_behind_the_frame_is_found_although_it_kills_the_process()
    {
        string folder = Directory.CreateTempSubdirectory("icmpstream-fuzz-").FullName;
        try
        {
            ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "IcmpStream.Fuzz")) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string word in (string[])["--target", "guard", "--frames", "12", "--corpus", Corpus.Folder, "--out", folder])
                start.ArgumentList.Add(word);
            using Process fuzz = Process.Start(start)!;
            Task<string> errors = fuzz.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await fuzz.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await fuzz.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(FuzzStatus.Found, fuzz.ExitCode);
            string[] found = [.. Directory.EnumerateFiles(folder, "guard-1-*.hex").Select(File.ReadAllText)];
            Assert.NotEmpty(found);
            Assert.All(found, text => Assert.StartsWith("# the process died", text, StringComparison.Ordinal));
            Assert.All(found, text => Assert.EndsWith("\n03\n", text, StringComparison.Ordinal));
            Assert.Contains(found[0], await errors, StringComparison.Ordinal);
            // The cases after the last crash have been run all the same.
            Assert.Matches(@"guard: \d+ cases in .*, 0 found", output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_same_seed_makes_the_same_cases()
    {
        using IFuzzTarget target = FuzzTargets.Make("decode", Corpus.Folder), again = FuzzTargets.Make("decode", Corpus.Folder);
        FuzzCase left = new(), right = new(), other = new();
        int differing = 0;
        for (int i = 0; i < 1000; i++)
        {
            FuzzRunner.Make(target, Seed, i, left);
            FuzzRunner.Make(again, Seed, i, right);
            FuzzRunner.Make(again, Seed + 1, i, other);
            Assert.Equal(CaseFile.Format("decode", left, ""), CaseFile.Format("decode", right, ""));
            differing += left.Bytes.SequenceEqual(other.Bytes) ? 0 : 1;
        }

        Assert.True(differing > 900, $"only {differing} of 1000 cases differ between seeds");
    }

    [Fact]
    public void A_case_reads_back_from_its_file()
    {
        FuzzCase made = new(), read = new();
        made.Load([1, 2, 3, 0xFF], 113);
        made.OriginalBytes = uint.MaxValue;
        made.Variant = 2;
        Assert.Equal("decode", CaseFile.Parse(CaseFile.Format("decode", made, "why\nand more"), read));
        Assert.Equal(made.Bytes.ToArray(), read.Bytes.ToArray());
        Assert.Equal((made.LinkType, made.OriginalBytes, made.Variant), (read.LinkType, read.OriginalBytes, read.Variant));
    }

    [Fact]
    public void A_failing_case_is_made_small()
    {
        FuzzCase made = new();
        byte[] bytes = new byte[500];
        new Random(1).NextBytes(bytes);
        bytes[321] = 0xAB;
        made.Load(bytes, 1);
        CaseShrinker.Shrink(made, candidate => candidate.Bytes.Contains((byte)0xAB));
        Assert.Equal([0xAB], made.Bytes.ToArray());
    }
}
