using System.Reflection;
using System.Text.RegularExpressions;

namespace IcmpStream.EndToEnd.Tests;

/// <summary>Holds the code against the house that ARCHITECTURE.md draws: who may reference whom, and what may stand where.</summary>
public partial class ArchitectureTests
{
    private static readonly string Root = FindRoot();

    /// <summary>Arrows of ARCHITECTURE.md: a room and the rooms that it may reference.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["IcmpStream.Schemas"] = [],
        ["IcmpStream.Kafka"] = ["IcmpStream.Schemas"],
        ["IcmpStream.Ingest"] = ["IcmpStream.Kafka", "IcmpStream.Schemas"],
        ["IcmpStream.Processor"] = ["IcmpStream.Kafka", "IcmpStream.Schemas"],
        ["icmpstream"] = ["IcmpStream.Ingest", "IcmpStream.Processor", "IcmpStream.Kafka", "IcmpStream.Schemas"],
    };

    /// <summary>The rooms that own native memory.</summary>
    private static readonly string[] UnsafeRooms = ["src/Ingest/Sources/Native/", "src/Ingest/Decode/", "src/Kafka/Native/"];

    /// <summary>The rooms whose output is a function of their input alone.</summary>
    private static readonly string[] PureRooms = ["src/Processor/Topology/", "src/Processor/State/", "src/Processor/Detect/"];

    public static TheoryData<string> Rooms => [.. Arrows.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_the_rooms_it_may(string room)
    {
        string[] ours = [.. Assembly.Load(room).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => name.StartsWith("IcmpStream.", StringComparison.Ordinal) || name == "icmpstream")];
        Assert.Empty(ours.Except(Arrows[room]));
    }

    [Fact]
    public void The_contract_uses_the_base_class_library_only()
    {
        string project = File.ReadAllText(Path.Combine(Root, "src/Schemas/IcmpStream.Schemas.csproj"));
        Assert.DoesNotContain("PackageReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("FrameworkReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("AllowUnsafeBlocks", project, StringComparison.Ordinal);
    }

    [Fact]
    public void Unsafe_code_stays_in_its_rooms() =>
        AssertNoMatch(UnsafeCode(), Sources("src/").Where(file => !UnsafeRooms.Any(room => file.StartsWith(room, StringComparison.Ordinal))));

    [Fact]
    public void The_stages_never_touch_Kafka() => AssertNoMatch(KafkaNames(), PureSources());

    [Fact]
    public void The_stages_take_time_and_chance_from_their_records_only() => AssertNoMatch(ClockOrChance(), PureSources());

    [Fact]
    public void State_holds_no_floating_point() => AssertNoMatch(FloatingPoint(), Sources("src/Processor/State/"));

    [Fact]
    public void Namespaces_are_folders()
    {
        string[] strays = [.. Sources("src/").Where(file =>
        {
            Match declaration = NamespaceDeclaration().Match(ReadCode(file));
            if (!declaration.Success)
                return false;

            // A stage may keep its files in drawers without a namespace for each; the contract is one namespace altogether.
            string declared = declaration.Groups[1].Value;
            string[] folders = Path.GetDirectoryName(file)!.Replace('\\', '/').Split('/')[1..];
            string stage = "IcmpStream." + (folders[0] == "Schemas" ? folders[0] : string.Join('.', folders.Take(2)));
            string folder = "IcmpStream." + string.Join('.', folders);
            return declared != stage && !(declared.StartsWith(stage + ".", StringComparison.Ordinal) && (folder + ".").StartsWith(declared + ".", StringComparison.Ordinal));
        })];
        Assert.Empty(strays);
    }

    [Fact]
    public void A_file_fits_in_the_head()
    {
        const int mostLines = 500;
        string[] long_ = [.. Sources("src/").Where(file => File.ReadLines(Path.Combine(Root, file)).Count() > mostLines)];
        Assert.Empty(long_);
    }

    [Fact]
    public void No_file_is_named_for_a_drawer()
    {
        string[] drawers = [.. Sources("src/").Where(file => DrawerName().IsMatch(Path.GetFileNameWithoutExtension(file)))];
        Assert.Empty(drawers);
    }

    [Theory]
    [InlineData("unsafe static void Read()")]
    [InlineData("return Unsafe.Add(ref x, 1);")]
    [InlineData("MemoryMarshal.Cast<byte, uint>(span)")]
    public void The_check_on_unsafe_code_finds_it(string line) => Assert.Matches(UnsafeCode(), line);

    private static void AssertNoMatch(Regex forbidden, IEnumerable<string> files)
    {
        string[] found = [.. files.SelectMany(file => ReadCode(file).Split('\n')
            .Select((line, index) => (line, number: index + 1))
            .Where(at => forbidden.IsMatch(at.line))
            .Select(at => $"{file}:{at.number}: {at.line.Trim()}"))];
        Assert.Empty(found);
    }

    private static IEnumerable<string> PureSources() => PureRooms.SelectMany(Sources);

    private static IEnumerable<string> Sources(string under)
    {
        string folder = Path.Combine(Root, under);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{under} is a room of ARCHITECTURE.md and must exist");
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>The file without comments and string contents, its lines kept.</summary>
    private static string ReadCode(string file) =>
        CommentOrString().Replace(File.ReadAllText(Path.Combine(Root, file)), match => new string('\n', match.Value.Count(c => c == '\n')));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IcmpStream.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("IcmpStream.sln is in no folder above the tests");
    }

    [GeneratedRegex(@"\bunsafe\b|\bUnsafe\.|\bMemoryMarshal\b|\bNativeMemory\b|\bDllImport\b|\bLibraryImport\b")]
    private static partial Regex UnsafeCode();

    [GeneratedRegex(@"\bKafka\b|\bConfluent\b")]
    private static partial Regex KafkaNames();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\b|\bTickCount|\bTimeProvider\b|\bRandom\b|\bGuid\.NewGuid\b|\bHashCode\b|\bGetHashCode\(\)\s*[%&]")]
    private static partial Regex ClockOrChance();

    [GeneratedRegex(@"\b(double|float|decimal|Half)\b|\bMath\.(Log|Log2|Sqrt|Pow|Exp)\b")]
    private static partial Regex FloatingPoint();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utilities|Common|Misc)$")]
    private static partial Regex DrawerName();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\"|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}
